using System.Buffers.Binary;
using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Hashing;

namespace Market.Sharechain;

/// <summary>Which units are drawn for a share, and how the winners split a reward.</summary>
public static class Draws
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
}
