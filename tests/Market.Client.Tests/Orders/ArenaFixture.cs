using Market.Client.Tests.Agent;

namespace Market.Client.Tests.Orders;

/// <summary>Two chains and a wallet with coins, for all tests of a class.</summary>
public sealed class ArenaFixture : IAsyncLifetime
{
    internal Arena Arena { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Arena = await Arena.StartAsync();

    public ValueTask DisposeAsync() => Arena.DisposeAsync();
}
