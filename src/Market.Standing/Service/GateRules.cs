namespace Market.Standing;

/// <summary>The bounds of a gate.</summary>
/// <param name="Places">Calls that are worked on at once.</param>
/// <param name="MostWaiting">Calls that wait: half of them may be such that pay, half such that do not.</param>
/// <param name="MostBytes">What those that wait may take of memory, in the same halves.</param>
/// <param name="MostOfOne">Calls of one key, or of one address without a key, that wait without paying.</param>
public sealed record GateRules(int Places, int MostWaiting, long MostBytes, int MostOfOne)
{
    /// <summary>Calls of a kind that wait at a market's gate, half of them paying.</summary>
    public const int ShippedWaiting = 4_096;

    /// <summary>What those may take of memory, in bytes.</summary>
    public const long ShippedBytes = 32 * 1024 * 1024;

    private const int ShippedOfOne = 256;

    /// <summary>The rules of a market's gate with so many places.</summary>
    public static GateRules Shipped(int places) => new(places, ShippedWaiting, ShippedBytes, ShippedOfOne);

    /// <summary>Milliseconds that a call waits at most: then it is refused.</summary>
    public const long LongestWait = 20_000;

    /// <summary>Of so many places that become free while both kinds wait, one goes to a call that pays nothing.</summary>
    public const int FloorEvery = 8;

    /// <summary>A call whose caller says nothing offers its price where the key has so many times that.</summary>
    public const int TimesOver = 4;

    /// <summary>Milliseconds of waiting that count as much as a credit.</summary>
    public const long PerCredit = 100;

    /// <summary>Milliseconds by which a call that pays nothing is put back where its caller asks as much as its quota; less or
    /// more in proportion.</summary>
    public const long PerQuota = 10_000;
}
