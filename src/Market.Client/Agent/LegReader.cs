using Market.Bitcoin;
using Market.Swaps;

namespace Market.Client.Agent;

/// <summary>Turns what a chain shows of a leg into the events that bring the swap's record in line with it.</summary>
internal static class LegReader
{
    /// <summary>What is new, gone or moved: gone spends, gone payments, payments, spends.</summary>
    /// <param name="swap">The swap, with its terms.</param>
    /// <param name="leg">Which leg.</param>
    /// <param name="found">The transactions that touch it.</param>
    public static List<SwapEvent> Events(Swap swap, Role leg, IReadOnlyList<FoundTransaction> found)
    {
        var htlc = swap.Terms!.HtlcOf(leg);
        var payments = Payments(htlc, found);
        var spends = Spends(htlc, found, payments);
        var known = swap.PaymentsOf(leg);
        var events = new List<SwapEvent>();
        foreach (var payment in known)
        {
            if (payment.Spend is { } spend && !spends.ContainsKey(payment.OutPoint))
            {
                events.Add(new SwapEvent.SpendGone(leg, payment.OutPoint, spend.TxId));
            }
        }

        foreach (var payment in known)
        {
            if (!payment.Missing && !payments.ContainsKey(payment.OutPoint))
            {
                events.Add(new SwapEvent.FundingGone(leg, payment.OutPoint));
            }
        }

        foreach (var (outPoint, (amount, height)) in payments)
        {
            var before = known.FirstOrDefault(payment => payment.OutPoint == outPoint);
            if (before is null || before.Missing || before.Height != height)
            {
                events.Add(new SwapEvent.FundingSeen(leg, outPoint, amount, height));
            }
        }

        foreach (var (outPoint, seen) in spends)
        {
            var before = known.FirstOrDefault(payment => payment.OutPoint == outPoint)?.Spend;
            if (before is null || before.TxId != seen.TxId || before.Height != seen.Height)
            {
                events.Add(seen.Preimage is { } preimage
                    ? new SwapEvent.ClaimSeen(leg, outPoint, seen.TxId, preimage, seen.Height)
                    : new SwapEvent.RefundSeen(leg, outPoint, seen.TxId, seen.Height));
            }
        }

        return events;
    }

    private static Dictionary<OutPoint, (Amount Amount, int? Height)> Payments(
        Htlc htlc, IReadOnlyList<FoundTransaction> found)
    {
        var payments = new Dictionary<OutPoint, (Amount, int?)>();
        foreach (var (transaction, height) in found)
        {
            for (var i = 0; i < transaction.Outputs.Length; i++)
            {
                if (transaction.Outputs[i].ScriptPubKey == htlc.ScriptPubKey)
                {
                    payments.TryAdd(new OutPoint(transaction.Id, (uint)i), (transaction.Outputs[i].Value, height));
                }
            }
        }

        return payments;
    }

    private static Dictionary<OutPoint, SeenSpend> Spends(
        Htlc htlc, IReadOnlyList<FoundTransaction> found, Dictionary<OutPoint, (Amount Amount, int? Height)> payments)
    {
        var spends = new Dictionary<OutPoint, SeenSpend>();
        foreach (var (transaction, height) in found)
        {
            foreach (var input in transaction.Inputs)
            {
                if (payments.ContainsKey(input.PreviousOutput)
                    && htlc.TryReadSpend(input, out var kind, out var preimage)
                    && (kind == SpendKind.Refund) == (preimage is null))
                {
                    // Blocks come before the mempool, and what a block holds stands.
                    spends.TryAdd(input.PreviousOutput, new SeenSpend(transaction.Id, preimage, height));
                }
            }
        }

        return spends;
    }

    private sealed record SeenSpend(TxId TxId, RevealedPreimage? Preimage, int? Height);
}
