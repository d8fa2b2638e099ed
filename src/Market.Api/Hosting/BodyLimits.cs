using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Hosting.Connections;
using Market.Api.Results;
using Market.Contracts;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Market.Api.Hosting;

/// <summary>How large a body may be, and how slowly it may come.</summary>
public static class BodyLimits
{
    /// <summary>Lets marked routes take a whole block, few at once.</summary>
    public static void UseBodyLimits(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var size = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (context.GetEndpoint()?.Metadata.GetMetadata<LargeBody>() is null
            || context.Request.ContentLength is <= ServerLimits.MaxBodyBytes)
        {
            await next(context);
            return;
        }
        using var place = context.RequestServices.GetRequiredService<LargeBodySlots>().TryTake(ClientAddress.Of(context));
        if (place is null)
        {
            await Answers.WriteAsync(context, new Refusal(
                ProblemCodes.RateLimited,
                $"Of bodies above {ServerLimits.MaxBodyBytes} bytes {LargeBodySlots.MostOfOne} of one client are taken at once, "
                + $"and {LargeBodySlots.Most} of all."));
            return;
        }
        if (size is { IsReadOnly: false }) size.MaxRequestBodySize = ServerLimits.MaxBlockBytes;
        var times = context.RequestServices.GetRequiredService<ConnectionTimes>();
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = ConnectionSetup.BodyRate(ServerLimits.MaxBlockBytes, times.Block, times);
        await next(context);
    });
}
