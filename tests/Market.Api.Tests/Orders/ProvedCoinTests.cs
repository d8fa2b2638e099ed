using Market.Api.Tests.Instruments;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Contracts;

namespace Market.Api.Tests.Orders;

/// <summary>Coins are proved once, and orders draw on them without a signature: over routes, in two instruments.</summary>
public sealed class ProvedCoinTests(PostgresFixture postgres) : TwoBooks(postgres)
{
    private const string Shares = "p2share-devnet";
    private const string Main = "mainchain";

    private Task<PlacedOrder> DrawAsync(string name, long quantity, params OutPoint[] coins) =>
        Ann.PlaceAsync(Trader.Drawing(name, Side.Sell, Price, quantity, coins));

    private Task<Problem> RefusedAsync(string name, long quantity, params OutPoint[] coins) =>
        Ann.ProblemAsync(Trader.Drawing(name, Side.Sell, Price, quantity, coins));

    private Task<Order> CancelAsync(string name) => Ann.SendAsync<Order>(HttpMethod.Delete, $"{Routes.Orders}/client:{name}");

    private async Task<IReadOnlyList<ProvedOutpoint>> ListAsync(string query = "") =>
        (await Ann.SendAsync<Page<ProvedOutpoint>>(HttpMethod.Get, Routes.Outpoints + query)).Items;

    [Fact]
    public async Task Orders_draw_on_a_coin_until_it_is_all_promised_and_a_quote_needs_no_new_signature()
    {
        var coin = Ann.Coin(10 * Share);
        var proved = Assert.Single(await Ann.ProveAsync(Shares, coin));
        Assert.Equal((OutpointState.Free, "1000000000", "P2SHARE"), (proved.State, proved.Free, proved.Asset));

        await DrawAsync("pool", 4 * Share);
        var named = (await DrawAsync("named", 5 * Share, coin)).Order;
        Assert.Equal([coin.ToString()], named.Outpoints);
        Assert.Equal(ProblemCodes.InsufficientOutpoints, (await RefusedAsync("more", Share)).Code);
        Assert.Equal(ProblemCodes.InsufficientOutpoints, (await RefusedAsync("more", Share, coin)).Code);
        Assert.Equal(ProblemCodes.OutpointInUse, await Ann.RefusedAsync(Ann.Order("whole", Side.Sell, Price, Share, coin: coin)));

        var shown = Assert.Single(await ListAsync());
        Assert.Equal((OutpointState.Ordered, 2), (shown.State, shown.Orders.Count));
        Assert.Equal(10 * Share, long.Parse(shown.Promised) + long.Parse(shown.Free));
        var balance = (await Ann.SendAsync<Balances>(HttpMethod.Get, Routes.Balances)).Assets;
        Assert.Equal(["BTC", "P2SHARE", "P2SHARE-K20"], balance.Select(b => b.Asset));
        Assert.Equal((shown.Free, shown.Promised, "0"), (balance[1].Free, balance[1].Ordered, balance[1].InSwap));

        // Another price asks for nothing; more is had as far as there is some; less gives back.
        var path = $"{Routes.Orders}/client:pool";
        var amended = await Ann.SendAsync<PlacedOrder>(
            HttpMethod.Patch, path,
            new AmendOrder { Price = new Price(2 * Price), Quantity = new Quantity(4 * Share + Share / 2) });
        Assert.Equal(4 * Share + Share / 2, amended.Order.Remaining.Units);
        Assert.Equal(ProblemCodes.InsufficientOutpoints, await Ann.RefusedAsync(
            HttpMethod.Patch, path, new AmendOrder { Quantity = new Quantity(6 * Share) }));
        await Ann.SendAsync<PlacedOrder>(HttpMethod.Patch, path, new AmendOrder { Quantity = new Quantity(2 * Share) });
        await DrawAsync("more", 2 * Share);

        // Cancelled and placed anew, again and again; what is on disk survives a start.
        for (var i = 0; i < 5; i++)
        {
            await CancelAsync(i == 0 ? "more" : $"q{i - 1}");
            await DrawAsync($"q{i}", 2 * Share);
        }
        await RestartAsync();
        Assert.Equal(ProblemCodes.InsufficientOutpoints, (await RefusedAsync("x", Share)).Code);
        Assert.Equal(3, Assert.Single(await ListAsync()).Orders.Count);

        // Taken back it is once nothing stands on it.
        var one = $"{Routes.Outpoints}/{coin}";
        Assert.Equal(ProblemCodes.OutpointInUse, await Ann.RefusedAsync(HttpMethod.Delete, one));
        await Ann.SendAsync<CancelledOrders>(HttpMethod.Post, Routes.CancelAll, new CancelAllOrders());
        Assert.Equal(ProblemCodes.NotFound, await Bob.RefusedAsync(HttpMethod.Delete, one));
        Assert.Equal(OutpointState.Free, (await Ann.SendAsync<ProvedOutpoint>(HttpMethod.Delete, one)).State);
        Assert.Equal(ProblemCodes.InsufficientOutpoints, (await RefusedAsync("x", Share)).Code);
        Assert.Equal(ProblemCodes.OutpointNotOwned, (await RefusedAsync("x", Share, coin)).Code);
        Assert.Empty(await ListAsync());
        await Ann.PlaceAsync(Ann.Order("whole", Side.Sell, Price, Share, coin: coin));

        // Proved again meanwhile: the order has all of it.
        await Ann.ProveAsync(Shares, coin);
        shown = Assert.Single(await ListAsync());
        Assert.Equal((OutpointState.Ordered, "0", shown.Value), (shown.State, shown.Free, shown.Promised));
        Assert.Equal("whole", Assert.Single(shown.Orders).ClientOrderId);
        balance = (await Ann.SendAsync<Balances>(HttpMethod.Get, Routes.Balances)).Assets;
        Assert.Equal(("0", shown.Value), (balance[1].Free, balance[1].Ordered));
    }

