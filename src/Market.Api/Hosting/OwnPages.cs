using Market.Api.Doors;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Hosting;

/// <summary>Keeps pages of others from opening sockets here. What a page asks by fetch its browser keeps from it where nobody
/// said that it may be read; a WebSocket's messages it hands to any page, and so the server has to ask where the page is from.
/// Programs name no origin.</summary>
public static class OwnPages
{
    /// <summary>Refuses to open a WebSocket, the hub's included, for a page of another host than the one that is asked, with 403.
    /// Stands after <see cref="HostNames"/>, which holds that host to be the market's own.</summary>
    public static void UseOwnPages(this IApplicationBuilder app) => app.Use((context, next) =>
        !context.WebSockets.IsWebSocketRequest || IsOwn(context.Request)
            ? next(context)
            : Answers.WriteAsync(context, new Refusal(ProblemCodes.Forbidden, "A page of another origin opens no socket here.")));

    // Ports are not compared: a proxy may leave them out of the host that it names, and a page on another port of the own host is
    // the own operator's.
    private static bool IsOwn(HttpRequest request)
    {
        var origin = request.Headers.Origin;
        return origin.Count == 0 || (origin.Count == 1 && Uri.TryCreate(origin[0], UriKind.Absolute, out var page)
            && page.Scheme is "http" or "https"
            && string.Equals(page.Host, request.Host.Host, StringComparison.OrdinalIgnoreCase));
    }
}
