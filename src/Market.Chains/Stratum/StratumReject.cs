namespace Market.Chains.Stratum;

/// <summary>Why a request is refused. The set is closed.</summary>
public enum StratumReject
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>It is no request of JSON-RPC, or a parameter is missing or of another kind.</summary>
    Malformed,

    /// <summary>There is no method of that name.</summary>
    UnknownMethod,

    /// <summary>A result before mining.subscribe.</summary>
    NotSubscribed,

    /// <summary>The user name does not begin with an address of this sharechain.</summary>
    NoAddress,

    /// <summary>The address reads the same on several sharechains that are mined here.</summary>
    AddressOfAny,

    /// <summary>Another address than the first of the connection: each has its own work.</summary>
    OtherAddress,

    /// <summary>More workers than a connection may name.</summary>
    TooManyWorkers,

    /// <summary>A result of a worker that mining.authorize did not name.</summary>
    NotAuthorized,

    /// <summary>A job that is forgotten, or never was.</summary>
    JobUnknown,

    /// <summary>Good work, and late: another block or share was found before.</summary>
    Stale,

    /// <summary>The same result again.</summary>
    Duplicate,

    /// <summary>The hash is above the target of its job.</summary>
    LowDifficulty,

    /// <summary>An extranonce2 of another length than mining.subscribe's answer said, or no hexadecimal digits.</summary>
    ExtraNonce,

    /// <summary>A time before the job's, or too far after it.</summary>
    Time,

    /// <summary>Version bits changed that the miner may not roll.</summary>
    VersionBits,

    /// <summary>So many results of one job that their repeats could not be told.</summary>
    TooManyResults,
}

/// <summary>What the refusals say to a miner.</summary>
public static class StratumRejects
{
    /// <summary>The number of the error: Stratum's own 20 (other) to 25.</summary>
    public static int Code(this StratumReject reject) => reject switch
    {
        StratumReject.JobUnknown or StratumReject.Stale => 21,
        StratumReject.Duplicate => 22,
        StratumReject.LowDifficulty => 23,
        StratumReject.NoAddress or StratumReject.AddressOfAny or StratumReject.OtherAddress or StratumReject.TooManyWorkers
            or StratumReject.NotAuthorized => 24,
        StratumReject.NotSubscribed => 25,
        _ => 20,
    };

    /// <summary>The error's words: ASCII, nothing of what the miner sent.</summary>
    public static string Words(this StratumReject reject) => reject switch
    {
        StratumReject.None => "",
        StratumReject.Malformed => "Malformed request: a parameter is missing or of another kind",
        StratumReject.UnknownMethod => "Unknown method",
        StratumReject.NotSubscribed => "Not subscribed: send mining.subscribe first",
        StratumReject.NoAddress => "The user name must be an address of a sharechain that is mined here, and may end with .worker",
        StratumReject.AddressOfAny => "This address reads the same on every sharechain that is mined here: use a bech32 address, "
            + "whose beginning names one",
        StratumReject.OtherAddress => "This connection mines for another address: open a connection for each",
        StratumReject.TooManyWorkers => "Too many workers on one connection",
        StratumReject.NotAuthorized => "Unauthorized worker: send mining.authorize first",
        StratumReject.JobUnknown => "Job not found",
        StratumReject.Stale => "Stale: a newer block or share came first",
        StratumReject.Duplicate => "Duplicate share",
        StratumReject.LowDifficulty => "Difficulty too low: above the target of its job",
        StratumReject.ExtraNonce => "extranonce2 has another length than mining.subscribe said, or is not hexadecimal",
        StratumReject.Time => "Time out of range",
        StratumReject.VersionBits => "Version bits outside of the mask were changed",
        StratumReject.TooManyResults => "Too many results of one job",
        _ => throw new ArgumentOutOfRangeException(nameof(reject), reject, "No refusal."),
    };
}
