using System.Security.Cryptography;
using Market.Api.Features.Dev;
using Market.Api.Tests.Orders;
using Market.Testing.Chains;

namespace Market.Api.Tests.Host;

/// <summary>One running market for all tests of a class.</summary>
public sealed class MarketFixture(PostgresFixture postgres) : IAsyncLifetime
{
    public MarketHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Host = await MarketHost.StartAsync(
            await postgres.NewDatabaseAsync(), faucet: FaucetKey.Of(SHA256.HashData("faucet"u8)));
        await Host.MineSharesAsync(8, Coins.Owner(7));
        await Eventually.TrueAsync(
            () => Host.Get<Market.Api.Chains.TipWatch>().Tips?.Sharechain.Height == 8, "the server sees the shares");
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
