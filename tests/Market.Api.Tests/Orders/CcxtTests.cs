using System.Security.Cryptography;
using System.Text.Json;
using Market.Bitcoin.Encoding;
using Market.Contracts;
using Market.Testing;

namespace Market.Api.Tests.Orders;

/// <summary>The adapter in ccxt's shape, on npm's ccxt, against the real server.</summary>
public sealed class CcxtTests(PostgresFixture postgres)
{
    private const long Share = 100_000_000;
    private const int Number = 3;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_bot_written_for_ccxt_reads_trades_and_follows()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync(), instruments: 2);
        using var seller = await host.TraderAsync(1);
        using var buyer = await host.TraderAsync(2);
        await seller.PlaceAsync("offer", Side.Sell, 98_000, 2 * Share);
        var sold = Assert.Single((await buyer.PlaceAsync("take", Side.Buy, 98_000, Share)).Fills);
        Assert.True((await host.Sequencer.LockTradeAsync(long.Parse(sold.TradeId), default)).IsOk);
        await buyer.PlaceAsync("bid", Side.Buy, 97_000, 3 * Share);
        await host.PublishedAsync();

        using var owner = await host.TraderAsync(Number);
        var (key, reader) = (
            await KeyAsync(owner, ApiKeyScope.Read, ApiKeyScope.Trade), await KeyAsync(owner, ApiKeyScope.Read));
        var said = await NodeBots.RunInAsync("clients/ccxt", "check.mjs", Limit, JsonSerializer.Serialize(new
        {
            server = host.Address.ToString().TrimEnd('/'),
            apiKey = key.Key.Id,
            secret = key.Secret,
            reader = new { apiKey = reader.Key.Id, secret = reader.Secret },
            owner = Hex.Encode(SHA256.HashData(BitConverter.GetBytes(Number))),
            codes = ProblemCodes.All,
            vectors = Path.Combine(Vectors.RepositoryRoot, "docs/vectors"),
            coins = new { sell = Coins(owner, 13, 2 * Share), buy = Coins(owner, 2, Share / 100) },
        }));

        // What the adapter said of the account is what the market says to its owner.
        var orders = await owner.SendAsync<Page<Order>>(HttpMethod.Get, Routes.Orders);
        var expected = orders.Items.Reverse().Select(order => (order.ClientOrderId, Status: order.Status switch
        {
            OrderStatus.Open => "open",
            OrderStatus.Cancelled => "canceled",
            _ => "closed",
        }));
        using var result = JsonDocument.Parse(said);
        Assert.Equal(expected, result.RootElement.EnumerateArray().Select(one => (one[0].GetString()!, one[1].GetString()!)));
        Assert.Single(orders.Items, order => order.Status == OrderStatus.Open);
    }

    private static string[] Coins(Trader owner, int count, long worth) =>
        [.. Enumerable.Range(0, count).Select(_ => owner.Coin(worth).ToString())];

    private static Task<CreatedApiKey> KeyAsync(Trader owner, params ApiKeyScope[] scopes) =>
        owner.SendAsync<CreatedApiKey>(HttpMethod.Post, Routes.ApiKeys, new CreateApiKey { Scopes = scopes });
}
