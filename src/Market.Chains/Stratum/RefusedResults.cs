namespace Market.Chains.Stratum;

/// <summary>
/// Whether a connection's results are worth reading: one on which by far the most are refused is read more slowly, then closed. A
/// result that was only late is good work, and counts for nothing here.
/// </summary>
internal sealed class RefusedResults
{
    /// <summary>Refused results that one accepted result makes up for.</summary>
    public const int MadeUpByOne = 10;

    /// <summary>So many refused ones that nothing made up for are read as fast as others.</summary>
    public const int ReadAsOthers = 100;

    /// <summary>At so many the connection is closed.</summary>
    public const int Most = 1_000;

    /// <summary>Lines that a refused result counts for where there were more than <see cref="ReadAsOthers"/>.</summary>
    public const int SlowLines = 10;

    private int _open;

    /// <summary>Counts a result.</summary>
    public void Count(StratumReject reject) => _open = reject switch
    {
        StratumReject.None => Math.Max(0, _open - MadeUpByOne),
        StratumReject.Stale => _open,
        _ => _open + 1,
    };

    /// <summary>Lines that a refused result counts for now.</summary>
    public int Lines => _open > ReadAsOthers ? SlowLines : 1;

    /// <summary>True where the connection is to be closed.</summary>
    public bool AreTooMany => _open >= Most;
}
