using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Market.Contracts;
using Market.Testing.Chains;

namespace Market.Api.Tests.Orders;

/// <summary>An account's lists, and the tape: what they are filtered by, how they are read both ways, and as CSV.</summary>
public sealed partial class ListTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string First = "P2SHARE-BTC";
    private const string Second = "P2SHARE-K20-BTC";
    private const long Price = 100_000;
    private const long Share = Quantity.UnitsPerShare;

    private readonly ManualClock _clock = new();
    private TradingHost _host = null!;
    private Trader _ann = null!, _bob = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync(), clock: _clock, instruments: 2);
        _ann = await _host.TraderAsync(1);
        _bob = await _host.TraderAsync(2);
    }

    public async ValueTask DisposeAsync()
    {
        _ann.Dispose();
        _bob.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Orders_are_filtered_by_instrument_status_id_and_time()
    {
        var times = new List<DateTimeOffset>();
        for (var i = 0; i < 4; i++)
        {
            times.Add(_clock.Now);
            await PlaceAsync(_ann, i % 2 == 0 ? First : Second, $"o{i}", Side.Sell);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
        await _ann.SendAsync<Order>(HttpMethod.Delete, $"{Routes.Orders}/client:o2");

        Assert.Equal(["o3", "o2", "o1", "o0"], await NamesAsync(""));
        Assert.Equal(["o2", "o0"], await NamesAsync($"instrument={First}"));
        Assert.Equal(["o2"], await NamesAsync("status=cancelled"));
        Assert.Equal(["o3", "o1", "o0"], await NamesAsync("status=open"));
        Assert.Equal(["o1"], await NamesAsync("id=client:o1"));
        Assert.Empty(await NamesAsync($"id=client:o1&instrument={First}"));
        var number = (await OrdersAsync("id=client:o3")).Items[0].Id;
        Assert.Equal(["o3"], await NamesAsync($"id={number}&instrument={Second}"));
        Assert.Equal(["o3"], await NamesAsync($"id=client:o3&instrument={Second}"));
        // A number is another order in each instrument.
        var unnamed = await _ann.ProblemAsync(HttpMethod.Get, $"{Routes.Orders}?id={number}");
        Assert.Equal((ProblemCodes.ValidationFailed, "instrument"), (unnamed.Code, Assert.Single(unnamed.Errors!).Key));
        Assert.Equal(["o2", "o1"], await NamesAsync($"from={Text(times[1])}&to={Text(times[3])}"));
        Assert.Equal(["o3"], await NamesAsync($"from={Text(times[3])}"));
        Assert.Equal(["o0"], await NamesAsync($"to={Text(times[1])}"));
        // A time of another zone is the same time.
        Assert.Equal(["o3"], await NamesAsync($"from={Uri.EscapeDataString($"{times[3].ToOffset(TimeSpan.FromHours(2)):O}")}"));
        // Of another account nobody sees anything, by whatever id.
        Assert.Empty((await _bob.SendAsync<Page<Order>>(HttpMethod.Get, $"{Routes.Orders}?id=client:o1")).Items);
        foreach (var wrong in new[] { $"from={Text(times[1])}&to={Text(times[1])}", "id=client:", "cursor=after:x", "format=xml" })
            Assert.Equal(ProblemCodes.ValidationFailed, await _ann.RefusedAsync(HttpMethod.Get, $"{Routes.Orders}?{wrong}"));
    }

    [Fact]
    public async Task Fills_are_filtered_and_tell_fee_maker_and_where_their_swap_stands()
    {
        var then = _clock.Now;
        await PlaceAsync(_ann, First, "a0", Side.Sell);
        await PlaceAsync(_bob, First, "b0", Side.Buy);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var later = _clock.Now;
        await PlaceAsync(_bob, Second, "b1", Side.Buy);
        await PlaceAsync(_ann, Second, "a1", Side.Sell);

        var fills = (await FillsAsync("")).Items;
        Assert.Equal([("a1", false), ("a0", true)], fills.Select(fill => (fill.ClientOrderId, fill.Maker)));
        Assert.All(fills, fill => Assert.Equal(
            (0L, SwapState.Matched, SwapOutcome.Moving, TradeStatus.Pending),
            (fill.Fee.Value, fill.SwapState, fill.SwapOutcome, fill.Status)));
        Assert.Equal(["a0"], await FillNamesAsync($"instrument={First}"));
        Assert.Equal(["a1"], await FillNamesAsync("order=client:a1"));
        Assert.Equal(["a0"], await FillNamesAsync($"order={fills[1].OrderId}&instrument={First}"));
        Assert.Equal(["a1"], await FillNamesAsync($"id={fills[0].TradeId}&instrument={Second}"));
        Assert.Equal(["a0"], await FillNamesAsync($"from={Text(then)}&to={Text(later)}"));
        Assert.Equal(["a1"], await FillNamesAsync($"from={Text(later)}"));
        Assert.Equal(["a1", "a0"], await FillNamesAsync("status=pending"));
        Assert.Empty(await FillNamesAsync("status=final"));
        // Another's order of the same name is not the own one.
        Assert.Empty(await FillNamesAsync("order=client:b1"));
        // One that comes to have a status after a newer one did would be missed.
        Assert.Null((await _ann.SendAsync<Page<Fill>>(
            HttpMethod.Get, $"{Routes.Fills}?instrument={First}&status=pending")).PreviousCursor);
        foreach (var wrong in new[]
        {
            "status=open", "id=client:a", "order=x", "cursor=after:", $"instrument={First}&status=final&cursor=after:0",
        })
            Assert.Equal(ProblemCodes.ValidationFailed, await _ann.RefusedAsync(HttpMethod.Get, $"{Routes.Fills}?{wrong}"));
    }

    [Fact]
    public async Task Lists_are_read_on_both_ways_while_they_grow()
    {
        for (var i = 0; i < 5; i++) await PlaceAsync(_ann, First, $"o{i}", Side.Sell);
        var of = $"instrument={First}&limit=2";
        var first = await OrdersAsync(of);
        Assert.Equal(["o4", "o3"], first.Items.Select(order => order.ClientOrderId));
        for (var i = 5; i < 8; i++) await PlaceAsync(_ann, First, $"o{i}", Side.Sell);

        var older = await OrdersAsync($"{of}&cursor={first.NextCursor}");
        Assert.Equal(["o2", "o1"], older.Items.Select(order => order.ClientOrderId));
        var newer = await OrdersAsync($"{of}&cursor={first.PreviousCursor}");
        Assert.Equal(["o6", "o5"], newer.Items.Select(order => order.ClientOrderId));
        newer = await OrdersAsync($"{of}&cursor={newer.PreviousCursor}");
        Assert.Equal(["o7"], newer.Items.Select(order => order.ClientOrderId));
        newer = await OrdersAsync($"{of}&cursor={newer.PreviousCursor}");
        Assert.Empty(newer.Items);
        await PlaceAsync(_ann, First, "o8", Side.Sell);
        Assert.Equal(["o8"], (await OrdersAsync($"{of}&cursor={newer.PreviousCursor}")).Items.Select(o => o.ClientOrderId));
    }

    [Fact]
    public async Task Fills_and_trades_are_read_on_too_and_of_several_instruments_one_is_named()
    {
        await PlaceAsync(_ann, First, "a", Side.Sell, 5 * Share);
        for (var i = 0; i < 3; i++) await PlaceAsync(_bob, First, $"b{i}", Side.Buy);
        var fills = await FillsAsync($"instrument={First}&limit=1");
        var trades = await TradesAsync("limit=1");
        await PlaceAsync(_bob, First, "b3", Side.Buy);
        await PlaceAsync(_bob, First, "b4", Side.Buy);
        var came = await FillsAsync($"instrument={First}&cursor={fills.PreviousCursor}");
        Assert.Equal(2, came.Items.Count);
        var traded = await TradesAsync($"cursor={trades.PreviousCursor}");
        Assert.Equal(came.Items.Select(fill => fill.TradeId), traded.Items.Select(trade => trade.Id));
        Assert.Equal(2, (await FillsAsync($"instrument={First}&cursor={fills.NextCursor}")).Items.Count);
        var all = await TradesAsync($"from={Text(_clock.Now)}");
        Assert.Equal(5, all.Items.Count);
        Assert.Empty((await TradesAsync($"to={Text(_clock.Now)}")).Items);

        // Two sequencers write at once: what came since is told of one.
        foreach (var path in new[] { Routes.Fills, Routes.Orders })
        {
            Assert.Null((await _ann.SendAsync<Page<JsonElement>>(HttpMethod.Get, $"{path}?limit=1")).PreviousCursor);
            var refused = await _ann.ProblemAsync(HttpMethod.Get, $"{path}?cursor=after:0");
            Assert.Equal((ProblemCodes.ValidationFailed, "instrument"), (refused.Code, Assert.Single(refused.Errors!).Key));
        }
    }

    [Fact]
    public async Task All_tickers_come_in_one_call()
    {
        var tickers = await _ann.SendAsync<List<Ticker>>(HttpMethod.Get, Routes.Tickers);
        Assert.Equal([First, Second], tickers.Select(ticker => ticker.Instrument));
        Assert.Equal(tickers[1].Volume, (await _ann.SendAsync<Ticker>(
            HttpMethod.Get, $"/api/v1/instruments/{Second}/ticker")).Volume);
    }

    [Fact]
    public async Task Own_orders_fills_and_swaps_and_the_tape_are_tables_too()
    {
        await PlaceAsync(_ann, First, "-1", Side.Sell, 2 * Share);
        await PlaceAsync(_bob, First, "b", Side.Buy);
        var order = (await OrdersAsync("")).Items[0];
        var fill = (await FillsAsync("")).Items[0];
        var swap = (await _ann.SendAsync<Page<SwapSummary>>(HttpMethod.Get, $"{Routes.Swaps}?mine=true")).Items[0];
        var at = "2026-06-01T12:00:00.000Z";

        Assert.Equal(
            [
                "id,clientOrderId,instrument,side,type,price,discount,worstPrice,quantity,filled,remaining,timeInForce,expiresAt,"
                    + "postOnly,status,cancelReason,createdAt,updatedAt",
                $"{order.Id},'-1,{First},sell,limit,100000,,,200000000,100000000,100000000,gtc,,false,open,,{at},{at}",
                "",
            ],
            await LinesAsync($"{Routes.Orders}?format=csv"));
        Assert.Equal(
            [
                "tradeId,orderId,clientOrderId,instrument,time,side,price,quantity,notional,fee,maker,status,swapId,swapState,"
                    + "swapOutcome",
                $"{fill.TradeId},{order.Id},'-1,{First},{at},sell,100000,100000000,100000,0,true,pending,{fill.SwapId},matched,"
                    + "moving",
                "",
            ],
            await LinesAsync($"{Routes.Fills}?format=csv"));
        Assert.Equal(
            [
                "id,instrument,tradeId,state,outcome,price,quantity,notional,createdAt,updatedAt",
                $"{swap.Id},{First},{fill.TradeId},matched,moving,100000,100000000,100000,{at},{at}",
                "",
            ],
            await LinesAsync($"{Routes.Swaps}?mine=true&format=csv"));
        Assert.Equal(
            [
                "id,instrument,time,takerSide,price,quantity,notional,status,statusAt,swapId",
                $"{fill.TradeId},{First},{at},buy,100000,100000000,100000,pending,,{fill.SwapId}",
                "",
            ],
            await LinesAsync($"/api/v1/instruments/{First}/trades?format=csv"));
        Assert.Equal(
            ProblemCodes.ValidationFailed, await _ann.RefusedAsync(HttpMethod.Get, $"{Routes.Orders}?format=csv&limit=501"));
    }

    [Fact]
    public async Task Pages_of_a_table_lead_to_each_other()
    {
        for (var i = 0; i < 3; i++) await PlaceAsync(_ann, First, $"o{i}", Side.Sell);
        using var first = await _ann.RawAsync(
            HttpMethod.Get, $"{Routes.Orders}?instrument={First}&format=csv&limit=2");
        var links = Link().Matches(string.Join(", ", first.Headers.GetValues("Link")))
            .ToDictionary(match => match.Groups[2].Value, match => match.Groups[1].Value);
        Assert.Equal(["next", "prev"], links.Keys.Order());
        var older = await LinesAsync(links["next"], isWhole: false);
        Assert.StartsWith("1,o0,", older[1], StringComparison.Ordinal);
        await PlaceAsync(_ann, First, "o3", Side.Sell);
        var newer = await LinesAsync(links["prev"], isWhole: false);
        Assert.Contains(",o3,", Assert.Single(newer[1..^1]), StringComparison.Ordinal);

        var tape = $"/api/v1/instruments/{First}/trades?format=csv";
        using var tagged = await _ann.RawAsync(HttpMethod.Get, tape);
        using var again = new HttpRequestMessage(HttpMethod.Get, tape);
        again.Headers.IfNoneMatch.Add(tagged.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await _ann.Http.SendAsync(again)).StatusCode);
    }

    private async Task<string[]> LinesAsync(string path, bool isWhole = true)
    {
        using var response = await _ann.RawAsync(HttpMethod.Get, path);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        Assert.Equal(("text/csv", "utf-8"),
            (response.Content.Headers.ContentType!.MediaType, response.Content.Headers.ContentType.CharSet));
        if (isWhole) Assert.DoesNotContain("rel=\"next\"", response.Headers.ToString(), StringComparison.Ordinal);
        return text.Split("\r\n");
    }

    private static string Text(DateTimeOffset time) => Uri.EscapeDataString($"{time.UtcDateTime:O}");

    private Task<PlacedOrder> PlaceAsync(Trader trader, string instrument, string name, Side side, long quantity = Share) =>
        trader.PlaceAsync(trader.Order(name, side, Price, quantity, order => order with { Instrument = instrument }));

    private Task<Page<Order>> OrdersAsync(string query) => _ann.SendAsync<Page<Order>>(HttpMethod.Get, $"{Routes.Orders}?{query}");

    private Task<Page<Fill>> FillsAsync(string query) => _ann.SendAsync<Page<Fill>>(HttpMethod.Get, $"{Routes.Fills}?{query}");

    private Task<Page<Trade>> TradesAsync(string query) =>
        _ann.SendAsync<Page<Trade>>(HttpMethod.Get, $"/api/v1/instruments/{First}/trades?{query}");

    private async Task<IEnumerable<string>> NamesAsync(string query) =>
        (await OrdersAsync(query)).Items.Select(order => order.ClientOrderId);

    private async Task<IEnumerable<string>> FillNamesAsync(string query) =>
        (await FillsAsync(query)).Items.Select(fill => fill.ClientOrderId);

    [GeneratedRegex("<([^>]+)>; rel=\"([a-z]+)\"")]
    private static partial Regex Link();
}
