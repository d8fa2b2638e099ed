using Market.Contracts;

namespace Market.Strategies;

/// <summary>The coins of a maker in a back-test: free, or promised to quotes; what is in swaps is neither.</summary>
internal sealed class BackTestPurse
{
    private readonly BackTestOptions _options;

    /// <summary>A purse with what it begins with.</summary>
    public BackTestPurse(BackTestOptions options)
    {
        _options = options;
        Coins = options.Coins.Value;
        Shares = LeastShares = MostShares = options.Shares.Units;
    }

    /// <summary>Satoshis, those promised to bids among them.</summary>
    public long Coins { get; private set; }

    /// <summary>Base units of shares, those promised to offers among them.</summary>
    public long Shares { get; private set; }

    /// <summary>Base units that there were least.</summary>
    public long LeastShares { get; private set; }

    /// <summary>Base units that there were most.</summary>
    public long MostShares { get; private set; }

    /// <summary>Whether there are coins for a quote besides those that stand: what it gives at its worst, and the fee of its lock.
    /// </summary>
    public bool CanPlace(Quote quote, IEnumerable<Quote> standing)
    {
        var promised = standing.Where(other => other.Side == quote.Side).Append(quote).Sum(Gives);
        return promised <= (quote.Side == Side.Buy ? Coins : Shares);
    }

    /// <summary>Locks what a trade gives.</summary>
    public void Trade(LedgerLine trade)
    {
        if (trade.Side == Side.Buy)
        {
            Coins -= trade.Notional!.Value.Value + _options.CoinFees.Funding;
        }
        else
        {
            Move(-trade.Quantity!.Value.Units - _options.ShareFees.Funding);
        }
    }

    /// <summary>Ends a trade's swap.</summary>
    /// <param name="trade">The trade.</param>
    /// <param name="hasFailed">Whether what was locked comes back.</param>
    /// <returns>The line of the ledger, without its time.</returns>
    public LedgerLine End(LedgerLine trade, bool hasFailed)
    {
        var (coins, shares) = (_options.CoinFees, _options.ShareFees);
        var isBuy = trade.Side == Side.Buy;
        var (coinFees, shareFees) = (isBuy, hasFailed) switch
        {
            (true, false) => (coins.Funding, shares.Claim),
            (true, true) => (coins.Funding + coins.Refund, 0L),
            (false, false) => (coins.Claim, shares.Funding),
            _ => (0L, shares.Funding + shares.Refund),
        };
        var (notional, units) = (trade.Notional!.Value.Value, trade.Quantity!.Value.Units);
        if (isBuy == hasFailed)
        {
            // Satoshis come: back to who bought, or to who sold.
            Coins += notional - (hasFailed ? coins.Refund : coins.Claim + trade.Fee!.Value.Value);
        }
        else
        {
            Coins -= hasFailed ? 0 : trade.Fee!.Value.Value;
            Move(units - (hasFailed ? shares.Refund : shares.Claim));
        }

        return trade with
        {
            Kind = LedgerKind.End,
            Outcome = hasFailed ? SwapOutcome.Refunded : SwapOutcome.Settled,
            CoinFees = new Sats(coinFees),
            ShareFees = new Quantity(shareFees),
        };
    }

    private long Gives(Quote quote) => quote.Side == Side.Buy
        ? Sats.Notional(quote.Worst, quote.Quantity).Value + _options.CoinFees.Funding
        : quote.Quantity.Units + _options.ShareFees.Funding;

    private void Move(long units)
    {
        Shares += units;
        LeastShares = Math.Min(LeastShares, Shares);
        MostShares = Math.Max(MostShares, Shares);
    }
}
