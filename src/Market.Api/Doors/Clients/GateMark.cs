using Market.Standing;

namespace Market.Api.Doors.Clients;

/// <summary>Mark of routes that do work of a kind, before which callers wait their turn. A read needs none; what has none and is no
/// read waits for nothing.</summary>
/// <param name="Kind">Of work.</param>
public sealed record GateMark(GateKind Kind)
{
    /// <summary>The kind of work that a request asks for; null where nothing is to be waited for.</summary>
    public static GateKind? Of(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.GetEndpoint()?.Metadata.GetMetadata<GateMark>()?.Kind ?? (IsRead(context.Request) ? GateKind.Reads : null);
    }

    /// <summary>The kind of work of an operation by its name; null where there is no such operation.</summary>
    public static (GateKind? Kind, int Weight)? Of(EndpointDataSource endpoints, string operation)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (endpoints.Endpoints.FirstOrDefault(route =>
            route.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName == operation) is not { } found) return null;
        var isRead = found.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains(HttpMethods.Get) == true;
        var kind = found.Metadata.GetMetadata<GateMark>()?.Kind ?? (isRead ? GateKind.Reads : (GateKind?)null);
        return (kind, found.Metadata.GetMetadata<CallWeight>()?.Weight ?? CallWeight.Least);
    }

    // A hub's long polls answer when there is something to tell, and a stream waits for each state that is read for it. The time
    // tells whether the server is there: whoever looks after it must not take a long queue for a server that is gone.
    private static bool IsRead(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && !request.Path.StartsWithSegments(Contracts.Streams.HubPath, StringComparison.OrdinalIgnoreCase)
        && !request.Path.Equals(Contracts.Streams.SsePath, StringComparison.OrdinalIgnoreCase)
        && !request.Path.Equals(Contracts.Routes.Time, StringComparison.OrdinalIgnoreCase);
}

/// <summary>How routes tell what kind of work they do.</summary>
public static class Gated
{
    /// <summary>Calls of this route wait for a place of this kind.</summary>
    public static RouteHandlerBuilder Through(this RouteHandlerBuilder builder, GateKind kind) =>
        builder.WithMetadata(new GateMark(kind));
}
