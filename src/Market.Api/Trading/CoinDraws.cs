using Market.Api.Data;
using Market.Api.Results;
using Market.Api.Standing;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Trading;
using Side = Market.Trading.Side;

namespace Market.Api.Trading;

/// <summary>Draws on proved coins for orders of an instrument, in their turn. What is drawn is promised to the instrument at once,
/// and stands behind the order once that is carried out. For the sequencer alone.</summary>
/// <param name="market">The instrument.</param>
/// <param name="ledger">What is promised of all coins.</param>
/// <param name="locks">What stands behind the instrument's orders.</param>
/// <param name="waits">Which coins stand behind no order for a while.</param>
/// <param name="touch">Is told of each coin that is drawn on.</param>
internal sealed class CoinDraws(
    MarketInstrument market, CoinLedger ledger, CoinLocks locks, Waits waits, Action<PromisedCoin> touch)
{
    /// <summary>Draws for a new order from the coins that were looked at for it; these stand in the draft then, each with its part.
    /// </summary>
    /// <returns>Why it cannot have what it needs; null where it has.</returns>
    public Refusal? Place(Work.Placing placing, DateTimeOffset time)
    {
        var (draft, side) = (placing.Draft, placing.Command.Side);
        var gives = BackingRules.Gives(side, draft.WorstPrice, placing.Command.Quantity);
        var coins = draft.Backing;
        // A coin that waits is no reason against an order that may draw on others.
        if (draft.Hold == CoinHold.Pooled) coins = [.. coins.Where(c => !waits.IsWaiting(market.NameOf(c.Chain), c.OutPoint))];
        var drawn = Draw(draft.Key, side, gives, [], coins, time);
        var (worth, needs) = (drawn.Sum(c => c.Drawn), gives + BackingRules.FundingFee(side, drawn.Count));
        placing.Draft = draft with { Backing = drawn };
        return worth >= needs
            ? null
            : new Refusal(ProblemCodes.InsufficientOutpoints,
                $"Of the proved outpoints {worth} is not promised elsewhere, the order needs {needs} with the least fee of funding "
                + "it.");
    }

    /// <summary>Draws more for an order that lives.</summary>
    /// <param name="row">The order.</param>
    /// <param name="had">All coins that it ever had.</param>
    /// <param name="gives">What it may have to give still, fees aside.</param>
    /// <param name="has">The coins that it draws on now.</param>
    /// <param name="change">What took the place of one that is gone.</param>
    /// <param name="time">What time it is.</param>
    /// <param name="before">The coin that is gone, of which others are to find their parts in the change first; null for
    /// none.</param>
    /// <param name="seen">Where given, the only coins on which it draws beside those that it draws on now.</param>
    /// <returns>The coins of which it draws something, or more, each as it then stands behind the order.</returns>
    public IReadOnlyList<Backing> DrawMore(
        OrderRow row, IReadOnlyList<Backing> had, long gives, IReadOnlyList<Backing> has, Backing? change, DateTimeOffset time,
        PromisedCoin? before = null, IReadOnlySet<OutPoint>? seen = null)
    {
        var side = (Side)row.Side;
        var others = had.Any(c => c.Hold == CoinHold.Pooled) ? Pool(row.Key, BackingRules.ChainOf(side), time) : had;
        if (seen is not null)
            others = [.. others.Where(c => seen.Contains(c.OutPoint) || has.Any(own => own.OutPoint == c.OutPoint))];
        IEnumerable<Backing> coins = change is null
            ? others
            : [change, .. others.Where(c => c.OutPoint != change.OutPoint)];
        // Its own part of that coin is not among those that others are to find again.
        var id = new OrderId((ulong)row.Id);
        (PromisedCoin, long)? kept = before is { } old && change is not null
            ? (old, locks.TakenOf(change.Chain, old.OutPoint) - (locks.Find(change.Chain, old.OutPoint, id)?.Drawn ?? 0))
            : null;
        return Draw(row.Key, side, gives, has, coins, time, change, kept);
    }

    /// <summary>What is left of a proved coin that a swap of its account spent is proved as the coin was. Null where that is
    /// proved no more, or no more can be.</summary>
    public ProvedCoin? Prove(Backing change, PromisedCoin spent)
    {
        if (ledger.Find(spent) is not { } before) return null;
        var coin = before with
        {
            Coin = Of(change),
            Value = change.Value,
            Script = change.Script,
            IsChange = true,
        };
        return ledger.TryProve(coin) ? coin : null;
    }

    private List<Backing> Draw(
        string key, Side side, long gives, IReadOnlyList<Backing> has, IEnumerable<Backing> coins, DateTimeOffset time,
        Backing? change = null, (PromisedCoin Coin, long Own)? kept = null)
    {
        var drawn = new List<Backing>();
        var (worth, count) = (has.Sum(c => c.Drawn), has.Count);
        foreach (var coin in coins)
        {
            var known = has.FirstOrDefault(c => c.OutPoint == coin.OutPoint);
            if (known is null && count >= InstrumentListing.Rules.MaxOutpoints) continue;
            var with = known is null ? count + 1 : count;
            var needs = gives + BackingRules.FundingFee(side, with) - worth;
            if (gives + BackingRules.FundingFee(side, Math.Max(1, count)) <= worth) break;
            var at = Of(coin);
            touch(at);
            var granted = ledger.Draw(
                market.Id, at, key, locks.TakenOf(coin.Chain, coin.OutPoint), needs, time,
                coin.OutPoint == change?.OutPoint ? kept : null);
            // One that holds no more than its own input costs is no help.
            var costs = BackingRules.FundingFee(side, with) - BackingRules.FundingFee(side, Math.Max(1, count));
            if (granted <= costs) continue;
            drawn.Add(coin with { Drawn = (known?.Drawn ?? 0) + granted, Named = known?.Named ?? coin.Named });
            (worth, count) = (worth + granted, with);
        }
        return drawn;
    }

    private List<Backing> Pool(string key, ChainKind chain, DateTimeOffset time) =>
    [
        .. ledger.Of(key, time).Where(c => c.Free > 0 && BackingRules.IsOf(market, chain, c.Coin)
                && !waits.IsWaiting(c.Coin.Coin.Chain, c.Coin.Coin.OutPoint))
            .OrderByDescending(c => c.Free).ThenBy(c => c.Coin.Coin.OutPoint)
            .Select(c => c.Coin.Backing(CoinHold.Pooled, isNamed: false)),
    ];

    private PromisedCoin Of(Backing coin) => new(market.NameOf(coin.Chain), coin.OutPoint);
}
