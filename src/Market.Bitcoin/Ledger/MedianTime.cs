namespace Market.Bitcoin.Ledger;

/// <summary>Median time past (BIP113).</summary>
public static class MedianTime
{
    /// <summary>Blocks that are looked at.</summary>
    public const int Span = 11;

    /// <summary>The median of the times of up to 11 blocks, in any order; 0 for none.</summary>
    public static uint Of(ReadOnlySpan<uint> times)
    {
        if (times.IsEmpty)
        {
            return 0;
        }

        Span<uint> sorted = stackalloc uint[Span];
        var last = times[^Math.Min(Span, times.Length)..];
        last.CopyTo(sorted);
        sorted = sorted[..last.Length];
        sorted.Sort();
        return sorted[sorted.Length / 2];
    }
}
