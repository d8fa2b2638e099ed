using Market.Api.Trading;
using Market.Contracts;
using TradeOutcome = Market.Trading.TradeOutcome;

namespace Market.Api.Tests.Orders;

/// <summary>A book that has a gate takes no orders before that has looked: when it is fresh, and after every start.</summary>
public sealed class GateTests(PostgresFixture postgres)
{
    private const long Price = 100_000;
    private const long Share = 100_000_000;

    [Fact]
    public async Task Before_its_gate_has_looked_a_book_takes_no_orders_and_its_journal_says_nothing_of_that()
    {
        var database = await postgres.NewDatabaseAsync();
        Assert.Equal(0, await RefusedAsync(database));
        long sequence;
        await using (var host = await TradingHost.StartAsync(database))
        {
            using var ann = await host.TraderAsync(1);
            await ann.PlaceAsync("s", Side.Sell, Price, Share);
            sequence = host.Sequencer.Sequence;
        }

        // It was open when the server ended, and the chains may have gone on without it.
        Assert.Equal(sequence, await RefusedAsync(database));
        await using var again = await TradingHost.StartAsync(database);
        using var bob = await again.TraderAsync(2);
        Assert.Single((await bob.PlaceAsync("b", Side.Buy, Price, Share)).Fills);
    }

    [Fact]
    public async Task Before_its_gate_has_looked_nothing_comes_back_from_a_swap_to_a_book()
    {
        var database = await postgres.NewDatabaseAsync();
        long trade;
        await using (var host = await TradingHost.StartAsync(database))
        {
            using var ann = await host.TraderAsync(1);
            using var bob = await host.TraderAsync(2);
            await ann.PlaceAsync("s", Side.Sell, Price, 2 * Share);
            var fill = Assert.Single((await bob.PlaceAsync("b", Side.Buy, Price, Share)).Fills);
            trade = long.Parse(fill.TradeId, System.Globalization.CultureInfo.InvariantCulture);
        }

        await using (var waiting = await TradingHost.StartAsync(database, looks: false))
        {
            var sequence = waiting.Sequencer.Sequence;
            foreach (var (maker, taker) in new[]
            {
                (TradeOutcome.Returned, TradeOutcome.Forfeited), (TradeOutcome.Forfeited, TradeOutcome.Returned),
            })
            {
                var refused = await waiting.Sequencer.CloseTradeAsync(
                    trade, maker, taker, TestContext.Current.CancellationToken);
                Assert.Equal(ProblemCodes.Unavailable, refused.Refusal?.Code);
            }

            Assert.Equal(sequence, waiting.Sequencer.Sequence);
        }

        await using var again = await TradingHost.StartAsync(database);
        var taken = await again.Sequencer.CloseTradeAsync(
            trade, TradeOutcome.Returned, TradeOutcome.Forfeited, TestContext.Current.CancellationToken);
        Assert.True(taken.IsOk);
    }

    /// <summary>An order to a server that never looks at its chains.</summary>
    /// <returns>The journal's last command.</returns>
    private static async Task<long> RefusedAsync(string database)
    {
        await using var host = await TradingHost.StartAsync(database, looks: false);
        using var ann = await host.TraderAsync(1);
        Assert.Equal(ProblemCodes.TradingPaused, await ann.RefusedAsync(ann.Order("x", Side.Sell, Price, Share)));
        var listed = await ann.SendAsync<Instrument>(HttpMethod.Get, "/api/v1/instruments/P2SHARE-BTC");
        Assert.Equal((InstrumentStatus.Paused, Sequencer.HaltedAtStart), (listed.Status, listed.StatusReason));
        return host.Sequencer.Sequence;
    }
}
