using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Watching;

namespace Market.Swaps;

/// <summary>
/// What a chain shows of a leg, as the events that bring a swap's record in line with it. Judged by what stands there, not
/// by what was heard: an event that was lost, in a crash or on the way, is found again at the next look.
/// </summary>
public static class SwapReading
{
    /// <summary>
    /// What is new, gone or moved, in the order in which to decide it: spends gone, payments gone, payments, spends. Empty
    /// where the record is in line, and before the terms are fixed. What the record has no room for is left out.
    /// </summary>
    /// <param name="swap">The swap.</param>
    /// <param name="leg">Which leg, by the role that locks it.</param>
    /// <param name="payments">All that pays the leg's script, as <see cref="IWatchView.PaymentsTo"/> gives it.</param>
    /// <param name="isStray">True of a payment that is not the lock, whatever it holds; null where the reader cannot tell.</param>
    /// <param name="isExpired">True of shares that expired where they were paid to; null where the reader cannot tell.</param>
    public static IReadOnlyList<SwapEvent> Events(
        Swap swap, Role leg, IReadOnlyList<WatchedPayment> payments, Func<WatchedPayment, bool>? isStray = null,
        Func<OutPoint, bool>? isExpired = null)
    {
        ArgumentNullException.ThrowIfNull(swap);
        ArgumentNullException.ThrowIfNull(payments);
        if (swap.Terms is not { } terms)
        {
            return [];
        }

        var contract = terms.ContractOf(leg);
        bool IsExpired(OutPoint outPoint) => isExpired?.Invoke(outPoint) ?? false;
        var shown = payments.Where(payment => payment.Output.ScriptPubKey == contract.ScriptPubKey)
            .Select(payment => new Shown(
                leg, payment, Read(contract, leg, payment), isStray?.Invoke(payment) ?? false, IsExpired(payment.OutPoint)))
            .ToList();
        var known = swap.PaymentsOf(leg);
        var events = new List<SwapEvent>();
        events.AddRange(SpendsGone(leg, known, shown));
        events.AddRange(known.Where(each => !each.Missing && !shown.Exists(payment => payment.OutPoint == each.OutPoint))
            .Select(each => new SwapEvent.FundingGone(leg, each.OutPoint) { IsExpired = IsExpired(each.OutPoint) }));
        var kept = Fundings(swap.AmountOf(leg), known, shown, events);
        foreach (var payment in shown)
        {
            if (payment.Spend is { } seen && kept.Any(each => each.OutPoint == payment.OutPoint)
                && payment.In(known)?.Spend != seen.Spend)
            {
                events.Add(seen.Event);
            }
        }

        return events;
    }

    /// <summary>
    /// Tells payments of the first leg on the sharechain that do not state the swap's terms: they are not the lock, whatever they
    /// hold, since nobody restored from a seed would find the swap behind them. Null for a leg that states none.
    /// </summary>
    public static Func<WatchedPayment, bool>? LacksTerms(Swap swap, Role leg)
    {
        ArgumentNullException.ThrowIfNull(swap);
        return leg == Role.Initiator && swap.ChainOf(leg) == SwapChain.Share && swap.Terms is { } terms
            ? payment => payment.OutPoint.Index > byte.MaxValue || !payment.Transaction.Outputs.Contains(
                SwapAnnotation.Build((byte)payment.OutPoint.Index, terms, swap.ParticipantAmount))
            : null;
    }

    /// <summary>
    /// True of shares of an older series than the one that was traded: they are not the lock, whatever they hold. The one rule by
    /// which the market and the agents read what was paid. What was once known to be older stays so where its root height is not
    /// told any more, as of outputs that are spent or have expired.
    /// </summary>
    /// <param name="swap">The swap.</param>
    /// <param name="leg">Which leg, by the role that locks it.</param>
    /// <param name="outPoint">The payment.</param>
    /// <param name="root">Their root height; null where that is not known.</param>
    /// <param name="least">The lowest root height of the series that was traded; null where none is known, or shares never
    /// expire.</param>
    public static bool IsOfOlderSeries(Swap swap, Role leg, OutPoint outPoint, int? root, int? least)
    {
        ArgumentNullException.ThrowIfNull(swap);
        return root is { } known
            ? known < least
            : least is not null && swap.PaymentsOf(leg).Any(payment => payment.OutPoint == outPoint && payment.IsStray);
    }

    private static IEnumerable<SwapEvent> SpendsGone(Role leg, ImmutableArray<Payment> known, List<Shown> shown)
    {
        foreach (var payment in known)
        {
            // What another transaction spends now was let go by the first, even where that had a block.
            var now = shown.Find(each => each.OutPoint == payment.OutPoint)?.Spend?.Spend.TxId;
            if (payment.Spend is { } spend && spend.TxId != now)
            {
                yield return new SwapEvent.SpendGone(leg, payment.OutPoint, spend.TxId);
            }
        }
    }

    // Adds payments that are new, back, or at another height; gives what the record then holds.
    private static ImmutableArray<Payment> Fundings(
        Amount agreed, ImmutableArray<Payment> known, List<Shown> shown, List<SwapEvent> events)
    {
        var kept = known.Select(each => each with { Missing = !shown.Exists(payment => payment.OutPoint == each.OutPoint) })
            .ToImmutableArray();

        // First what is known, so that what is back is not taken for gone where a new one wants room.
        foreach (var payment in shown)
        {
            if (payment.In(known) is { } before && (before.Missing || before.Height != payment.Seen.Height
                || before.IsStray != payment.Seen.IsStray || before.IsExpired != payment.Seen.IsExpired))
            {
                events.Add(payment.Seen);
            }
        }

        foreach (var payment in shown.Where(payment => payment.In(known) is null))
        {
            var next = new Payment(payment.OutPoint, payment.Seen.Amount, payment.Seen.Height, IsStray: payment.Seen.IsStray)
            {
                IsExpired = payment.Seen.IsExpired,
            };
            if (Payment.WithRoomFor(kept, next, agreed) is { } roomy)
            {
                kept = roomy.Add(next);
                events.Add(payment.Seen);
            }
        }

        return kept;
    }

    private static SeenSpend? Read(ILegContract contract, Role leg, WatchedPayment payment)
    {
        if (payment.Spend is not { } spend
            || !contract.TryReadSpend(spend.Spender.Inputs[spend.InputIndex], out var kind, out var preimage)
            || (kind == SpendKind.Claim) != (preimage is not null))
        {
            return null;
        }

        var id = spend.Spender.Id;
        return new SeenSpend(new Spend(id, kind, spend.Height), preimage is null
            ? new SwapEvent.RefundSeen(leg, payment.OutPoint, id, spend.Height)
            : new SwapEvent.ClaimSeen(leg, payment.OutPoint, id, preimage, spend.Height));
    }

    private sealed record SeenSpend(Spend Spend, SwapEvent Event);

    private sealed class Shown(Role leg, WatchedPayment payment, SeenSpend? spend, bool isStray, bool isExpired)
    {
        public OutPoint OutPoint => payment.OutPoint;

        public SeenSpend? Spend => spend;

        public SwapEvent.FundingSeen Seen { get; } =
            new(leg, payment.OutPoint, payment.Output.Value, payment.Height) { IsStray = isStray, IsExpired = isExpired };

        public Payment? In(ImmutableArray<Payment> known) => known.FirstOrDefault(each => each.OutPoint == OutPoint);
    }
}
