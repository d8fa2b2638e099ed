using System.Net.Http.Json;
using Market.Api.Data;
using Market.Api.Instruments;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Api.Tests.Swaps;
using Market.Bitcoin;
using Market.Contracts;
using Market.Sharechain;
using Market.Swaps;
using Market.Testing.Chains;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Tests.Instruments;

/// <summary>
/// The life of expiry series in one server with a chain whose shares never expire: driven by blocks alone, with the server ended
/// and begun anew in every stage.
/// </summary>
public sealed class SeriesLifeTests(PostgresFixture postgres)
{
    private const string Forever = "P2SHARE-BTC";
    private const string First = "P2POOLV2-0-BTC";
    private const string Second = "P2POOLV2-1-BTC";
    private const string Third = "P2POOLV2-2-BTC";
    private const int Window = 286;
    private const int Length = 25;

    // Every second hash makes a share, and each mints 50: what is tested is time in blocks. They come so seldom that a swap takes
    // but 117 of them, and twice as many fit into the window.
    internal static readonly SharechainProfile Quick = SharechainProfile.Find("p2poolv2-devnet")! with
    {
        EasiestBits = new CompactTarget(0x207fffff),
        Genesis = SharechainProfile.Find("p2poolv2-devnet")!.Genesis with { Bits = new CompactTarget(0x207fffff) },
        Issuance = SharechainProfiles.P2ShareDevnet.Issuance,
        Payout = new PayoutDesign.Window(100_000_000, Window, 20),
        SeriesLength = Length,
        TargetSpacing = 20,
    };

