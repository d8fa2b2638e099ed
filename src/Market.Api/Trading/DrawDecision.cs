using System.Collections.Immutable;
using Market.Api.Data;
using Market.Bitcoin;
using Market.Trading;

namespace Market.Api.Trading;

/// <summary>Draws more for an order in its turn.</summary>
/// <param name="gives">What it may have to give still, fees aside.</param>
/// <param name="has">The coins that it draws on, without what is gone.</param>
/// <param name="change">What took the place of the coin that is gone; null where nothing did.</param>
/// <param name="spent">The coin that is gone, where a swap of the order itself spent it: of its change others find their parts
/// first. Null else.</param>
/// <returns>The coins of which it draws something, or more than before, each as it then stands behind the order.</returns>
public delegate IReadOnlyList<Backing> DrawMore(long gives, IReadOnlyList<Backing> has, Backing? change, OutPoint? spent);

/// <summary>
/// Decides what becomes of an order that draws on proved coins when one of them changed. What took the coin's place, where a swap
/// of the account spent it, carries what the coin carried, as far as it holds enough; an order that draws on any coin of its
/// account draws on others for what is left; and it is made no larger than what then stands behind it. Of a coin whose proof has
/// expired it keeps what its swaps still wait for. Pure but for the draws: asked in the order's turn, with the order as it stands
/// then.
/// </summary>
public static class DrawDecision
{
    /// <summary>The steps, in order; none where nothing follows.</summary>
    /// <param name="sight">What was seen.</param>
    /// <param name="order">The order as it stands.</param>
    /// <param name="lot">Base units of a lot.</param>
    /// <param name="draw">Draws more.</param>
    public static ImmutableArray<BackingStep> Of(BackingSight sight, OrderStanding order, long lot, DrawMore draw)
    {
        ArgumentNullException.ThrowIfNull(sight);
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(draw);
        return sight switch
        {
            BackingSight.Spent spent when Find(order, spent.Coin) is { } coin => Of(
                sight, order, lot, draw, coin, spent.IsOwn && !spent.IsMerged ? ChangeOf(spent.Spender, coin, spent.Scripts) : null,
                [spent.Spender], spent.Legs.AreFundedBy(spent.Spender) ? spent.Coin : null),
            BackingSight.Lost lost when Find(order, lost.Coin) is { } coin => Of(sight, order, lot, draw, coin, null, [], null),
            BackingSight.Lapsed lapsed when Find(order, lapsed.Coin) is { } coin =>
                Of(sight, order, lot, draw, coin, null, [], null),
            BackingSight.Undone undone when Find(order, undone.Coin) is { } coin => Of(
                sight, order, lot, draw, coin, null, undone.Fundings, null),
            BackingSight.Replaced replaced when ChangeOf(replaced.Spender, replaced.Before, replaced.Scripts) is { } change
                && Find(order, change.OutPoint) is null => OfReplaced(replaced, order, draw, change),
            _ => [],
        };
    }

    private static ImmutableArray<BackingStep> Of(
        BackingSight sight, OrderStanding order, long lot, DrawMore draw, Backing gone, Backing? change,
        IReadOnlyList<Transaction> fundings, OutPoint? spent)
    {
        var left = order.Coins.Where(c => c != gone).ToList();
        var promised = BackingDecision.Promised(BackingDecision.Without(sight.Legs, fundings), order);
        var kept = sight is BackingSight.Lapsed ? KeptOf(gone, left, order.Side, promised) : 0;
        ImmutableArray<BackingStep> steps = kept == 0 ? [new BackingStep.Leave(gone.OutPoint)]
            : kept == gone.Drawn ? []
            : [new BackingStep.Join(gone with { Drawn = kept })];
        if (kept > 0) left.Add(gone with { Drawn = kept });
        var gives = promised + (order.Remaining == 0 ? 0 : BackingRules.Gives(order.Side, order.Price, order.Remaining));
        if (gives == 0) return steps;
        foreach (var coin in draw(gives, left, change, spent))
        {
            steps = steps.Add(new BackingStep.Join(coin));
            left.RemoveAll(c => c.OutPoint == coin.OutPoint);
            left.Add(coin);
        }
        if (order.Remaining == 0) return steps;
        var free = left.Sum(c => c.Drawn) - promised - BackingRules.FundingFee(order.Side, left.Count);
        var carries = BackingRules.Carries(order.Side, order.Price, lot, free);
        if (carries >= order.Remaining) return steps;
        return steps.Add(carries == 0 ? new BackingStep.Withdraw() : new BackingStep.Shrink(order.Remaining - carries));
    }

    // An expiry is its account's to choose: what was matched with the coin stays promised until the swaps have it, or end.
    private static long KeptOf(Backing lapsed, List<Backing> left, Side side, long promised) => promised == 0
        ? 0
        : Math.Clamp(promised + BackingRules.FundingFee(side, left.Count + 1) - left.Sum(c => c.Drawn), 0, lapsed.Drawn);

    // The former funding's change still stands behind it, and goes with what is told next: the new one's carries the same.
    private static ImmutableArray<BackingStep> OfReplaced(
        BackingSight.Replaced replaced, OrderStanding order, DrawMore draw, Backing change)
    {
        var legs = BackingDecision.Without(replaced.Legs, [replaced.Spender]);
        var gives = BackingDecision.Promised(legs, order)
            + (order.Remaining == 0 ? 0 : BackingRules.Gives(order.Side, order.Price, order.Remaining));
        return gives == 0
            ? []
            : [
                .. draw(gives, [.. order.Coins.Where(c => !replaced.Gone.Contains(c.OutPoint))], change, null)
                    .Select(coin => new BackingStep.Join(coin)),
            ];
    }

    /// <summary>What a transaction leaves of a proved coin that it spends: its first output to the coin's script, or to that of
    /// another proved coin that it spends with it. Null where there is none.</summary>
    public static Backing? ChangeOf(Transaction spender, Backing coin, IReadOnlyList<Script> others)
    {
        ArgumentNullException.ThrowIfNull(coin);
        ArgumentNullException.ThrowIfNull(others);
        foreach (var script in (IEnumerable<Script>)[coin.Script, .. others])
        {
            if (BackingDecision.ChangeOf(spender, coin with { Script = script }, _ => false) is { } change)
                return change with { Hold = coin.Hold };
        }
        return null;
    }

    private static Backing? Find(OrderStanding order, OutPoint coin) => order.Coins.FirstOrDefault(c => c.OutPoint == coin);
}
