using Market.Api.Data;
using Market.Api.Settlement;
using Market.Api.Standing;
using Market.Api.Tests.Orders;
using Market.Api.Trading;
using Market.Chains;
using Market.Contracts;
using Market.Standing;
using Market.Testing.Chains;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Market.Api.Tests.Instruments;

/// <summary>Two instruments in one server: coins, names and waits together.</summary>
public sealed class SharedPromisesTests(PostgresFixture postgres) : TwoBooks(postgres)
{
    [Fact]
    public async Task A_coin_of_the_mainchain_stands_behind_an_order_of_one_instrument_at_a_time()
    {
        var coin = Ann.Coin(2 * Price);
        await Ann.PlaceAsync(Order(Ann, First, "b1", Side.Buy, coin: coin));
        var refused = await Ann.ProblemAsync(Order(Ann, Second, "b2", Side.Buy, coin: coin));
        Assert.Equal(ProblemCodes.OutpointInUse, refused.Code);

        await RestartAsync();
        Assert.Equal(ProblemCodes.OutpointInUse, (await Ann.ProblemAsync(Order(Ann, Second, "b3", Side.Buy, coin: coin))).Code);

        // What is refused for another reason lets the coin go, and so does what is cancelled.
        await Ann.SendAsync<Order>(HttpMethod.Delete, $"{Routes.Orders}/client:b1");
        var off = await Ann.ProblemAsync(Order(Ann, First, "b4", Side.Buy, coin: coin, price: 7));
        Assert.Equal(ProblemCodes.BadPrice, off.Code);
        await Bob.PlaceAsync(Order(Bob, First, "s", Side.Sell));
        var crossing = Order(Ann, First, "b5", Side.Buy, coin: coin);
        Assert.Equal(ProblemCodes.WouldTrade, (await Ann.ProblemAsync(Ann.Signed(crossing with { PostOnly = true }))).Code);
        await Ann.PlaceAsync(Order(Ann, Second, "b6", Side.Buy, coin: coin));
        Assert.Equal(ProblemCodes.OutpointInUse, (await Ann.ProblemAsync(Order(Ann, First, "b7", Side.Buy, coin: coin))).Code);
    }

    [Fact]
    public async Task A_coin_is_anothers_only_once_its_end_is_on_disk()
    {
        var coin = Ann.Coin(2 * Price);
        await Ann.PlaceAsync(Order(Ann, First, "b1", Side.Buy, coin: coin));
        await using var held = await HeldJournal.HoldAsync(Database);
        var cancelled = Ann.SendAsync<Order>(HttpMethod.Delete, $"{Routes.Orders}/client:b1");
        await held.UntilWaitedForAsync();
        Assert.Equal(ProblemCodes.OutpointInUse, (await Ann.ProblemAsync(Order(Ann, Second, "b2", Side.Buy, coin: coin))).Code);
        await held.ReleaseAsync();
        await cancelled;
        await Ann.PlaceAsync(Order(Ann, Second, "b2", Side.Buy, coin: coin));
    }

    [Fact]
    public async Task A_key_has_as_many_open_orders_in_all_instruments_as_its_tier_gives()
    {
        Slow();
        var most = TierTable.Of(Tier.Slowed).OpenOrders;
        for (var i = 0; i < most; i++) await Ann.PlaceAsync(Order(Ann, Both[i % 2], $"s{i}", Side.Sell));
        foreach (var instrument in Both) await RefusedAsync(instrument);
        await Bob.PlaceAsync(Order(Bob, First, "other", Side.Sell));

        // Also after a restart, and before the first sequencer runs.
        var promises = new Promises();
        await using (var db = await Host.Get<IDbContextFactory<MarketDb>>().CreateDbContextAsync())
            await promises.LoadAsync(db, Both, false, default);
        Assert.Equal(most, promises.Orders.Of(Ann.Key));
        await RestartAsync();
        Slow();
        foreach (var instrument in Both) await RefusedAsync(instrument);
        Assert.Equal(most, Host.Get<Promises>().Orders.Of(Ann.Key));

        // What ends in one makes room in the other, and what is refused takes none.
        await Ann.SendAsync<Order>(HttpMethod.Delete, $"{Routes.Orders}/client:s0");
        Assert.Equal(ProblemCodes.BadPrice, (await Ann.ProblemAsync(Order(Ann, Second, "off", Side.Sell, price: 7))).Code);
        await Ann.PlaceAsync(Order(Ann, Second, "more", Side.Sell));
        foreach (var instrument in Both) await RefusedAsync(instrument);
        Assert.Equal(most, Host.Get<Promises>().Orders.Of(Ann.Key));

        async Task RefusedAsync(string instrument)
        {
            var refused = await Ann.ProblemAsync(Order(Ann, instrument, $"over-{instrument}", Side.Sell));
            Assert.Equal(ProblemCodes.TooManyOrders, refused.Code);
        }

        void Slow() => Host.Get<StandingHistory>().Note(
            new SwapRow
            {
                Id = "failed",
                SellerKey = Ann.Key,
                BuyerKey = "other",
                FailedBy = FailedBy.Seller,
                UpdatedAt = Host.Get<TimeProvider>().GetUtcNow(),
            }, settles: false);
    }

