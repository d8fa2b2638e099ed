using System.Text.Json;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Testing;

namespace Market.Api.Tests.Orders;

/// <summary>A bot in Node that has read the OpenAPI document, with npm's @noble and @scure libraries for its signatures.</summary>
public sealed class NodeTraderTests(PostgresFixture postgres)
{
    private const long Share = 100_000_000;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(1)]
    [InlineData(2, "P2SHARE-K20-BTC")]
    public async Task Signs_in_places_an_order_that_its_address_signed_and_cancels_it(int instruments, params string[] named)
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync(), instruments: instruments);
        var secret = new string('5', 64);
        using var key = PrivateKey.Create(Hex.Decode(secret));
        var coin = TestCoins.Make(key.PublicKey, 3 * Share, serial: 1);

        var said = await NodeBots.RunAsync("trade.mjs", Limit,
            [host.Address.ToString().TrimEnd('/'), secret, coin.ToString(), "sell", "98000", $"{2 * Share}", .. named]);

        using var result = JsonDocument.Parse(said);
        string Of(string step, string member) => result.RootElement.GetProperty(step).GetProperty(member).GetString()!;
        Assert.Equal("open", Of("placed", "status"));
        Assert.Equal($"{2 * Share}", Of("seen", "remaining"));
        Assert.Equal(coin.ToString(), result.RootElement.GetProperty("seen").GetProperty("outpoints")[0].GetString());
        Assert.Equal("cancelled", Of("cancelled", "status"));
    }
}