    [Fact]
    public async Task A_coin_of_the_mainchain_is_promised_once_over_two_instruments()
    {
        var coin = Ann.Coin(3 * Price);
        await Ann.ProveAsync(Main, coin);
        await Ann.PlaceAsync(Trader.Drawing("b1", Side.Buy, Price, Share) with { Instrument = First });
        await Ann.PlaceAsync(Trader.Drawing("b2", Side.Buy, Price, Share) with { Instrument = Second });
        foreach (var instrument in Both)
        {
            Assert.Equal(ProblemCodes.InsufficientOutpoints, (await Ann.ProblemAsync(
                Trader.Drawing("b3", Side.Buy, Price, Share) with { Instrument = instrument })).Code);
        }
        Assert.Equal(Both, Assert.Single(await ListAsync()).Orders.Select(order => order.Instrument));
        Assert.Equal(ProblemCodes.OutpointInUse, (await Ann.ProblemAsync(Order(Ann, Second, "w", Side.Buy, coin: coin))).Code);

        // Both at once, for what is left of one.
        await CancelAsync("b2");
        var both = await Task.WhenAll(Both.Select(instrument => Ann.PostAsync(
            Trader.Drawing($"r-{instrument}", Side.Buy, Price, Share) with { Instrument = instrument })));
        Assert.Equal(1, both.Count(answer => answer.IsSuccessStatusCode));
        await RestartAsync();
        Assert.Equal(2, Assert.Single(await ListAsync("?chain=mainchain")).Orders.Count);
        Assert.Empty(await ListAsync($"?chain={Shares}"));
        Assert.Single(await ListAsync($"?instrument={Second}&limit=1"));
    }

