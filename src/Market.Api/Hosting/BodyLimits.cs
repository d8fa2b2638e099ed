using Market.Api.Doors;
using Market.Api.Hosting.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Market.Api.Hosting;

/// <summary>How large a body may be, and how slowly it may come.</summary>
public static class BodyLimits
{
    /// <summary>Lets marked routes take a whole block.</summary>
    public static void UseBodyLimits(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var size = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (context.GetEndpoint()?.Metadata.GetMetadata<LargeBody>() is null) return next(context);
        if (size is { IsReadOnly: false }) size.MaxRequestBodySize = ServerLimits.MaxBlockBytes;
        var times = context.RequestServices.GetRequiredService<ConnectionTimes>();
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = ConnectionSetup.BodyRate(ServerLimits.MaxBlockBytes, times.Block, times);
        return next(context);
    });
}
