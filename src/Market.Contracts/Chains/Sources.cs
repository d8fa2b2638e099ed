namespace Market.Contracts;

/// <summary>How it stands with a node of another pool that the market reads.</summary>
public enum SourceState
{
    /// <summary>Nothing was read yet.</summary>
    Reading,

    /// <summary>The last look went well.</summary>
    Live,

    /// <summary>It does not answer, or not in time.</summary>
    Away,

    /// <summary>It wants another user or password.</summary>
    Denied,

    /// <summary>What it answers is not what such a node says, or contradicts itself.</summary>
    Nonsense,
}

/// <summary>Which of two shapes a p2poolv2 node's answers have.</summary>
public enum SourceVersion
{
    /// <summary>Before 0.14: its miner_address is the Bitcoin address that is paid.</summary>
    BeforeV014,

    /// <summary>From 0.14 on: its miner_bitcoin_address is who is paid, its miner_address who owns the share's coin.</summary>
    SinceV014,
}

/// <summary>What a p2poolv2 node tells of its pool, beside the market's own sharechains. Read, and not checked.</summary>
public sealed record PoolSource
{
    /// <summary>How the last look went. What was read before stays, with its time.</summary>
    public required SourceState State { get; init; }

    /// <summary>Since when it is so.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Where it is not live: why, in a sentence of the market's own.</summary>
    public string? Reason { get; init; }

    /// <summary>What is not checked, in sentences.</summary>
    public required string Unchecked { get; init; }

    /// <summary>When the figures were read; absent before the first look that went well.</summary>
    public DateTimeOffset? ReadAt { get; init; }

    /// <summary>Which version's shapes its answers have.</summary>
    public SourceVersion? Version { get; init; }

    /// <summary>Its chain.</summary>
    public SourceChain? Chain { get; init; }

    /// <summary>The window that its next block pays.</summary>
    public SourceWindow? Window { get; init; }

    /// <summary>What a fresh share in it is worth; absent while fewer than ten shares tell of the hashrate.</summary>
    public SourceValue? Value { get; init; }

    /// <summary>Blocks beside its chain; absent where the node has no such list.</summary>
    public SourceForks? Forks { get; init; }

    /// <summary>Miners who work at the node itself; absent where it keeps no such list.</summary>
    public SourceMiners? Miners { get; init; }

    /// <summary>The market's own instruments in the same figures.</summary>
    public required IReadOnlyList<OwnFigures> Own { get; init; }
}

/// <summary>A pool's chain, as its node tells it.</summary>
public sealed record SourceChain
{
    /// <summary>Height of its newest confirmed share.</summary>
    public required long Height { get; init; }

    /// <summary>That share's id.</summary>
    public required string Tip { get; init; }

    /// <summary>When that share was found, by its miner's clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Id of the chain's first share; absent where the node does not say.</summary>
    public string? Genesis { get; init; }

    /// <summary>Expected hashes of all of it.</summary>
    public required double TotalWork { get; init; }

    /// <summary>Height of the highest share that is not confirmed yet; absent where there is none.</summary>
    public long? Candidate { get; init; }

    /// <summary>The height that the newest share's Bitcoin block would have.</summary>
    public required long MainHeight { get; init; }

    /// <summary>Expected hashes of a Bitcoin block (M), by the target that the newest share names.</summary>
    public required double MainWork { get; init; }

    /// <summary>Whether the market's own Bitcoin has that very target now: only then are satoshis here and there the same. For a
    /// moment after a change of difficulty it may not.</summary>
    public required bool IsOurBitcoin { get; init; }

    /// <summary>Satoshis that a Bitcoin block of the pool would pay (B): the mean of its newest twenty shares' templates.</summary>
    public required Sats Reward { get; init; }

    /// <summary>The part of it that finders give away before the window is paid (f): the mean of the same shares.</summary>
    public required double Fee { get; init; }
}

/// <summary>A pool's window: by the rule that it has unless it was set otherwise, 1 x Bitcoin's difficulty and at most 120,960
/// shares, everybody paid.</summary>
public sealed record SourceWindow
{
    /// <summary>Shares of it that were read.</summary>
    public required int Shares { get; init; }

    /// <summary>Shares beside the chain that these name; each is counted with the work of who names it, since its own is not told.
    /// </summary>
    public required int Uncles { get; init; }

    /// <summary>Hashes of what was read.</summary>
    public required double Read { get; init; }

    /// <summary>Hashes of the window in force (W): measured where all of it was read, else estimated by the mean of what was.
    /// </summary>
    public required double Hashes { get; init; }

    /// <summary>The part of what is in the window that was read, 0 to 1.</summary>
    public required double Coverage { get; init; }

    /// <summary>Whether nothing is left to be read.</summary>
    public required bool IsWhole { get; init; }

    /// <summary>The part of the window in force that is filled: below 1 while the chain is young.</summary>
    public required double Filled { get; init; }

    /// <summary>Seconds that a fresh share lives, W / H; absent while the hashrate is not known.</summary>
    public double? LifeSeconds { get; init; }

    /// <summary>Bitcoin addresses that the read part pays.</summary>
    public required int Holders { get; init; }

