using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>
/// A reward split among the holders of a window, in proportion, rounded down, the remainder to the largest. Who would get less
/// than the dust limit falls out, the smallest first, and so does who finds no room in a coinbase of 20 kB.
/// </summary>
public static class WindowSplit
{
    /// <summary>
    /// Fewer satoshis than this are paid to nobody: what Bitcoin Core calls dust in its dearest usual output. One limit for all
    /// scripts, so that who is paid is a head of the holders' order and no question of policy.
    /// </summary>
    public const long Dust = 546;

    /// <summary>Bytes of all outputs of value: 2 kB of the coinbase are left for the rest.</summary>
    public const int MostBytes = 18_000;

    private const int OutputOverhead = sizeof(long) + 1;

    /// <summary>Bytes that an output takes in a coinbase.</summary>
    public static int SizeOf(Script script) => OutputOverhead + script.Length;

    /// <summary>The outputs of value.</summary>
    /// <param name="holders">Largest first.</param>
    /// <param name="reward">All that is handed out.</param>
    public static ImmutableArray<TxOut> Outputs(ReadOnlySpan<Holder> holders, Amount reward)
    {
        if (holders.IsEmpty || reward <= Amount.Zero)
        {
            return [];
        }

        var (count, total) = Paid(holders, reward);
        var outputs = ImmutableArray.CreateBuilder<TxOut>(count);
        long sum = 0;
        for (var i = count - 1; i > 0; i--)
        {
            var part = Part(reward, holders[i].Weight, total);
            outputs.Add(new TxOut(new Amount(part), holders[i].Script));
            sum += part;
        }

        outputs.Add(new TxOut(new Amount(reward.Sats - sum), holders[0].Script));
        outputs.Reverse();
        return outputs.ToImmutable();
    }

    // A holder more makes every part smaller: the first who would get dust is followed by none who would not.
    private static (int Count, UInt128 Total) Paid(ReadOnlySpan<Holder> holders, Amount reward)
    {
        UInt128 total = (ulong)holders[0].Weight;
        var bytes = SizeOf(holders[0].Script);
        var count = 1;
        for (; count < holders.Length; count++)
        {
            var more = total + (ulong)holders[count].Weight;
            bytes += SizeOf(holders[count].Script);
            if (bytes > MostBytes || Part(reward, holders[count].Weight, more) < Dust)
            {
                break;
            }

            total = more;
        }

        return (count, total);
    }

    private static long Part(Amount reward, long weight, UInt128 total) =>
        (long)((UInt128)(ulong)reward.Sats * (ulong)weight / total);
}
