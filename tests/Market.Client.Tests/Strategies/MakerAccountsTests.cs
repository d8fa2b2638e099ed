using Market.Contracts;
using Market.Strategies;

namespace Market.Client.Tests.Strategies;

/// <summary>Profit by trade, fee and outcome.</summary>
public sealed class MakerAccountsTests
{
    private const long One = Quantity.UnitsPerShare;
    private readonly MakerAccounts _accounts = new("P2SHARE-BTC");

    [Fact]
    public void What_closes_is_realized_at_average_cost_and_the_rest_is_at_the_mark_either_way_round()
    {
        Settle(1, Side.Buy, 100, 2);
        Settle(2, Side.Buy, 130, 1);
        Settle(3, Side.Sell, 140, 1);
        var result = _accounts.At(120);
        Assert.Equal((30m, 2 * One, 20m), (result.Realized, result.Inventory, result.Unrealized));
        Settle(4, Side.Sell, 90, 3);
        result = _accounts.At(80);
        // Two more are closed at 90 of 110, and one is sold short at 90.
        Assert.Equal((-10m, -One, 10m), (result.Realized, result.Inventory, result.Unrealized));
        Settle(5, Side.Buy, 70, 1);
        result = _accounts.At(1_000_000);
        Assert.Equal((10m, 0L, 0m, 10m), (result.Realized, result.Inventory, result.Unrealized, result.Total));
        Assert.Equal(new TradesMade(5, 4 * One, 4 * One, 10), result.Trades);
    }

    [Fact]
    public void A_trade_counts_once_its_swap_settled_and_a_failed_one_counts_with_its_fees_alone()
    {
        Trade(1, Side.Buy, 100, 1, fee: 3);
        Trade(1, Side.Buy, 100, 1, fee: 3);
        Trade(2, Side.Sell, 120, 1, fee: 3);
        Assert.Equal((0m, 2L, 20L), (_accounts.At(100).Total, _accounts.At(100).Pending.Count, _accounts.At(100).Pending.Sats));
        Assert.Equal((One, One), (_accounts.Coming, _accounts.Going));
        End(1, SwapOutcome.Refunded, 9, 0);
        End(1, SwapOutcome.Settled, 9, 0);
        End(2, SwapOutcome.Moving, 9, 0);
        End(2, SwapOutcome.Settled, 4, One / 10);
        End(7, SwapOutcome.Settled, 9, 9);
        var result = _accounts.At(100);
        Assert.Equal((-3L, -13L, -One / 10, -10m), (result.MarketFees, result.CoinFees, result.ShareFees, result.ShareFeesWorth));
        Assert.Equal(
            [new OutcomeMade(SwapOutcome.Settled, 1, 120, -4, -One / 10), new OutcomeMade(SwapOutcome.Refunded, 1, 100, -9, 0)],
            result.Outcomes);
        // Sold at 120 what is worth 100, less all fees.
        Assert.Equal((20m, 20m - 3 - 13 - 10), (result.Unrealized, result.Total));
        Assert.Equal((0L, 0), (result.Pending.Count, _accounts.Pending.Count));
    }

    private void Settle(int id, Side side, long price, long shares)
    {
        Trade(id, side, price, shares);
        End(id, SwapOutcome.Settled, 0, 0);
    }

    private void Trade(int id, Side side, long price, long shares, long fee = 0) => _accounts.Take(new LedgerLine
    {
        Kind = LedgerKind.Trade,
        Time = default,
        Instrument = "P2SHARE-BTC",
        TradeId = $"{id}",
        Side = side,
        Price = new(price),
        Quantity = new(shares * One),
        Notional = new(price * shares),
        Fee = new(fee),
    });

    private void End(int id, SwapOutcome outcome, long coins, long shares) => _accounts.Take(new LedgerLine
    {
        Kind = LedgerKind.End,
        Time = default,
        Instrument = "P2SHARE-BTC",
        TradeId = $"{id}",
        Outcome = outcome,
        CoinFees = new(coins),
        ShareFees = new(shares),
    });
}
