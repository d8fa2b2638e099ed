namespace Market.Api.Data;

/// <summary>The network that a market, its tables and both its chains belong to.</summary>
/// <param name="Name">A name of <see cref="Bitcoin.NetworkProfile"/>.</param>
public sealed record MarketNetwork(string Name);
