using System.Globalization;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Hosting;

/// <summary>Weighs the calls of each client, announces what is left in RateLimit headers, and refuses who asks too much.
/// </summary>
public static class CallLimits
{
    /// <summary>Says in every answer, refusals included, what the client's window is and what is left of it.</summary>
    public static void UseCallHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(() =>
        {
            var client = ClientAddress.Of(context);
            var most = context.RequestServices.GetRequiredService<CapTable>().Of(client).Weight;
            var left = context.RequestServices.GetRequiredService<CallWindow>().Left(client);
            var headers = context.Response.Headers;
            headers["RateLimit-Policy"] = string.Create(
                CultureInfo.InvariantCulture, $"\"client\";q={most};w={CapTable.WindowSeconds}");
            headers["RateLimit"] = string.Create(
                CultureInfo.InvariantCulture, $"\"client\";r={left};t={CapTable.WindowSeconds}");
            return Task.CompletedTask;
        });
        return next(context);
    });

    /// <summary>Stands after routing, since the route has the weight.</summary>
    public static void UseCallLimits(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var window = context.RequestServices.GetRequiredService<CallWindow>();
        var client = ClientAddress.Of(context);
        var most = context.RequestServices.GetRequiredService<CapTable>().Of(client).Weight;
        var weight = CallWeight.Of(context);
        if (window.TryWeigh(client, weight))
        {
            await next(context);
            return;
        }
        context.Response.Headers.RetryAfter = CapTable.WindowSeconds.ToString(CultureInfo.InvariantCulture);
        await Answers.WriteAsync(context, new Refusal(ProblemCodes.RateLimited,
            $"This call weighs {weight}; in {CapTable.WindowSeconds} s one client may make calls of weight {most}."));
    });
}
