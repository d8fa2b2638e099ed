using Market.Contracts;

namespace Market.Strategies;

/// <summary>
/// A maker's profit by trade, fee and outcome of swaps, in one instrument. A trade counts once its swap settled; one whose swap
/// failed counts with what it cost on the chains. Inventory is kept at average cost. Folded from the lines of a ledger; nothing is
/// rounded.
/// </summary>
/// <param name="instrument">The instrument.</param>
public sealed class MakerAccounts(string instrument)
{
    private readonly Dictionary<string, LedgerLine> _pending = new(StringComparer.Ordinal);
    private readonly Dictionary<SwapOutcome, OutcomeMade> _outcomes = [];
    private TradesMade _made = new(0, 0, 0, 0);
    private decimal _cost;
    private decimal _realized;
    private long _marketFees;

    /// <summary>Base units of settled trades, more bought than sold.</summary>
    public long Inventory { get; private set; }

    /// <summary>Base units bought in swaps under way.</summary>
    public long Coming => Units(Side.Buy);

    /// <summary>Base units sold in swaps under way.</summary>
    public long Going => Units(Side.Sell);

    /// <summary>Trades whose swaps are under way.</summary>
    public IReadOnlyCollection<LedgerLine> Pending => _pending.Values;

    /// <summary>Takes a line; one of another instrument, of a trade that is known, or of the end of one that is not, changes
    /// nothing.
    /// </summary>
    public void Take(LedgerLine line)
    {
        ArgumentNullException.ThrowIfNull(line);
        if (line.Instrument != instrument || line.TradeId is not { } id)
        {
            return;
        }

        if (line.Kind == LedgerKind.Trade)
        {
            _pending.TryAdd(id, line);
        }
        else if (line is { Kind: LedgerKind.End, Outcome: { } outcome and not SwapOutcome.Moving }
            && _pending.Remove(id, out var trade))
        {
            End(trade, outcome, line);
        }
    }

    /// <summary>The result so far.</summary>
    /// <param name="mark">The value of a share, satoshis.</param>
    public MakerResult At(decimal mark)
    {
        var outcomes = _outcomes.Values.OrderBy(each => each.Outcome).ToList();
        var shareFees = outcomes.Sum(each => each.ShareFees);
        return new MakerResult
        {
            Instrument = instrument,
            Mark = mark,
            Trades = _made,
            Realized = _realized,
            Inventory = Inventory,
            Unrealized = mark * Inventory / Quantity.UnitsPerShare - _cost,
            MarketFees = _marketFees,
            CoinFees = outcomes.Sum(each => each.CoinFees),
            ShareFees = shareFees,
            ShareFeesWorth = mark * shareFees / Quantity.UnitsPerShare,
            Outcomes = outcomes,
            Pending = new TradesMade(_pending.Count, Coming, Going, _pending.Values.Sum(Cash)),
        };
    }

    private void End(LedgerLine trade, SwapOutcome outcome, LedgerLine end)
    {
        var before = _outcomes.GetValueOrDefault(outcome) ?? new OutcomeMade(outcome, 0, 0, 0, 0);
        _outcomes[outcome] = before with
        {
            Count = before.Count + 1,
            Notional = before.Notional + (trade.Notional ?? default).Value,
            CoinFees = before.CoinFees - (end.CoinFees ?? default).Value,
            ShareFees = before.ShareFees - (end.ShareFees ?? default).Units,
        };
        if (outcome != SwapOutcome.Settled)
        {
            return;
        }

        var units = (trade.Quantity ?? default).Units;
        _marketFees -= (trade.Fee ?? default).Value;
        _made = trade.Side == Side.Buy
            ? _made with { Count = _made.Count + 1, Bought = _made.Bought + units, Sats = _made.Sats + Cash(trade) }
            : _made with { Count = _made.Count + 1, Sold = _made.Sold + units, Sats = _made.Sats + Cash(trade) };
        Move(trade.Side == Side.Buy ? units : -units, -Cash(trade));
    }

    // What goes the way of the inventory joins it at its price; what goes against it leaves at average cost, and what is left of it
    // then begins the other way.
    private void Move(long units, decimal cost)
    {
        if (units == 0)
        {
            return;
        }

        if (Inventory == 0 || Math.Sign(Inventory) == Math.Sign(units))
        {
            Inventory += units;
            _cost += cost;
            return;
        }

        var closes = Math.Min(Math.Abs(units), Math.Abs(Inventory));
        var costClosed = _cost * closes / Math.Abs(Inventory);
        var priceClosed = cost * closes / Math.Abs(units);
        _realized -= costClosed + priceClosed;
        _cost -= costClosed;
        Inventory += Math.Sign(units) * closes;
        if (Inventory == 0)
        {
            _cost = 0;
        }

        Move(units - Math.Sign(units) * closes, cost - priceClosed);
    }

    private static long Cash(LedgerLine trade) => (trade.Side == Side.Sell ? 1 : -1) * (trade.Notional ?? default).Value;

    private long Units(Side side) =>
        _pending.Values.Where(trade => trade.Side == side).Sum(trade => (trade.Quantity ?? default).Units);
}
