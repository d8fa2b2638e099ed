namespace Market.Chains.Stratum;

/// <summary>Why a miner's connection ended, or was not let in. The set is closed.</summary>
public enum StratumEnd
{
    /// <summary>The miner closed it.</summary>
    Left,

    /// <summary>The way between the two broke.</summary>
    Broken,

    /// <summary>The server stops.</summary>
    Stopping,

    /// <summary>A line longer than any may be.</summary>
    LongLine,

    /// <summary>Too many lines that are no requests.</summary>
    BadLines,

    /// <summary>Neither subscribed nor authorized in time.</summary>
    NotReady,

    /// <summary>It reads too slowly.</summary>
    SlowReader,

    /// <summary>The port is full, and it had no result accepted for the longest: another has its place.</summary>
    GaveWay,

    /// <summary>A bug.</summary>
    Bug,

    /// <summary>Not let in: every place is taken by a miner that has results.</summary>
    Full,

    /// <summary>Not let in: its address has as many connections as it may.</summary>
    AddressFull,

    /// <summary>Not let in: its site, a network of 48 bits of IPv6, has as many connections as it may.</summary>
    SiteFull,

    /// <summary>Not let in: its address opens too many connections a second.</summary>
    TooFast,

    /// <summary>Of its results by far the most are refused.</summary>
    RefusedResults,
}

/// <summary>The words for the log.</summary>
public static class StratumEnds
{
    /// <summary>Why, in words; the first of its kind is logged with them.</summary>
    public static string Words(this StratumEnd end) => end switch
    {
        StratumEnd.Left => "the miner closed it",
        StratumEnd.Broken => "the way to the miner broke",
        StratumEnd.Stopping => "the server stops",
        StratumEnd.LongLine => $"a line of more than {StratumRequest.LongestLine} bytes",
        StratumEnd.BadLines => "too many lines that are no requests",
        StratumEnd.NotReady => "neither subscribed nor authorized in time",
        StratumEnd.SlowReader => "it reads too slowly",
        StratumEnd.GaveWay => "the port is full, and it had no result accepted for the longest",
        StratumEnd.Bug => "a bug",
        StratumEnd.Full => "every place is taken by a miner that has results",
        StratumEnd.AddressFull => "its address has as many connections as it may",
        StratumEnd.SiteFull => "its site (48 bits of IPv6) has as many connections as it may",
        StratumEnd.TooFast => "its address opens too many connections a second",
        StratumEnd.RefusedResults => "of its results by far the most are refused",
        _ => throw new ArgumentOutOfRangeException(nameof(end), end, "No end."),
    };

    /// <summary>True for what is no matter of course: an operator is told of the first.</summary>
    internal static bool IsNews(this StratumEnd end) =>
        end is not (StratumEnd.Left or StratumEnd.Broken or StratumEnd.Stopping or StratumEnd.Bug);
}
