using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Chains;
using Market.Client;
using Market.Client.Api;
using Market.Client.Keys;
using Market.Client.Orders;
using Market.Client.Strategies;
using Market.Client.Wallets;
using Market.Contracts;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Api.Tests.Instruments;

/// <summary>What a wallet mines is offered by itself, each share in the instrument of its series, on a real server.</summary>
public sealed class MinedSaleTests(PostgresFixture postgres)
{
    private const string First = "P2POOLV2-0-BTC";
    private const string Second = "P2POOLV2-1-BTC";
    private const int Length = 25;
    private const long Minted = 50 * Quantity.UnitsPerShare;
    private const int Fees = 100_000;

    // Every second hash makes a share, each mints 50, and of the window a swap takes a small part.
    private static readonly SharechainProfile Quick = SharechainProfile.Find("p2poolv2-devnet")! with
    {
        EasiestBits = new CompactTarget(0x207fffff),
        Genesis = SharechainProfile.Find("p2poolv2-devnet")!.Genesis with { Bits = new CompactTarget(0x207fffff) },
        Issuance = SharechainProfiles.P2ShareDevnet.Issuance,
        Payout = new PayoutDesign.Window(100_000_000, 1_000, 20),
        SeriesLength = Length,
        TargetSpacing = 20,
    };

    [Fact]
    public async Task Each_series_is_offered_in_its_own_instrument_and_waits_until_that_is_listed()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync(), profiles: [Quick]);
        using var seed = Seed.Create();
        using var keys = new WalletKeys(seed, "devnet", Quick.Design);
        using var api = new MarketApi(host.Address, keys, host.Clock);
        var file = WalletFile.Open(null, WalletChains.Of("devnet", Quick.Design));
        var wallet = new Wallet(keys, file, host.Main, host.Shares);
        using var log = OrderLog.Open(null);
        var desk = new OrderDesk(api, wallet, log, _ => false, host.Clock);
        var said = new List<string>();
        var sale = new MinedSale(api, desk, wallet, new Price(1_000), host.Clock) { OnSaid = said.Add };

        // Said once, however often it is looked. (A book is open from its first moment until its gate has looked.)
        await MineAsync(host, 4, wallet);
        await Eventually.TrueAsync(
            async () => (await api.GetInstrumentAsync(First)).StatusReason?.Contains(" from block ", StringComparison.Ordinal)
                is true,
            "the first series waits for its first mature share");
        await sale.StepAsync();
        await sale.StepAsync();
        Assert.Empty((await api.GetOrdersAsync()).Items);
        Assert.Contains("waits", Assert.Single(said), StringComparison.Ordinal);
        Assert.StartsWith($"{First} takes no orders now: ", said[0], StringComparison.Ordinal);

        // All of the first series may be spent, and nothing of the second.
        await MineAsync(host, Length - 1, wallet);
        await OpenAsync(api, First);
        await sale.StepAsync();
        var first = (await api.GetOrdersAsync(OrderStatus.Open)).Items;
        Assert.All(first, order => Assert.Equal((First, Side.Sell, new Price(1_000)), (order.Instrument, order.Side, order.Price)));
        Assert.Equal([4, 20], first.Select(order => order.Outpoints.Count).Order());
        Assert.InRange(first.Sum(order => order.Quantity.Units), ((Length - 1) * Minted) - Lots(2), (Length - 1) * Minted);
        await Eventually.TrueAsync(
            async () =>
            {
                await sale.StepAsync();
                return said[^1].StartsWith(Second, StringComparison.Ordinal)
                    && said[^1].Contains("waits", StringComparison.Ordinal);
            },
            "it says that the second series waits");
        Assert.Equal(first.Count, (await api.GetOrdersAsync()).Items.Count);

        await MineAsync(host, 6, wallet);
        await OpenAsync(api, Second);
        await sale.StepAsync();
        await sale.StepAsync();
        var all = (await api.GetOrdersAsync(OrderStatus.Open)).Items;
        Assert.Equal(first.Count + 1, all.Count);
        var second = Assert.Single(all, order => order.Instrument == Second);
        var mature = (await wallet.GetCoinsAsync(ChainKind.Sharechain))
            .Where(coin => coin.IsSpendable && coin.Coin.RootHeight >= Length).Select(coin => coin.OutPoint.ToString());
        Assert.Equal(mature.Order(), second.Outpoints.Order());
    }

    // What an order leaves of its coins for fees, rounded to lots.
    private static long Lots(int orders) => orders * (Fees + 1_000_000);

    private static async Task MineAsync(MarketHost host, int count, Wallet wallet)
    {
        for (; count > 0; count--)
        {
            host.Clock.Advance(TimeSpan.FromSeconds(Quick.TargetSpacing - 2));
            await host.MineSharesAsync(1, wallet.PrimaryScript(ChainKind.Sharechain));
        }
    }

    private static Task OpenAsync(MarketApi api, string instrument) => Eventually.TrueAsync(
        async () => (await api.GetInstrumentAsync(instrument)).Status == InstrumentStatus.Open, $"{instrument} takes orders");
}