    [Fact]
    public async Task A_series_is_next_listed_closed_and_gone_and_what_was_in_it_stays_readable()
    {
        var database = await postgres.NewDatabaseAsync();
        var host = await MarketHost.StartAsync(database, profiles: [SharechainProfiles.P2ShareDevnet, Quick]);
        using var ann = await Trader.SignInAsync(host.Address, 1);
        Assert.Equal([(First, SeriesState.Next)], await StatesAsync(host));
        Assert.Equal([Forever, First], (await ListingsAsync(host)).Select(one => one.Id));
        await MineAsync(host, 4, Script.P2wpkh(ann.PublicKey));
        var early = await CoinAsync(host, ann, 1);
        Assert.Equal(ProblemCodes.OutpointUnavailable, await ann.RefusedAsync(Sell(ann, First, "early", early)));

        // Whatever stage it is in, it is in the same one after a restart.
        host = await AgainAsync(database, host);
        Assert.Equal([(First, SeriesState.Next)], await StatesAsync(host));
        await MineAsync(host, 6, Script.P2wpkh(ann.PublicKey));
        await UntilAsync(host, [(Second, SeriesState.Next), (First, SeriesState.Listed)]);
        using var seller = await Trader.SignInAsync(host.Address, 1);
        var coin = await CoinAsync(host, seller, 1);
        Assert.Equal(ProblemCodes.OutpointOfOtherSeries, await seller.RefusedAsync(Sell(seller, Second, "older", coin)));
        await OpenAsync(host, First);
        // The smallest swap fits, and none that is worth 1,000 BTC does: agents would refuse to lock for it.
        Assert.Equal(ProblemCodes.TooLargeForSeries, await seller.RefusedAsync(seller.Order(
            "large", Side.Sell, 100_000, 1_000_000 * Quantity.UnitsPerShare, order => order with { Instrument = First }, coin)));
        await seller.PlaceAsync(Sell(seller, First, "rests", coin));

        host = await AgainAsync(database, host);
        await UntilAsync(host, [(Second, SeriesState.Next), (First, SeriesState.Listed)]);
        await MineAsync(host, 20, Coins.Owner(7));
        await UntilAsync(host, [(Third, SeriesState.Next), (Second, SeriesState.Listed), (First, SeriesState.Listed)]);
        await OpenAsync(host, First);
        await OpenAsync(host, Second);
        using var buyer = await Trader.SignInAsync(host.Address, 2);
        var paid = await PayAsync(host, buyer);
        // The book of one series matches no order of another, nor of another sharechain.
        var bid = buyer.Order("bid", Side.Buy, 100_000, Quantity.UnitsPerShare, order => order with { Instrument = Second }, paid);
        Assert.Empty((await buyer.PlaceAsync(bid)).Fills);
        Assert.Single((await BookAsync(host, First)).Asks);
        Assert.Empty((await BookAsync(host, First)).Bids);

        // A swap begins while it is listed, and ends after it is closed.
        var closes = (await SeriesAsync(host)).Single(one => one.Instrument == First).Closes!.Height;
        Assert.InRange(closes, 40, 53);
        await MineAsync(host, closes - 3 - await HeightAsync(host), Coins.Owner(7));
        var swap = await SwapPair.OpenAsync(host, 1);
        Assert.Equal(First, (await swap.DetailAsync()).Summary.Instrument);
        await swap.GiveKeysAsync();
        await swap.FundSharesAsync();
        await swap.UntilAsync(SwapState.ParticipantLocking, shares: 1);
        await swap.FundCoinsAsync();
        await swap.UntilAsync(SwapState.ParticipantLocked, main: 1);
        await Eventually.TrueAsync(async () =>
        {
            if ((await SeriesAsync(host)).Single(one => one.Instrument == First).State == SeriesState.Closed) return true;
            await host.MineSharesAsync(host.AllShares[1], 1, Coins.Owner(7));
            return false;
        }, "the first series is closed");
        // It may have been an estimate: what rests stays until not even the smallest swap fitted for so many blocks.
        Assert.Equal(OrderStatus.Open, (await OrderAsync(host, 1, "rests")).Status);
        await MineAsync(host, SeriesKeeper.ClosesAfter, Coins.Owner(7));
        await Eventually.TrueAsync(
            async () => (await OrderAsync(host, 1, "rests")).Status == OrderStatus.Cancelled, "the resting order is cancelled");
        Assert.Equal(CancelReason.InstrumentClosed, (await OrderAsync(host, 1, "rests")).CancelReason);
        Assert.Equal(OrderStatus.Open, (await OrderAsync(host, 2, "bid")).Status);

        host = await AgainAsync(database, host);
        swap = swap.On(host);
        Assert.Equal(SeriesState.Closed, (await SeriesAsync(host)).Single(one => one.Instrument == First).State);
        await Eventually.TrueAsync(
            async () => (await ListingAsync(host, First)).Status == InstrumentStatus.Closed, "it is closed after a restart");
        using var late = await Trader.SignInAsync(host.Address, 1);
        Assert.Equal(
            ProblemCodes.TradingPaused, await late.RefusedAsync(Sell(late, First, "late", await CoinAsync(host, late, 2))));
        await swap.ClaimCoinsAsync();
        await swap.ClaimSharesAsync();
        await swap.UntilAsync(SwapState.Settled, shares: 1, main: 1);

        // The window passes it while nobody serves; then with a server that looks on.
        await host.StopServerAsync();
        await MineAsync(host, Window + Length - 3 - await HeightAsync(host), Coins.Owner(7));
        host = await MarketHost.StartAsync(database, host);
        Assert.Equal(SeriesState.Closed, (await SeriesAsync(host)).Single(one => one.Instrument == First).State);
        var reader = host.Get<Market.Api.Realtime.Topics>().Open(null);
        Assert.Null((await host.Get<Market.Api.Realtime.Topics>().SubscribeAsync(reader, Channels.Series, default)).Refusal);
        await MineAsync(host, 4, Coins.Owner(7));
        await Eventually.TrueAsync(() => !host.Instruments.Ids.Contains(First), "it is let go of");
        Assert.Equal(SeriesState.Expired, (await SeriesAsync(host)).Single(one => one.Instrument == First).State);
        await AssertToldAsync(reader, list => list.Items.Single(one => one.Instrument == First).State == SeriesState.Expired);
        host.Get<Market.Api.Realtime.Topics>().Closed(reader);

        var gone = await ListingAsync(host, First);
        Assert.Equal((InstrumentStatus.Closed, SeriesState.Expired), (gone.Status, gone.Series!.State));
        Assert.Equal("rests", (await OrderAsync(host, 1, "rests")).ClientOrderId);
        Assert.Equal(SwapState.Settled, (await swap.On(host).DetailAsync()).Summary.State);
        Assert.Contains((await GetAsync<Page<SwapSummary>>(host, Routes.Swaps)).Items, one => one.Id == swap.Id);
        Assert.Empty((await GetAsync<Page<Trade>>(host, Of(Routes.Trades, First))).Items);
        Assert.Empty(await GetAsync<Candle[]>(host, Of(Routes.Candles, First)));
        using var reading = await Trader.SignInAsync(host.Address, 1);
        Assert.Equal(ProblemCodes.UnknownInstrument, await reading.RefusedAsync(HttpMethod.Get, Of(Routes.Book, First)));
        // What is to be listed is well, though it takes no orders yet.
        var next = (await SeriesAsync(host))[0];
        var matching = (await GetAsync<ServerStatus>(host, Routes.Status)).Components.Single(
            part => part.Name == "matching" && part.Instrument == next.Instrument);
        Assert.Equal((SeriesState.Next, Health.Live), (next.State, matching.Health));
        Assert.Contains($"from block {next.Lists.Height}", matching.Detail, StringComparison.Ordinal);
        await host.DisposeAsync();
    }

