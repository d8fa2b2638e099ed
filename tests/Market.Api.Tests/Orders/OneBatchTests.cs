using Market.Api.Data;
using Market.Api.Settlement;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Testing.Chains;
using Market.Trading;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Side = Market.Trading.Side;

namespace Market.Api.Tests.Orders;

/// <summary>What comes together is one batch: held back by a lock on the journal, in these tests.</summary>
public sealed class OneBatchTests(PostgresFixture postgres)
{
    private const long Price = 100_000;
    private const long Share = 100_000_000;

    [Fact]
    public async Task A_coin_that_leaves_an_order_and_stands_behind_another_in_one_batch_is_written()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var host = await TradingHost.StartAsync(database);
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        var coin = ann.Coin(10 * Share);
        await ann.PlaceAsync(ann.Order("s", Contracts.Side.Sell, Price, 9 * Share, coin: coin));
        await bob.PlaceAsync("b", Contracts.Side.Buy, Price, 4 * Share);
        var spender = new Transaction(2, [new TxIn(coin, Script.Empty, 0)], [new TxOut(new Amount(1), Script.OpReturn([1]))], 0);
        var found = await new TestCoins().FindAsync(ChainKind.Sharechain, coin, default);
        var backing = new Backing(ChainKind.Sharechain, coin, 10 * Share, found!.Output.ScriptPubKey);
        var account = await host.Get<AccountDirectory>().FindAsync(ann.Key, default);

        await using var held = await HeldJournal.HoldAsync(database);
        var first = host.Sequencer.LockTradeAsync(long.MaxValue, default);
        await held.UntilWaitedForAsync();
        var judged = host.Sequencer.JudgeAsync(new BackingSight.Spent(
            new OrderId(1), ChainKind.Sharechain, new OwnLegs([], 1), coin, spender), default);
        Assert.True(ClientOrderId.TryParse("again", out var name));
        var placed = host.Sequencer.PlaceAsync(
            Command.Limit(account, Side.Sell, 2 * Price, Share, clientId: name, body: 1),
            new OrderDraft(ann.Key, "again", new byte[16], [backing]), default);
        await held.ReleaseAsync();

        Assert.Equal(ProblemCodes.UnknownOrder, (await first).Refusal?.Code);
        Assert.Null((await judged).Refusal);
        Assert.Null((await placed).Refusal);
        Assert.Equal(new OrderId(3), host.Sequencer.LockOf(ChainKind.Sharechain, coin));
        Assert.Equal(3, (await Journals.RebuildAsync(database)).LiveOrders);
    }

    [Fact]
    public async Task A_trade_whose_commit_nobody_was_told_of_has_its_swap_driven_once_the_book_is_rebuilt()
    {
        var database = await postgres.NewDatabaseAsync();
        var tables = new FailingTables();
        await using var host = await TradingHost.StartAsync(database, services =>
            services.AddSingleton<IDbContextFactory<MarketDb>>(provider =>
            {
                tables.Source = provider.GetRequiredService<NpgsqlDataSource>();
                return tables;
            }));
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        await ann.PlaceAsync("s", Contracts.Side.Sell, Price, 9 * Share);
        await bob.PlaceAsync("b", Contracts.Side.Buy, Price, Share);
        Assert.Null((await host.Sequencer.LockTradeAsync(1, default)).Refusal);
        await Eventually.TrueAsync(() => host.Get<SwapBoard>().MovingOf("P2SHARE-BTC") == 1, "the first swap is driven");

        // One batch withdraws a final trade and makes another; it is written, and what is to be read afterwards is away.
        await using var held = await HeldJournal.HoldAsync(database);
        var first = host.Sequencer.LockTradeAsync(long.MaxValue, default);
        await held.UntilWaitedForAsync();
        var closed = host.Sequencer.CloseTradeAsync(1, TradeOutcome.Returned, TradeOutcome.Forfeited, default);
        var account = await host.Get<AccountDirectory>().FindAsync(bob.Key, default);
        Assert.True(ClientOrderId.TryParse("c", out var name));
        var placed = host.Sequencer.PlaceAsync(
            Command.Limit(account, Side.Buy, Price, Share, clientId: name, body: 1),
            new OrderDraft(bob.Key, "c", new byte[16], []), default);
        tables.IsAway = true;
        await held.ReleaseAsync();
        await first;
        Assert.Equal(ProblemCodes.Unavailable, (await placed).Refusal?.Code);
        Assert.Equal(ProblemCodes.Unavailable, (await closed).Refusal?.Code);
        tables.IsAway = false;
        await Eventually.TrueAsync(() => host.Sequencer.State == SequencerState.Running, "the book is rebuilt");
        await Eventually.TrueAsync(
            () => host.Get<SwapBoard>().MovingOf("P2SHARE-BTC") == 2, "the swap of the second trade is driven");
    }

    private sealed class FailingTables : IDbContextFactory<MarketDb>
    {
        public NpgsqlDataSource Source { get; set; } = null!;

        public volatile bool IsAway;

        public MarketDb CreateDbContext() => IsAway
            ? throw new NpgsqlException("away")
            : new MarketDb(new DbContextOptionsBuilder<MarketDb>().UseNpgsql(Source, Database.Options).Options);
    }
}
