namespace Market.Tidy;

/// <summary>Members that others call than code that names them, or that stand there for callers to come.</summary>
internal static class DeadExceptions
{
    // The frameworks find these by their type.
    private static readonly string[] FoundByType =
    [
        "Market.Web.Pages.", // Razor's page models, and what its compiler adds to pages
        "Market.Api.Features.Streams.MarketHub.", // hub methods are called by streams' clients
    ];

    private static readonly string[] Named =
    [
        "Market.Api.Doors.Auth.Caller.BindAsync", // ASP.NET binds arguments by it
        "Market.Api.Doors.EndpointScan.MapOne", // called by reflection, for each endpoint
        "Market.Chains.Engine.ChainNode`1.Kind", // IChain's, abstract here
        "Market.Bitcoin.SchnorrExtraParameters.NonceFunction", // libsecp256k1's struct, nought in ours
        "Market.Client.Wallets.DustException.Chain", // what a catcher may ask
        "Market.Client.Wallets.InsufficientFundsException.Chain",
    ];

    // The client has a method for every operation of the interface, whoever needs it.
    private const string Interface = "Market.Client.Api.MarketApi.";

    public static bool Holds(MemberName member)
    {
        var name = member.ToString();
        return Named.Contains(name) || name.StartsWith(Interface, StringComparison.Ordinal)
            || FoundByType.Any(front => name.StartsWith(front, StringComparison.Ordinal));
    }
}
