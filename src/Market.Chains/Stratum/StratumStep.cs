using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains.Stratum;

/// <summary>A result, judged.</summary>
/// <param name="Worker">The user name as <see cref="StratumUser"/> writes it.</param>
/// <param name="Reject">Why it was refused; none where it was accepted.</param>
/// <param name="Difficulty">What it counts for: the difficulty of its job; 0 where it was refused.</param>
/// <param name="Hash">The difficulty of its hash; 0 where it was refused unseen.</param>
/// <param name="Share">What is handed in to the sharechain, late or not; null where its work is not enough for that.</param>
public sealed record StratumResult(string Worker, StratumReject Reject, double Difficulty, double Hash, ShareBlock? Share)
{
    /// <summary>The account that the miner's password says its work earns standing for; null for none.</summary>
    public XOnlyPublicKey? Key { get; init; }
}

/// <summary>A share that was handed in, after the chains answered.</summary>
/// <param name="Sharechain">The sharechain's name.</param>
/// <param name="Found">What the miner sent.</param>
/// <param name="Share">The share.</param>
/// <param name="Result">What the chains said.</param>
public sealed record StratumHandedIn(string Sharechain, StratumResult Found, ShareBlock Share, ShareResult Result);

/// <summary>A question for what the server knows of an address.</summary>
/// <param name="Id">The raw text of the request's id.</param>
/// <param name="Address">Whose workers; null where none was named.</param>
/// <param name="Skip">Workers left out in front.</param>
public sealed record StratumAsk(string Id, string? Address, int Skip = 0);

/// <summary>What follows from something that happened on a connection.</summary>
/// <param name="Lines">What is sent, in this order, each with its end.</param>
public sealed record StratumStep(ImmutableArray<byte[]> Lines)
{
    /// <summary>Nothing follows.</summary>
    public static StratumStep Nothing { get; } = new([]);

    /// <summary>A result that was sent; null where none was.</summary>
    public StratumResult? Result { get; init; }

    /// <summary>A question about an address, which the server answers; null where none came.</summary>
    public StratumAsk? Ask { get; init; }

    /// <summary>The connection may be given work from now on, and has none yet.</summary>
    public bool WantsWork { get; init; }

    /// <summary>Why the connection is closed; null where it stays.</summary>
    public StratumEnd? Close { get; init; }
}