    [Fact]
    public async Task A_series_with_a_swap_under_way_is_kept_until_it_has_ended_and_opened_again_for_it()
    {
        var database = await postgres.NewDatabaseAsync();
        var host = await MarketHost.StartAsync(database, profiles: [SharechainProfiles.P2ShareDevnet, Quick]);
        await MineAsync(host, 10, Coins.Owner(7));
        await UntilAsync(host, [(Second, SeriesState.Next), (First, SeriesState.Listed)]);
        var swap = await SwapPair.OpenAsync(host, 1);
        await host.StopServerAsync();
        await MineAsync(host, Window + Length + 10 - await HeightAsync(host), Coins.Owner(7));

        host = await MarketHost.StartAsync(database, host);
        Assert.Contains(First, host.Instruments.Ids);
        // Keys come too late: the swap expires, and then nothing keeps the series.
        await Eventually.TrueAsync(() =>
        {
            host.Clock.Advance(TimeSpan.FromSeconds(5));
            return !host.Instruments.Ids.Contains(First);
        }, "it is let go of");
        Assert.Equal(SwapOutcome.Expired, (await swap.On(host).DetailAsync()).Summary.Outcome);
        await host.DisposeAsync();
    }

    [Fact]
    public async Task A_swap_whose_shares_expired_in_their_lock_ends_and_its_series_is_let_go_of()
    {
        var database = await postgres.NewDatabaseAsync();
        var host = await MarketHost.StartAsync(database, profiles: [SharechainProfiles.P2ShareDevnet, Quick]);
        await MineAsync(host, 10, Coins.Owner(7));
        await UntilAsync(host, [(Second, SeriesState.Next), (First, SeriesState.Listed)]);
        var swap = await SwapPair.OpenAsync(host, 1);
        await swap.GiveKeysAsync();
        await swap.FundSharesAsync();
        await swap.UntilAsync(SwapState.ParticipantLocking, shares: 1);

        // Nobody takes the shares back before the window has passed them.
        await MineAsync(host, Window + Length + 10 - await HeightAsync(host), Coins.Owner(7));
        await Eventually.TrueAsync(() =>
        {
            host.Clock.Advance(TimeSpan.FromSeconds(5));
            return !host.Instruments.Ids.Contains(First);
        }, "it is let go of");
        Assert.Equal(SwapState.Expired, (await swap.DetailAsync()).Summary.State);
        await host.DisposeAsync();
    }

