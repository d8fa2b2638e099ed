using Market.Api.Hosting.Connections;
using Market.Chains.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Market.Api.Hosting;

/// <summary>The bounds of the server, each with its name.</summary>
public static class ServerLimits
{
    /// <summary>Bytes of a request's body.</summary>
    public const int MaxBodyBytes = 64 * 1024;

    /// <summary>Bytes of a submitted block.</summary>
    public const int MaxBlockBytes = NodeHttpService.LargestBody;

    /// <summary>Items on a page.</summary>
    public const int MaxPageSize = 500;

    /// <summary>Items on a page when nothing is asked.</summary>
    public const int DefaultPageSize = 100;

    /// <summary>Levels of a snapshot's side.</summary>
    public const int MaxBookDepth = 1000;

    /// <summary>Lets marked routes take a whole block.</summary>
    public static void UseBodyLimits(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var size = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (context.GetEndpoint()?.Metadata.GetMetadata<LargeBody>() is null) return next(context);
        if (size is { IsReadOnly: false }) size.MaxRequestBodySize = MaxBlockBytes;
        var times = context.RequestServices.GetRequiredService<ConnectionTimes>();
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = ConnectionSetup.BodyRate(MaxBlockBytes, times.Block, times);
        return next(context);
    });
}

/// <summary>Mark of routes whose body may be a whole block.</summary>
public sealed class LargeBody;
