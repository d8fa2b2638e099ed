using System.Globalization;

namespace Market.Api.Doors.Clients;

/// <summary>What a call costs of its client's window, set beside its route. A call without one weighs 1.</summary>
/// <param name="Weight">At least 1; a call that reads what is in memory weighs 1.</param>
/// <param name="Each">Of a list that a client asks for by length: so many things, or a part of them, cost the weight. Null where a
/// call costs it once.</param>
public sealed record CallWeight(int Weight, ListWeight? Each = null)
{
    /// <summary>A call without a weight of its own.</summary>
    public const int Least = 1;

    /// <summary>The call reads lists from the database or verifies a signature.</summary>
    public const int Middling = 3;

    /// <summary>The call reads blocks, or has a node check something.</summary>
    public const int Heavy = 5;

    /// <summary>The call opens something that lasts, has a devnet's faucet pay, or looks through blocks for what an address was
    /// paid, who spends an output or what begins with some digits.</summary>
    public const int Heaviest = 10;

    /// <summary>The weight of a request, by the route that it goes to and by how much it asks for.</summary>
    public static int Of(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.GetEndpoint()?.Metadata.GetMetadata<CallWeight>() is not { } call) return Least;
        return call.Each is { } list ? call.Weight * list.TimesOf(context.Request.Query["limit"]) : call.Weight;
    }

    /// <summary>The weights of all operations that weigh more than 1, by name.</summary>
    public static IReadOnlyDictionary<string, int> Table(EndpointDataSource endpoints) => Named(
        endpoints, call => call.Weight > Least ? call.Weight : null);

    /// <summary>Of operations whose weight grows with what is asked for: how many things cost it once, by name.</summary>
    public static IReadOnlyDictionary<string, int> ListTable(EndpointDataSource endpoints) => Named(
        endpoints, call => call.Each?.Things);

    private static SortedDictionary<string, int> Named(EndpointDataSource endpoints, Func<CallWeight, int?> figure)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var table = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var endpoint in endpoints.Endpoints)
        {
            if (endpoint.Metadata.GetMetadata<CallWeight>() is { } call && figure(call) is { } shown &&
                endpoint.Metadata.GetMetadata<IEndpointNameMetadata>() is { } named) table[named.EndpointName] = shown;
        }
        return table;
    }
}

/// <summary>How the weight of a list grows with the query's <c>limit</c>.</summary>
/// <param name="Things">So many, or a part of them, cost the weight once.</param>
/// <param name="Default">How many are answered where the query says nothing, or nonsense, which is refused.</param>
/// <param name="Most">How many are answered at most.</param>
public sealed record ListWeight(int Things, int Default, int Most)
{
    /// <summary>How many times a request costs the weight.</summary>
    /// <param name="limit">What the query says; null where nothing.</param>
    public int TimesOf(string? limit)
    {
        var asked = int.TryParse(limit, NumberStyles.Integer, CultureInfo.InvariantCulture, out var said) ? said : Default;
        return (Math.Clamp(asked, 1, Most) + Things - 1) / Things;
    }
}

/// <summary>How routes tell what they weigh.</summary>
public static class Weighed
{
    /// <summary>Sets what a call of this route costs of its client's window.</summary>
    public static RouteHandlerBuilder Weighs(this RouteHandlerBuilder builder, int weight, ListWeight? each = null) =>
        builder.WithMetadata(new CallWeight(weight, each));
}
