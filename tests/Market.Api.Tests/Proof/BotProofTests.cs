using System.Diagnostics;
using Market.Api.Tests.Orders;
using Market.Chains;
using Market.Client.Orders;
using Market.Contracts;
using Market.Testing;

namespace Market.Api.Tests.Proof;

/// <summary>As the guides say: a bot sends its order with an API key, and the agent of the wallet drives the swap.</summary>
public sealed class BotProofTests(PostgresFixture postgres) : ProofScene(postgres)
{
    // The connector, as it ships; nothing is signed but the request.
    private const string Bot = """
        import asyncio, json, sys
        from decimal import Decimal
        from market_exchange import MarketExchange

        async def main(key, secret, domain, pair, notes):
            exchange = MarketExchange(key, secret, None, [pair], domain, notes=notes)
            await exchange._update_time_synchronizer()
            await exchange._update_trading_rules()
            order = await exchange.sell("hb-1", pair, Decimal(10), "LIMIT_MAKER", Decimal("0.00098"))
            print(order.current_state)

        asyncio.run(main(*sys.argv[1:]))
        """;

    [Fact]
    public async Task An_order_that_a_connector_sent_is_swapped_to_its_end_from_proved_coins()
    {
        Sells = async () =>
        {
            var coins = new ProvedCoins(Seller.Trader.Api, Seller.Trader.Wallet, Market.Clock);
            Assert.NotEqual(0, await coins.ProveFreeAsync(TimeSpan.FromDays(1), TestContext.Current.CancellationToken));
            var key = await Seller.Trader.Api.CreateApiKeyAsync(
                new CreateApiKey { Scopes = [ApiKeyScope.Read, ApiKeyScope.Trade] }, TestContext.Current.CancellationToken);
            await RunAsync(
                key.Key.Id, key.Secret, Market.Address.ToString().TrimEnd('/'), Market.Ground.Instrument, Seller.NotesPath);
        };
        await BeginOnDevnetAsync();
        var proved = (await Seller.Trader.Wallet.GetCoinsAsync(ChainKind.Sharechain, TestContext.Current.CancellationToken))
            .Where(coin => coin.ReservedFor == ProvedCoins.Purpose).Select(coin => coin.OutPoint).ToHashSet();
        await UntilAsync(() => Task.FromResult(Seller.IsOver && Buyer.IsOver), Seller, Buyer);

        await MarketAgreesAsync(SwapState.Settled);
        await AccountAsync(moved: true);
        Assert.All(Seller.Swap!.Locks().First().Transaction.Inputs, input => Assert.Contains(input.PreviousOutput, proved));
    }

    private static async Task RunAsync(params string[] arguments)
    {
        using var python = Process.Start(new ProcessStartInfo("python3", ["-B", "-c", Bot, .. arguments])
        {
            WorkingDirectory = Path.Combine(Vectors.RepositoryRoot, "clients/hummingbot"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = python.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = await python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await python.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(python.ExitCode == 0 && said.Trim() == "OPEN", $"{said}\n{await errors}");
    }
}
