namespace Market.Trading;

/// <summary>What a quantity of shares costs, in whole satoshis, rounded up so that nothing is ever free.</summary>
public static class Notional
{
    /// <summary>Base units in one whole share.</summary>
    public const long UnitsPerShare = 100_000_000;

    /// <summary>
    /// ceil(<paramref name="price"/> * <paramref name="quantity"/> / 1e8); false when either is negative or the
    /// result does not fit a signed 64-bit integer.
    /// </summary>
    /// <param name="price">Satoshis per whole share.</param>
    /// <param name="quantity">Base units.</param>
    /// <param name="sats">Satoshis.</param>
    public static bool TryOf(long price, long quantity, out long sats)
    {
        sats = 0;
        if ((price | quantity) < 0) return false;
        var high = Math.BigMul((ulong)price, (ulong)quantity, out var low);
        if (high == 0)
        {
            // Nearly every product fits 64 bits, where the division is a single cheap multiplication.
            var whole = low / UnitsPerShare;
            sats = (long)(low % UnitsPerShare == 0 ? whole : whole + 1);
            return true;
        }
        var value = (new UInt128(high, low) + (UnitsPerShare - 1)) / UnitsPerShare;
        if (value > long.MaxValue) return false;
        sats = (long)value;
        return true;
    }

    /// <summary>As <see cref="TryOf"/>.</summary>
    /// <exception cref="OverflowException">An argument is negative or the result does not fit.</exception>
    public static long Of(long price, long quantity) =>
        TryOf(price, quantity, out var sats) ? sats : throw new OverflowException("notional out of range");
}
