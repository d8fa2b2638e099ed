using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Market.Api.Doors.Clients;

/// <summary>What a call costs of its client's window, set beside its route. A call without one weighs 1.</summary>
/// <param name="Weight">At least 1; a call that reads what is in memory weighs 1.</param>
public sealed record CallWeight(int Weight)
{
    /// <summary>A call without a weight of its own.</summary>
    public const int Least = 1;

    /// <summary>The call reads lists from the database or verifies a signature.</summary>
    public const int Middling = 3;

    /// <summary>The call reads blocks, or has a node check something.</summary>
    public const int Heavy = 5;

    /// <summary>The call opens something that lasts, or has a devnet's faucet pay.</summary>
    public const int Heaviest = 10;

    /// <summary>The weight of a request, by the route that it goes to.</summary>
    public static int Of(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.GetEndpoint()?.Metadata is not { } metadata) return Least;
        if (metadata.GetMetadata<CallWeight>() is not { } call)
            return metadata.GetMetadata<PageActionDescriptor>() is null ? Least : Middling;
        return call.Weight;
    }

    /// <summary>The weights of all operations that weigh more than 1, by name.</summary>
    public static IReadOnlyDictionary<string, int> Table(EndpointDataSource endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var table = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var endpoint in endpoints.Endpoints)
        {
            if (endpoint.Metadata.GetMetadata<CallWeight>() is not { } call ||
                endpoint.Metadata.GetMetadata<IEndpointNameMetadata>() is not { } named) continue;
            if (call.Weight > Least) table[named.EndpointName] = call.Weight;
        }
        return table;
    }
}

/// <summary>How routes tell what they weigh.</summary>
public static class Weighed
{
    /// <summary>Sets what a call of this route costs of its client's window.</summary>
    public static RouteHandlerBuilder Weighs(this RouteHandlerBuilder builder, int weight) =>
        builder.WithMetadata(new CallWeight(weight));
}