    [Fact]
    public async Task A_bid_that_is_amended_down_gives_back_nothing_that_its_swaps_owe()
    {
        var coin = Ann.Coin(10 * Price + 10_000);
        await Ann.ProveAsync(Main, coin);
        await Ann.PlaceAsync(Trader.Drawing("b", Side.Buy, Price, 10 * Share));
        await Bob.PlaceAsync(Bob.Order("s", Side.Sell, Price, 9 * Share));
        await Ann.SendAsync<PlacedOrder>(
            HttpMethod.Patch, $"{Routes.Orders}/client:b", new AmendOrder { Price = new Price(Price / 5) });
        var shown = Assert.Single(await ListAsync());
        Assert.InRange(long.Parse(shown.Promised), 9 * Price + Price / 5, 9 * Price + Price / 5 + 10_000);
        Assert.Equal(
            ProblemCodes.InsufficientOutpoints, (await Ann.ProblemAsync(Trader.Drawing("b2", Side.Buy, Price, 2 * Share))).Code);
        await CancelAsync("b");
        Assert.InRange(long.Parse(Assert.Single(await ListAsync()).Promised), 9 * Price, 9 * Price + 10_000);
        Assert.Equal(ProblemCodes.OutpointInUse, await Ann.RefusedAsync(HttpMethod.Delete, $"{Routes.Outpoints}/{coin}"));
    }