    [Fact]
    public async Task What_an_order_took_is_anothers_only_once_its_end_is_on_disk()
    {
        var orders = Host.Get<Promises>().Orders;
        await Ann.PlaceAsync(Order(Ann, First, "s", Side.Sell));
        await using var held = await HeldJournal.HoldAsync(Database);
        var cancelled = Ann.SendAsync<Order>(HttpMethod.Delete, $"{Routes.Orders}/client:s");
        await held.UntilWaitedForAsync();
        Assert.False(orders.TryTake(Second, Ann.Key, 0, 1));
        await held.ReleaseAsync();
        await cancelled;
        Assert.True(orders.TryTake(Second, Ann.Key, 0, 1));
        Assert.False(orders.TryTake(First, Ann.Key, 0, 1));
        orders.Set(Second, Ann.Key, 0);
        Assert.Equal(0, orders.Of(Ann.Key));
    }

    [Fact]
    public async Task A_name_on_its_way_to_disk_is_taken_in_the_other_instrument()
    {
        await using var held = await HeldJournal.HoldAsync(Database);
        var first = Ann.PlaceAsync(Order(Ann, First, "name", Side.Sell));
        await held.UntilWaitedForAsync();
        var second = await Ann.ProblemAsync(Order(Ann, Second, "name", Side.Sell));
        Assert.Equal(ProblemCodes.DuplicateClientOrderId, second.Code);
        await held.ReleaseAsync();
        await first;
    }

    [Fact]
    public async Task What_stands_behind_orders_is_known_before_the_first_sequencer_runs()
    {
        var coin = Ann.Coin(2 * Price);
        await Ann.PlaceAsync(Order(Ann, First, "b", Side.Buy, coin: coin));
        var promises = new Promises();
        await using var db = await Host.Get<IDbContextFactory<MarketDb>>().CreateDbContextAsync();
        await promises.LoadAsync(db, Both, false, default);
        var promised = new PromisedCoin(Host.Instruments.All[0].Market.NameOf(ChainKind.Mainchain), coin);
        Assert.False(promises.Coins.TryTake(Second, promised));
        Assert.True(promises.Coins.TryTake(First, promised));
    }

    [Fact]
    public async Task What_became_of_a_swap_is_told_to_the_matching_of_its_own_instrument()
    {
        foreach (var instrument in Both)
        {
            await Ann.PlaceAsync(Order(Ann, instrument, $"s-{instrument}", Side.Sell));
            await Bob.PlaceAsync(Order(Bob, instrument, $"b-{instrument}", Side.Buy));
        }

        foreach (var one in Host.Instruments.All)
        {
            Assert.Equal(one.Id, Assert.Single(await one.Get<SwapStore>().OpenAsync(default)).Instrument);
            Assert.Equal(one.Id, Assert.Single(await one.Get<SwapStore>().NewestAsync(10, default)).Instrument);
        }

        await using var command = Host.Get<NpgsqlDataSource>().CreateCommand("""
            insert into market.swap_outbox (swap_id, seller, buyer, done)
            select id, 3, 3, false from market.swaps where instrument = $1
            """);
        command.Parameters.AddWithValue(Second);
        await command.ExecuteNonQueryAsync();
        await Eventually.TrueAsync(async () => (await TradeAsync(Second)).Status == TradeStatus.Final, "the trade is final");
        Assert.Equal(TradeStatus.Pending, (await TradeAsync(First)).Status);

        async Task<Trade> TradeAsync(string instrument) =>
            (await Ann.SendAsync<Page<Trade>>(HttpMethod.Get, Of(Routes.Trades, instrument))).Items[0];
    }

    [Fact]
    public async Task The_same_outpoint_on_two_sharechains_is_two_coins()
    {
        var coin = Ann.Coin(2 * Share);
        await Ann.PlaceAsync(Order(Ann, First, "s1", Side.Sell, coin: coin));
        await Ann.PlaceAsync(Order(Ann, Second, "s2", Side.Sell, coin: coin));
        Assert.Equal(ProblemCodes.OutpointInUse, (await Ann.ProblemAsync(Order(Ann, Second, "s3", Side.Sell, coin: coin))).Code);
        await RestartAsync();
        Assert.Equal(ProblemCodes.OutpointInUse, (await Ann.ProblemAsync(Order(Ann, First, "s4", Side.Sell, coin: coin))).Code);
    }

