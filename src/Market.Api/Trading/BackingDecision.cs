using System.Collections.Immutable;
using Market.Api.Data;
using Market.Bitcoin;
using Market.Trading;

namespace Market.Api.Trading;

/// <summary>An order as it stands in its turn.</summary>
/// <param name="Side">Its side.</param>
/// <param name="Price">The worst that it ever takes, satoshis per whole share.</param>
/// <param name="Remaining">Base units on the book.</param>
/// <param name="Coins">The coins behind it.</param>
/// <param name="Trades">Its trades whose swap has not ended: number, base units, and what its side gives.</param>
public sealed record OrderStanding(
    Side Side, long Price, long Remaining, IReadOnlyList<Backing> Coins,
    IReadOnlyList<(long Trade, long Quantity, long Gives)> Trades)
{
    /// <summary>Whether it draws on proved coins, rather than having coins to itself.</summary>
    public bool IsShared { get; init; }
}

/// <summary>What follows for an order from what was seen of its coins.</summary>
public abstract record BackingStep
{
    /// <summary>A coin stands behind it no more.</summary>
    public sealed record Leave(OutPoint Coin) : BackingStep;

    /// <summary>A coin stands behind it from now on.</summary>
    public sealed record Join(Backing Coin) : BackingStep;

    /// <summary>So much of it is taken off the book.</summary>
    public sealed record Shrink(long By) : BackingStep;

    /// <summary>All of it is taken off the book.</summary>
    public sealed record Withdraw : BackingStep;
}

/// <summary>
/// Decides what becomes of an order whose coins changed. A coin spent by a stranger to the order takes the order's rest off the
/// book. One spent by the funding of an own swap gives place to that transaction's change to the same script, unless that is of an
/// older series by what else was spent, and the order is made no larger than what then stands behind it. Pure: asked in the order's
/// turn, with the order as it stands then.
/// </summary>
public static class BackingDecision
{
    /// <summary>The steps, in order; none where nothing follows.</summary>
    /// <param name="sight">What was seen.</param>
    /// <param name="order">The order as it stands.</param>
    /// <param name="lot">Base units of a lot.</param>
    /// <param name="isTaken">Whether a coin stands behind an order already; the sequencer's claims it where not, until the
    /// batch's end.</param>
    public static ImmutableArray<BackingStep> Of(
        BackingSight sight, OrderStanding order, long lot, Func<OutPoint, bool> isTaken)
    {
        ArgumentNullException.ThrowIfNull(sight);
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(isTaken);
        return sight switch
        {
            BackingSight.Spent spent => OfSpent(spent, order, lot, isTaken),
            BackingSight.Lost lost => Find(order, lost.Coin) is null ? [] : Gone(lost.Coin),
            BackingSight.Undone undone when Find(order, undone.Coin) is { } coin => Fit(
                [new BackingStep.Leave(undone.Coin)], undone, order, order.Coins.Remove(coin), undone.Fundings, lot),
            BackingSight.Replaced replaced when ChangeOf(replaced.Spender, replaced.Before, isTaken) is { } change => Fit(
                [new BackingStep.Join(change)], replaced, order, [.. order.Coins, change], [replaced.Spender], lot),
            _ => [],
        };
    }

    /// <summary>The change of a transaction to the script of a coin that it spends; null where it has none that is free. Of several
    /// coins spent together the first takes it.</summary>
    public static Backing? ChangeOf(Transaction spender, Backing spent, Func<OutPoint, bool> isTaken)
    {
        ArgumentNullException.ThrowIfNull(spender);
        ArgumentNullException.ThrowIfNull(spent);
        ArgumentNullException.ThrowIfNull(isTaken);
        for (var i = 0; i < spender.Outputs.Length; i++)
        {
            var output = spender.Outputs[i];
            var outPoint = new OutPoint(spender.Id, (uint)i);
            if (output.ScriptPubKey == spent.Script && !isTaken(outPoint))
                return new Backing(spent.Chain, outPoint, output.Value.Sats, output.ScriptPubKey, Named: false);
        }
        return null;
    }

    private static ImmutableArray<BackingStep> OfSpent(
        BackingSight.Spent spent, OrderStanding order, long lot, Func<OutPoint, bool> isTaken)
    {
        if (Find(order, spent.Coin) is not { } coin) return [];
        if (!spent.Legs.AreFundedBy(spent.Spender)) return Gone(spent.Coin);
        var left = order.Coins.Remove(coin);
        return !spent.IsMerged && ChangeOf(spent.Spender, coin, isTaken) is { } change
            ? Fit([new BackingStep.Leave(spent.Coin), new BackingStep.Join(change)],
                spent, order, [.. left, change], [spent.Spender], lot)
            : Fit([new BackingStep.Leave(spent.Coin)], spent, order, left, [spent.Spender], lot);
    }

    private static ImmutableArray<BackingStep> Gone(OutPoint coin) =>
        [new BackingStep.Leave(coin), new BackingStep.Withdraw()];

    /// <summary>Makes the order no larger than its coins, less the locks its swaps still wait for, can carry.</summary>
    private static ImmutableArray<BackingStep> Fit(
        ImmutableArray<BackingStep> steps, BackingSight sight, OrderStanding order, IReadOnlyList<Backing> coins,
        IReadOnlyList<Transaction> fundings, long lot)
    {
        if (order.Remaining == 0) return steps;
        var promised = Promised(Without(sight.Legs, fundings), order);
        var free = coins.Sum(c => c.Value) - promised - BackingRules.FundingFee(order.Side, coins.Count);
        var carries = BackingRules.Carries(order.Side, order.Price, lot, free);
        if (carries >= order.Remaining) return steps;
        return steps.Add(
            carries == 0 ? new BackingStep.Withdraw() : new BackingStep.Shrink(order.Remaining - carries));
    }

    /// <summary>What an order's swaps still wait for of its coins: the legs that are not locked, and trades that are newer than
    /// what was read of them.</summary>
    public static long Promised(OwnLegs legs, OrderStanding order)
    {
        ArgumentNullException.ThrowIfNull(legs);
        ArgumentNullException.ThrowIfNull(order);
        return legs.Legs.Where(l => l.Expected).Sum(l => l.Amount)
            + order.Trades.Where(t => t.Trade > legs.Newest).Sum(t => t.Gives);
    }

    /// <summary>Legs without those that transactions fund.</summary>
    internal static OwnLegs Without(OwnLegs legs, IReadOnlyList<Transaction> fundings) => legs with
    {
        Legs = [.. legs.Legs.Where(l => !fundings.Any(f => f.Outputs.Any(o => o.ScriptPubKey == l.Script)))],
    };

    private static Backing? Find(OrderStanding order, OutPoint coin) => order.Coins.FirstOrDefault(c => c.OutPoint == coin);

    private static List<Backing> Remove(this IReadOnlyList<Backing> coins, Backing coin) => [.. coins.Where(c => c != coin)];
}