    [Fact]
    public async Task What_does_not_hold_of_a_proof_is_refused_by_name()
    {
        var time = (await Ann.SendAsync<ServerTime>(HttpMethod.Get, Routes.Time)).Time;
        var (coin, expires) = (Ann.Coin(10 * Share), time.AddDays(30));

        // Bob may order on Ann's coin where she signs so; then it is his, until he takes it back.
        Assert.Equal(ProblemCodes.OutpointNotOwned, await ProveAsync(Bob, Bob.Proof(Shares, expires, null, coin)));
        Assert.Equal(ProblemCodes.OutpointNotOwned, await ProveAsync(Bob, Ann.Proof(Shares, expires, null, coin)));
        Assert.Null(await ProveAsync(Bob, Bob.Proof(Shares, expires, Ann, coin)));
        Assert.Equal(ProblemCodes.OutpointInUse, await ProveAsync(Ann, Ann.Proof(Shares, expires, null, coin)));
        Assert.Equal(ProblemCodes.OutpointNotOwned, (await RefusedAsync("x", Share, coin)).Code);
        Assert.Equal(ProblemCodes.InsufficientOutpoints, (await RefusedAsync("x", Share)).Code);
        await Bob.SendAsync<ProvedOutpoint>(HttpMethod.Delete, $"{Routes.Outpoints}/{coin}");
        Assert.Null(await ProveAsync(Ann, Ann.Proof(Shares, expires, null, coin)));
        Assert.Null(await ProveAsync(Ann, Ann.Proof(Shares, expires.AddDays(1), null, coin)));

        foreach (var (kind, code) in new[]
        {
            (TestCoins.Kind.Missing, ProblemCodes.OutpointUnavailable),
            (TestCoins.Kind.Unconfirmed, ProblemCodes.OutpointUnavailable),
            (TestCoins.Kind.Immature, ProblemCodes.OutpointUnavailable), (TestCoins.Kind.NoAnswer, ProblemCodes.ChainUnavailable),
            (TestCoins.Kind.PaysScript, ProblemCodes.OutpointNotOwned),
        })
        {
            // All or none.
            Assert.Equal(code, await ProveAsync(Ann, Ann.Proof(Shares, expires, null, Ann.Coin(Share), Ann.Coin(Share, kind))));
        }
        Assert.Single(await ListAsync());
        var good = Ann.Proof(Shares, expires, null, Ann.Coin(Share));
        foreach (var proof in new[]
        {
            Ann.Proof(Shares, time.AddDays(-1), null, Ann.Coin(Share)), Ann.Proof(Shares, time.AddDays(91), null, Ann.Coin(Share)),
            Ann.Proof("elsewhere", expires, null, Ann.Coin(Share)), good with { Outpoints = [] },
            good with { Outpoints = [good.Outpoints[0], good.Outpoints[0]] },
            good with { Outpoints = [good.Outpoints[0] with { Signature = null }] },
            good with { Outpoints = [good.Outpoints[0] with { Outpoint = "x" }] },
            Ann.Proof(Shares, expires, null, [.. Enumerable.Range(0, 21).Select(_ => Ann.Coin(Share))]),
        })
        {
            Assert.Equal(ProblemCodes.ValidationFailed, await ProveAsync(Ann, proof));
        }
        // A proof says of which chain: what was signed of one is nothing on another.
        Assert.Equal(ProblemCodes.OutpointNotOwned, await ProveAsync(Ann, good with { Chain = Main }));
        // Signatures of all, or of none.
        var order = Ann.Signed(Trader.Drawing("mixed", Side.Sell, Price, Share, coin, Ann.Coin(Share)));
        Assert.Equal(ProblemCodes.ValidationFailed, await Ann.RefusedAsync(
            order with { Outpoints = [order.Outpoints[0], order.Outpoints[1] with { Signature = null }] }));

        // So many of an account, as long as all of them are there; one of them may be proved again.
        var ledger = Host.Get<Promises>().Coins;
        var known = Assert.Single(ledger.Of(Ann.Key, time)).Coin;
        var (last, gone) = (Other(TestCoins.Kind.Good), Other(TestCoins.Kind.Missing));
        Assert.True(ledger.TryProve(last));
        while (ledger.CountOf(Ann.Key) < ProveOutpoints.MostOfAccount) Assert.True(ledger.TryProve(Other(TestCoins.Kind.Good)));
        Assert.Equal(ProblemCodes.TooManyOutpoints, await ProveAsync(Ann, good));
        Assert.Null(await ProveAsync(Ann, Ann.Proof(Shares, expires, null, coin)));
        ledger.Forget(last.Coin);
        Assert.True(ledger.TryProve(gone));
        Assert.Null(await ProveAsync(Ann, good));
        Assert.Null(ledger.Find(gone.Coin));

        // Where the market keeps no more of accounts without standing, nothing is written of one that is refused.
        for (var i = 0; ledger.MayCome(1, hasStanding: false); i++)
            Assert.True(ledger.TryProve(Other(TestCoins.Kind.Good) with { Key = $"k{i / 100}", ProvedAt = time }));
        var late = Bob.Coin(Share);
        Assert.Equal(ProblemCodes.TooManyOutpoints, await ProveAsync(Bob, Bob.Proof(Shares, expires, null, late)));
        Assert.Empty((await Bob.SendAsync<Page<ProvedOutpoint>>(HttpMethod.Get, Routes.Outpoints)).Items);
        Assert.Equal(0, ledger.CountOf(Bob.Key));

        ProvedCoin Other(TestCoins.Kind kind) => known with { Coin = known.Coin with { OutPoint = Ann.Coin(Share, kind) } };
    }

    [Fact]
    public async Task A_coin_is_taken_back_or_drawn_on_whichever_comes_first()
    {
        for (var i = 0; i < 5; i++)
        {
            var coin = Ann.Coin(2 * Share);
            await Ann.ProveAsync(Shares, coin);
            var placing = Ann.PostAsync(Trader.Drawing($"r{i}", Side.Sell, Price, Share, coin));
            var leaving = Ann.RawAsync(HttpMethod.Delete, $"{Routes.Outpoints}/{coin}");
            var (placed, left) = ((await placing).IsSuccessStatusCode, (await leaving).IsSuccessStatusCode);
            Assert.True(placed ^ left, $"placed {placed}, taken back {left}");
            Assert.Equal(placed, (await ListAsync()).Any(c => c.Outpoint == coin.ToString()));
        }
    }

    private static async Task<string?> ProveAsync(Trader trader, ProveOutpoints proof)
    {
        using var answer = await trader.RawAsync(HttpMethod.Post, Routes.Outpoints, proof);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? null
            : System.Text.Json.JsonSerializer.Deserialize<Problem>(text, MarketJson.Options)!.Code;
    }
}
