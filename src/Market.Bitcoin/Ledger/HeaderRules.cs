namespace Market.Bitcoin.Ledger;

/// <summary>Bitcoin's rules of a header by itself, given what the chain below asks.</summary>
public static class HeaderRules
{
    /// <summary>Seconds that a header may be ahead of the clock.</summary>
    public const int MaxFutureSeconds = 2 * 60 * 60;

    private const int LeastVersion = 4;

    /// <summary>The first rule broken.</summary>
    /// <param name="header">The header.</param>
    /// <param name="previousMedianTime">Median time past of its parent, Unix seconds.</param>
    /// <param name="required">The bits that the chain asks for after the parent.</param>
    /// <param name="now">The local clock, Unix seconds.</param>
    public static LedgerError Check(
        BlockHeader header, uint previousMedianTime, CompactTarget required, long now)
    {
        if (header.Bits != required)
        {
            return LedgerError.Bits;
        }

        if (!header.MeetsOwnTarget)
        {
            return LedgerError.ProofOfWork;
        }

        if (header.Time <= previousMedianTime)
        {
            return LedgerError.TimeTooOld;
        }

        if (header.Version < LeastVersion)
        {
            return LedgerError.Version;
        }

        return header.Time > now + MaxFutureSeconds ? LedgerError.TimeTooNew : LedgerError.None;
    }
}
