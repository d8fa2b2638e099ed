using System.Numerics;
using Market.Bitcoin;
using Market.Hashing;

namespace Market.Sharechain.Tests;

/// <summary>Who is paid, of <see cref="NaiveLedger"/>: every row's rule over a list of outputs.</summary>
internal sealed class NaivePayout(SharechainProfile profile)
{
    /// <summary>True where the block after a height may spend a sharebase's output.</summary>
    public bool IsMature(NaiveLedger.Output output, int height) =>
        !output.IsSharebase || (profile.IsTransferable && output.Height + profile.Maturity <= height + 1);

    public long Units(NaiveLedger.State state) => Paid(state).Sum(output => output.Value);

    /// <summary>Outputs of value in order; null where nobody holds what is paid.</summary>
    public List<TxOut>? Due(ShareId id, NaiveLedger.State state, long sum) => Units(state) == 0 ? null
        : profile.Window is { } window ? OfWindow(window, state, sum)
        : OfDraws(id, state, sum);

    private IEnumerable<NaiveLedger.Output> Paid(NaiveLedger.State state) => state.Outputs.Where(output =>
        output.Payout is not null && state.Frozen.All(frozen => frozen.OutPoint != output.OutPoint)
        && (profile.Window is not null || IsMature(output, state.Height)));

    private List<TxOut> OfDraws(ShareId id, NaiveLedger.State state, long sum)
    {
        var due = new List<TxOut>();
        for (var draw = 0; draw < profile.Winners; draw++)
        {
            var part = sum / profile.Winners + (draw == 0 ? sum % profile.Winners : 0);
            var script = Drawn(id, state, draw)!.Payout!.Value;
            var at = due.FindIndex(output => output.ScriptPubKey == script);
            if (at >= 0)
            {
                due[at] = new TxOut(due[at].Value + new Amount(part), script);
            }
            else if (part > 0)
            {
                due.Add(new TxOut(new Amount(part), script));
            }
        }

        return due;
    }

    /// <summary>The output of a draw; null where there is none to draw from.</summary>
    public NaiveLedger.Output? Drawn(ShareId id, NaiveLedger.State state, int draw)
    {
        if (Units(state) == 0)
        {
            return null;
        }

        byte[] message = [.. id.Value.ToArray(), (byte)draw, 0, 0, 0];
        var hash = new byte[32];
        new TaggedHasher("p2share/select").Hash(message, hash);
        var drawn = (long)(new BigInteger(hash, true, true) % Units(state));
        foreach (var output in Paid(state))
        {
            if ((drawn -= output.Value) < 0)
            {
                return output;
            }
        }

        throw new InvalidOperationException("The unit drawn is held by nobody.");
    }

    // One after the other the smallest falls out, until it gets what is no dust.
    private List<TxOut> OfWindow(PayoutDesign.Window window, NaiveLedger.State state, long sum)
    {
        var holders = Paid(state).GroupBy(output => output.Payout!.Value)
            .Select(group => (Script: group.Key, Weight: group.Sum(output => output.Value)))
            .Where(holder => holder.Weight > 0)
            .OrderByDescending(holder => holder.Weight)
            .ThenBy(holder => Convert.ToHexString(holder.Script.Span), StringComparer.Ordinal)
            .Take(window.Holders ?? int.MaxValue).ToList();
        while (true)
        {
            var total = holders.Aggregate(BigInteger.Zero, (all, holder) => all + holder.Weight);
            var parts = holders.Select(holder => (long)(holder.Weight * (BigInteger)sum / total)).ToList();
            parts[0] += sum - parts.Sum();
            if (holders.Count == 1 || (parts[^1] >= 546 && holders.Sum(holder => 9 + holder.Script.Length) <= 18_000))
            {
                return [.. holders.Zip(parts, (holder, part) => new TxOut(new Amount(part), holder.Script))];
            }

            holders.RemoveAt(holders.Count - 1);
        }
    }
}