    [Fact]
    public async Task A_lock_of_an_older_series_is_no_lock_and_the_seller_is_who_did_not_lock()
    {
        var database = await postgres.NewDatabaseAsync();
        var host = await MarketHost.StartAsync(database, profiles: [SharechainProfiles.P2ShareDevnet, Quick]);
        await MineAsync(host, 10, Coins.Owner(7));
        await MineAsync(host, Length, Coins.Owner(8));
        await UntilAsync(host, [(Third, SeriesState.Next), (Second, SeriesState.Listed), (First, SeriesState.Listed)]);
        var index = host.Instruments.All.Select(one => one.Id).ToList().IndexOf(Second);
        var swap = await SwapPair.OpenAsync(host, index, chain: 1);
        await swap.GiveKeysAsync();
        await swap.FundSharesAsync();
        await MineAsync(host, 8, Coins.Owner(8));

        await swap.UntilAsync(SwapState.Refunding, shares: 1);
        await using var db = await host.Get<IDbContextFactory<MarketDb>>().CreateDbContextAsync();
        var written = SwapJson.ReadSwap((await db.Set<SwapRow>().SingleAsync(row => row.Id == swap.Id)).Machine);
        Assert.Equal(new Failure(FailureCode.InitiatorDidNotLock, Role.Initiator), written.Failure);
        await MineAsync(host, 80, Coins.Owner(8));
        await swap.RefundSharesAsync();
        await swap.UntilAsync(SwapState.Expired, shares: 1);
        await host.DisposeAsync();
    }

    [Fact]
    public async Task A_burst_of_hashrate_pauses_a_series_and_does_not_close_it()
    {
        var database = await postgres.NewDatabaseAsync();
        var steady = Quick with
        {
            AsertHalfLife = 100_000,
            Payout = new PayoutDesign.Window(100_000_000, 600, 20),
            SeriesLength = 200,
        };
        var host = await MarketHost.StartAsync(database, profiles: [SharechainProfiles.P2ShareDevnet, steady]);
        using var seller = await Trader.SignInAsync(host.Address, 1);
        await MineAsync(host, 10, Script.P2wpkh(seller.PublicKey));
        await OpenAsync(host, First);
        await seller.PlaceAsync(Sell(seller, First, "rests", await CoinAsync(host, seller, 1)));

        await host.MineSharesAsync(host.AllShares[1], 40, Coins.Owner(7));
        await Eventually.TrueAsync(
            async () => (await ListingAsync(host, First)).Status == InstrumentStatus.Paused, "it is paused");
        Assert.Contains("Work comes so fast", (await ListingAsync(host, First)).StatusReason!, StringComparison.Ordinal);
        Assert.Equal(SeriesState.Listed, (await SeriesAsync(host)).Single(one => one.Instrument == First).State);
        Assert.Equal(
            ProblemCodes.TradingPaused, await seller.RefusedAsync(Sell(seller, First, "now", await CoinAsync(host, seller, 2))));

        await MineAsync(host, 80, Coins.Owner(7));
        await OpenAsync(host, First);
        Assert.Equal(OrderStatus.Open, (await OrderAsync(host, 1, "rests")).Status);
        await host.DisposeAsync();
    }

    [Fact]
    public async Task A_database_of_series_whose_sharechain_is_not_named_is_not_opened()
    {
        var database = await postgres.NewDatabaseAsync();
        var host = await MarketHost.StartAsync(database, profiles: [SharechainProfiles.P2ShareDevnet, Quick]);
        await MineAsync(host, 10, Coins.Owner(7));
        await UntilAsync(host, [(Second, SeriesState.Next), (First, SeriesState.Listed)]);
        await SwapPair.OpenAsync(host, 1);
        await host.StopServerAsync();

        var failure = await Assert.ThrowsAsync<Market.Api.Hosting.StartupException>(
            () => MarketHost.StartAsync(database, profiles: [SharechainProfiles.P2ShareDevnet]));
        Assert.Contains(First, failure.Message, StringComparison.Ordinal);
        await host.DisposeAsync();
    }

