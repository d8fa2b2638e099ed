using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Hosting.Connections;

/// <summary>Bounds what of one client is being answered at once: over one connection with many streams (HTTP/2), or over a
/// proxy's many connections.</summary>
public static class RequestsAtOnce
{
    /// <summary>Refuses who has as many requests under way as it may, with 429.</summary>
    public static void UseRequestsAtOnce(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var client = ClientAddress.Of(context);
        using var place = context.RequestServices.GetRequiredService<RequestSlots>().TryTake(client);
        if (place is not null)
        {
            await next(context);
            return;
        }
        var most = context.RequestServices.GetRequiredService<CapTable>().Of(client).Requests;
        await Answers.WriteAsync(context, new Refusal(
            ProblemCodes.RateLimited, $"At most {most} requests of one client are answered at once."));
    });
}
