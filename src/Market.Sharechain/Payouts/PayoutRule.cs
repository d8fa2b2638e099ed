using System.Buffers.Binary;
using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Hashing;

namespace Market.Sharechain;

/// <summary>Who the mainchain coinbase pays (rule 6), for the random shareholder.</summary>
public static class PayoutRule
{
    private static readonly TaggedHasher SelectHasher = new("p2share/select");

    /// <summary>
    /// The unit that the k-th draw names: int_be(TaggedHash("p2share/select", parent, u32le(k))) mod n.
    /// </summary>
    /// <param name="parent">The share below.</param>
    /// <param name="draw">From 0.</param>
    /// <param name="total">Mature base units at the parent (n); above 0.</param>
    public static long Unit(ShareId parent, int draw, long total)
    {
        Span<byte> message = stackalloc byte[36];
        Span<byte> hash = stackalloc byte[32];
        parent.Value.CopyTo(message);
        BinaryPrimitives.WriteUInt32LittleEndian(message[32..], (uint)draw);
        SelectHasher.Hash(message, hash);

        // Long division, 64 bits at a time: the remainder stays below n, and n below 2^63.
        var remainder = UInt128.Zero;
        for (var at = 0; at < hash.Length; at += sizeof(ulong))
        {
            remainder = ((remainder << 64) | BinaryPrimitives.ReadUInt64BigEndian(hash[at..])) % (ulong)total;
        }

        return (long)remainder;
    }

    /// <summary>A reward split among winners: equal parts rounded down, the first gets the remainder.</summary>
    public static ImmutableArray<Amount> Split(Amount reward, int winners)
    {
        var parts = ImmutableArray.CreateBuilder<Amount>(winners);
        var part = reward.Sats / winners;
        parts.Add(new Amount(reward.Sats - part * (winners - 1)));
        for (var i = 1; i < winners; i++)
        {
            parts.Add(new Amount(part));
        }

        return parts.MoveToImmutable();
    }

    /// <summary>What the coinbase pays: the winners' parts in order of the draws, those of equal scripts added up.</summary>
    /// <param name="winners">One for each draw; at least one.</param>
    /// <param name="reward">All that is handed out.</param>
    /// <returns>Outputs of value; a part of nought is none.</returns>
    public static ImmutableArray<TxOut> Outputs(ImmutableArray<Script> winners, Amount reward)
    {
        var parts = Split(reward, winners.Length);
        var outputs = ImmutableArray.CreateBuilder<TxOut>(winners.Length);
        for (var i = 0; i < winners.Length; i++)
        {
            var at = 0;
            while (at < outputs.Count && outputs[at].ScriptPubKey != winners[i])
            {
                at++;
            }

            if (at < outputs.Count)
            {
                outputs[at] = outputs[at] with { Value = outputs[at].Value + parts[i] };
            }
            else if (parts[i] != Amount.Zero)
            {
                outputs.Add(new TxOut(parts[i], winners[i]));
            }
        }

        return outputs.ToImmutable();
    }

    /// <summary>The scripts paid by a share on top of a state: one for each draw.</summary>
    /// <param name="state">The state at the parent.</param>
    /// <param name="sharebase">The share's own sharebase: paid while no output that can be paid is mature.</param>
    /// <returns>Empty where the sharebase is to be paid and has no payout script.</returns>
    public static ImmutableArray<Script> Winners(SharechainState state, Transaction sharebase)
    {
        if (state.MatureUnits == 0)
        {
            return PayoutAnnotation.PayoutOf(sharebase, 0) is { } own ? [own] : [];
        }

        var scripts = ImmutableArray.CreateBuilder<Script>(state.Profile.Winners);
        for (var draw = 0; draw < state.Profile.Winners; draw++)
        {
            scripts.Add(state.Draw(draw).Payout!.Value);
        }

        return scripts.MoveToImmutable();
    }

    /// <summary>Rule 6 as far as it goes without the state: how much is paid, and to how many at most.</summary>
    /// <param name="mainCoinbase">The mainchain coinbase.</param>
    /// <param name="subsidy">The mainchain's subsidy at its height.</param>
    /// <param name="mostWinners">Shareholders drawn a block (K).</param>
    public static ShareRefusal CheckSum(Transaction mainCoinbase, Amount subsidy, int mostWinners)
    {
        long sum = 0;
        var paid = 0;
        foreach (var output in mainCoinbase.Outputs)
        {
            sum += output.Value.Sats;
            paid += output.Value == Amount.Zero ? 0 : 1;
        }

        return paid == 0 && subsidy != Amount.Zero ? ShareRefusal.PayoutMissing
            : paid > mostWinners ? ShareRefusal.PayoutExtra
            : sum < subsidy.Sats ? ShareRefusal.PayoutBelowSubsidy
            : ShareRefusal.None;
    }

    /// <summary>Rule 6.</summary>
    /// <param name="winners">Whom the rule names, in order of the draws; none where it could name nobody.</param>
    /// <param name="mainCoinbase">The mainchain coinbase.</param>
    /// <param name="subsidy">The mainchain's subsidy at its height.</param>
    public static ShareVerdict Check(ImmutableArray<Script> winners, Transaction mainCoinbase, Amount subsidy)
    {
        long sum = 0;
        var paid = new List<TxOut>(winners.Length);
        foreach (var output in mainCoinbase.Outputs)
        {
            if (output.Value != Amount.Zero)
            {
                sum += output.Value.Sats;
                paid.Add(output);
            }
        }

        if (winners.IsEmpty)
        {
            return ShareRefusal.PayoutMissing;
        }

        var due = Outputs(winners, new Amount(sum));
        if (paid.Count < due.Length || (due.IsEmpty && subsidy != Amount.Zero))
        {
            return ShareRefusal.PayoutMissing;
        }

        if (due.Where((output, i) => output.ScriptPubKey != paid[i].ScriptPubKey).Any())
        {
            return ShareRefusal.PayoutScript;
        }

        if (paid.Count > due.Length)
        {
            return ShareRefusal.PayoutExtra;
        }

        if (due.Where((output, i) => output.Value != paid[i].Value).Any())
        {
            return ShareRefusal.PayoutProportion;
        }

        return sum < subsidy.Sats ? ShareRefusal.PayoutBelowSubsidy : ShareVerdict.Valid;
    }
}