    private static async Task<MarketHost> AgainAsync(string database, MarketHost host)
    {
        await host.StopServerAsync();
        return await MarketHost.StartAsync(database, host);
    }

    private static async Task MineAsync(MarketHost host, int count, Script payTo)
    {
        for (; count > 0; count--)
        {
            host.Clock.Advance(TimeSpan.FromSeconds(Quick.TargetSpacing - 2));
            await host.MineSharesAsync(host.AllShares[1], 1, payTo);
        }
    }

    private static async Task<int> HeightAsync(MarketHost host) => (await host.AllShares[1].GetTipAsync()).Height;

    private static async Task<OutPoint> CoinAsync(MarketHost host, Trader owner, int root) =>
        (await host.AllShares[1].GetCoinsAsync(Script.P2wpkh(owner.PublicKey))).Single(coin => coin.RootHeight == root).OutPoint;

    private static PlaceOrder Sell(Trader trader, string instrument, string name, OutPoint coin) => trader.Order(
        name, Side.Sell, 100_000, Quantity.UnitsPerShare, order => order with { Instrument = instrument }, coin);

    private static async Task<OutPoint> PayAsync(MarketHost host, Trader to)
    {
        var payment = Coins.Spend(await Coins.MatureAsync(host.Main, Lab.Treasury), Script.P2wpkh(to.PublicKey));
        Assert.True((await host.Main.BroadcastAsync(payment)).IsSuccess);
        await host.MineMainAsync(1);
        return new OutPoint(payment.Id, 0);
    }

    private static Task OpenAsync(MarketHost host, string instrument) => Eventually.TrueAsync(
        async () => (await ListingAsync(host, instrument)).Status == InstrumentStatus.Open, $"{instrument} takes orders");

    private static async Task<Order> OrderAsync(MarketHost host, int trader, string name)
    {
        using var session = await Trader.SignInAsync(host.Address, trader);
        return await session.SendAsync<Order>(HttpMethod.Get, $"{Routes.Orders}/client:{name}");
    }

    private static async Task<IReadOnlyList<ExpirySeries>> SeriesAsync(MarketHost host) =>
        (await GetAsync<ExpirySeriesList>(host, Routes.Series)).Items;

    private static async Task<IEnumerable<(string, SeriesState)>> StatesAsync(MarketHost host) =>
        (await SeriesAsync(host)).Select(one => (one.Instrument, one.State));

    private static Task UntilAsync(MarketHost host, (string, SeriesState)[] states) => Eventually.TrueAsync(
        async () => (await StatesAsync(host)).SequenceEqual(states), string.Join(", ", states));

    private static Task<Instrument[]> ListingsAsync(MarketHost host) => GetAsync<Instrument[]>(host, Routes.Instruments);

    private static Task<Instrument> ListingAsync(MarketHost host, string id) =>
        GetAsync<Instrument>(host, Of(Routes.Instrument, id));

    private static Task<BookSnapshot> BookAsync(MarketHost host, string id) => GetAsync<BookSnapshot>(host, Of(Routes.Book, id));

    private static string Of(string route, string instrument) =>
        route.Replace("{instrument}", instrument, StringComparison.Ordinal);

    private static async Task AssertToldAsync(Market.Api.Realtime.StreamClient reader, Func<ExpirySeriesList, bool> isIt)
    {
        using var patience = new CancellationTokenSource(Eventually.Patience);
        while (true)
        {
            if (await reader.NextAsync(patience.Token) is { Channel: Channels.Series, Event.Data: { } data }
                && isIt(System.Text.Json.JsonSerializer.Deserialize<ExpirySeriesList>(data, MarketJson.Options)!)) return;
        }
    }

    private static async Task<T> GetAsync<T>(MarketHost host, string path) =>
        (await host.Http.GetFromJsonAsync<T>(new Uri(path, UriKind.Relative), MarketJson.Options))!;
}