    [Fact]
    public async Task Of_many_orders_at_once_over_one_coin_or_under_one_name_one_stands_and_no_book_breaks()
    {
        for (var round = 0; round < 10; round++)
        {
            var coin = Ann.Coin(2 * Price);
            var over = Both.SelectMany(instrument => Enumerable.Range(0, 4).Select(
                i => Order(Ann, instrument, $"c{round}-{i}-{instrument}", Side.Buy, coin: coin)));
            Assert.Equal([ProblemCodes.OutpointInUse], await RefusalsAsync(over, 7));
            // Dear, so that no order of the next round meets it.
            var under = Both.Select(instrument => Order(Ann, instrument, $"n{round}", Side.Sell, price: 2 * Price));
            Assert.Equal([ProblemCodes.DuplicateClientOrderId], await RefusalsAsync(under, 1));
        }

        Assert.All(Host.Instruments.All, one => Assert.Empty(one.Workers.Troubles));

        async Task<IEnumerable<string>> RefusalsAsync(IEnumerable<PlaceOrder> orders, int count)
        {
            var answers = await Task.WhenAll(orders.Select(async order =>
            {
                using var response = await Ann.PostAsync(order);
                return response.IsSuccessStatusCode
                    ? null
                    : System.Text.Json.JsonSerializer.Deserialize<Problem>(
                        await response.Content.ReadAsStringAsync(), MarketJson.Options)!.Code;
            }));
            Assert.Equal(count, answers.Count(code => code is not null));
            return answers.OfType<string>().Distinct();
        }
    }

    [Fact]
    public async Task A_name_used_in_one_instrument_is_used_in_all_and_the_same_body_is_answered_with_the_first()
    {
        var order = Order(Ann, First, "name", Side.Sell);
        var placed = await Ann.PlaceAsync(order);
        Assert.Equal(
            ProblemCodes.DuplicateClientOrderId, (await Ann.ProblemAsync(Order(Ann, Second, "name", Side.Sell))).Code);
        Assert.Equal(placed.Order.Id, (await Ann.PlaceAsync(order)).Order.Id);
        await Bob.PlaceAsync(Order(Bob, Second, "name", Side.Sell));
        await RestartAsync();
        Assert.Equal(
            ProblemCodes.DuplicateClientOrderId, (await Ann.ProblemAsync(Order(Ann, Second, "name", Side.Sell))).Code);
    }

    [Fact]
    public async Task Who_let_a_swap_of_one_fail_waits_in_all_and_so_does_its_bitcoin_and_not_a_coin_of_another_sharechain()
    {
        var (bitcoin, shares) = (Ann.Coin(2 * Price), Ann.Coin(2 * Share));
        var until = Host.Get<TimeProvider>().GetUtcNow().AddHours(1).ToUnixTimeSeconds();
        var market = Host.Instruments.All[0].Market;
        Host.Get<Waits>().Set(
        [
            Wait(Waits.OfAccount(Bob.Key)), Wait(Waits.OfCoin(market.NameOf(ChainKind.Mainchain), bitcoin)),
            Wait(Waits.OfCoin(market.NameOf(ChainKind.Sharechain), shares)),
        ]);
        await Ann.PlaceAsync(Order(Ann, Second, "s", Side.Sell));
        Assert.Equal(ProblemCodes.MustWait, (await Bob.ProblemAsync(Order(Bob, Second, "b", Side.Buy))).Code);
        Assert.Equal(ProblemCodes.MustWait, (await Ann.ProblemAsync(Order(Ann, Second, "b", Side.Buy, coin: bitcoin))).Code);
        Assert.Equal(ProblemCodes.MustWait, (await Ann.ProblemAsync(Order(Ann, First, "s1", Side.Sell, coin: shares))).Code);
        await Ann.PlaceAsync(Order(Ann, Second, "s2", Side.Sell, coin: shares));

        WaitRow Wait(string subject) => new() { Subject = subject, Failures = 1, FailedAt = until - 3_600, Until = until };
    }

    [Fact]
    public async Task An_instrument_in_which_something_is_under_way_is_not_left_closed()
    {
        await Ann.PlaceAsync(Order(Ann, Second, "s", Side.Sell));
        await Host.DisposeAsync();
        var refused = await Assert.ThrowsAsync<Hosting.StartupException>(() => TradingHost.StartAsync(Database));
        Assert.Contains(Second, refused.Message, StringComparison.Ordinal);
        await StartAsync();
        await Ann.SendAsync<Order>(HttpMethod.Delete, $"{Routes.Orders}/client:s");
        await Host.DisposeAsync();

        // Alone again: what was named in the other stays named.
        await StartAsync(instruments: 1);
        Assert.Equal(ProblemCodes.DuplicateClientOrderId, (await Ann.ProblemAsync(Order(Ann, First, "s", Side.Sell))).Code);
        await Ann.PlaceAsync(Order(Ann, First, "t", Side.Sell));
    }
}