    /// <summary>Owners of the coins that the read shares minted; absent before version 0.14, which does not tell them.</summary>
    public int? Owners { get; init; }

    /// <summary>The part of the largest address in what was read.</summary>
    public required double Largest { get; init; }

    /// <summary>The part of the twenty largest.</summary>
    public required double Largest20 { get; init; }

    /// <summary>1 / sum of squared parts: so many addresses of one size would be as concentrated.</summary>
    public required double EvenHolders { get; init; }

    /// <summary>The twenty largest.</summary>
    public required IReadOnlyList<SourceHolder> Items { get; init; }
}

/// <summary>An address that a pool's window pays.</summary>
public sealed record SourceHolder
{
    /// <summary>From 1, by its part.</summary>
    public required int Rank { get; init; }

    /// <summary>The Bitcoin address, as the node writes it.</summary>
    public required string Address { get; init; }

    /// <summary>Its part of what was read: the estimate of its part of the window.</summary>
    public required double Part { get; init; }

    /// <summary>Standard error of the estimate; 0 where the whole window was read.</summary>
    public required double Error { get; init; }

    /// <summary>Its part where it has none of what was not read.</summary>
    public required double Least { get; init; }

    /// <summary>Its part where it has all of that.</summary>
    public required double Most { get; init; }
}

/// <summary>What a fresh share in a pool's window is worth, in satoshis a share block: by the same formulas as the market's own.
/// </summary>
public sealed record SourceValue
{
    /// <summary>Expected hashes of the newest share block (s).</summary>
    public required double ShareWork { get; init; }

    /// <summary>The pool's hashes a second (H).</summary>
    public required double Hashrate { get; init; }

    /// <summary>Relative standard error of it: 1 / sqrt(shares counted).</summary>
    public required double Uncertainty { get; init; }

    /// <summary>B s / M: what the work of a share block is worth at a pool that pays a full reward for every hash.</summary>
    public required double FppsWorth { get; init; }

    /// <summary>What one is expected to be paid until it leaves the window (V0).</summary>
    public required double FaceValue { get; init; }

    /// <summary>The same discounted with the rate.</summary>
    public required double PresentValue { get; init; }

    /// <summary>The yearly rate.</summary>
    public required double Rate { get; init; }

    /// <summary>Present value over face value.</summary>
    public required double DTime { get; init; }

    /// <summary>1 - what finders give away.</summary>
    public required double Fee { get; init; }

    /// <summary>Certainty equivalent over mean of what one share is paid.</summary>
    public required double Variance { get; init; }

    /// <summary>Pool blocks expected while it is in the window (m).</summary>
    public required double Blocks { get; init; }

    /// <summary>The chance that it is never paid.</summary>
    public required double ChanceOfNone { get; init; }

    /// <summary>Face value x dTime x fee x variance.</summary>
    public required double ModelPrice { get; init; }

    /// <summary>The lowest model price within the errors of the hashrate and of the part of the window that was not read.</summary>
    public required double ModelLeast { get; init; }

    /// <summary>The highest.</summary>
    public required double ModelMost { get; init; }

    /// <summary>Model price over <see cref="FppsWorth"/>: without a unit, to be held against other chains'.</summary>
    public required double ModelOverFpps { get; init; }
}

/// <summary>Blocks at a pool's newest heights.</summary>
public sealed record SourceForks
{
    /// <summary>How many heights.</summary>
    public required int Heights { get; init; }

    /// <summary>Blocks on its chain.</summary>
    public required int OnChain { get; init; }

    /// <summary>Valid blocks beside it.</summary>
    public required int Beside { get; init; }
}

/// <summary>Results of miners who work at a pool's node itself.</summary>
public sealed record SourceMiners
{
    /// <summary>Results that it tells; 100 at most.</summary>
    public required int Results { get; init; }

    /// <summary>Expected hashes of them together.</summary>
    public required double Work { get; init; }

    /// <summary>When the newest was handed in; absent where there is none.</summary>
    public DateTimeOffset? Newest { get; init; }
}

/// <summary>An instrument of the market in the figures in which a pool is told.</summary>
public sealed record OwnFigures
{
    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>Its sharechain.</summary>
    public required string Sharechain { get; init; }

    /// <summary>Whom that pays, in a few words.</summary>
    public required string Rule { get; init; }

    /// <summary>Hashes a second; absent while too few shares tell of it.</summary>
    public double? Hashrate { get; init; }

    /// <summary>Relative standard error of it.</summary>
    public double? Uncertainty { get; init; }

    /// <summary>Payout scripts that take part.</summary>
    public required int Holders { get; init; }

    /// <summary>The part of the largest of them; absent where there is none.</summary>
    public double? Largest { get; init; }

    /// <summary>The part of the twenty largest.</summary>
    public double? Largest20 { get; init; }

    /// <summary>Model price over what the work behind a share is worth at a pool that pays a full reward for every hash.</summary>
    public double? ModelOverFpps { get; init; }

    /// <summary>The last price over the same.</summary>
    public double? PriceOverFpps { get; init; }

    /// <summary>The last price over face value.</summary>
    public double? D { get; init; }

    /// <summary>Standard error of d.</summary>
    public double? DError { get; init; }
}
