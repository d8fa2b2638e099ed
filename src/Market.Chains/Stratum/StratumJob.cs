using System.Buffers.Binary;
using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains.Stratum;

/// <summary>A result as it was sent, its parameters read.</summary>
/// <param name="ExtraNonce2">Four bytes.</param>
/// <param name="Time">Of the main header, Unix seconds.</param>
/// <param name="Nonce">Of the main header.</param>
/// <param name="VersionBits">What was rolled; null where nothing was said of it.</param>
internal sealed record StratumSubmit(byte[] ExtraNonce2, uint Time, uint Nonce, uint? VersionBits);

/// <summary>A result found good.</summary>
/// <param name="Work">What it was put into.</param>
/// <param name="Solved">The main header.</param>
/// <param name="ExtraNonce">Both extra nonces as they stand in the coinbase, read little-endian.</param>
/// <param name="Difficulty">Of its hash.</param>
internal sealed record StratumFind(StratumWork Work, BlockHeader Solved, ulong ExtraNonce, double Difficulty)
{
    /// <summary>Its hash.</summary>
    public Hash256 Hash => Solved.Id.Value;

    /// <summary>True where it is worth handing in: a share, a weak one, or a block of the mainchain.</summary>
    public bool IsWanted => Work.HandInTarget.IsMetBy(Hash) || Work.MainTarget.IsMetBy(Hash);

    /// <summary>It whole, as it is handed in: made of those alone that are.</summary>
    public ShareBlock ToShare() => Work.Template.WithExtraNonce(ExtraNonce).ToShare(Solved);
}

/// <summary>Work as it was given to one connection: with a name, and a difficulty that its results are judged by.</summary>
/// <param name="Name">By which results speak of it.</param>
/// <param name="Work">The work.</param>
/// <param name="Difficulty">What its results must have.</param>
/// <param name="Round">How often what was given before became worth nothing, up to this job.</param>
internal sealed record StratumJob(string Name, StratumWork Work, double Difficulty, int Round)
{
    /// <summary>Results of one job at most, shares and blocks aside: each is remembered, so that its repeat is known.</summary>
    public const int MostResults = 4_096;

    // Most jobs end before a result of them comes.
    private U256? _target;
    private HashSet<Hash256>? _seen;

    /// <summary>How many results were seen.</summary>
    public int Results => _seen?.Count ?? 0;

    /// <summary>Whether a result was seen.</summary>
    /// <param name="hash">Of the main header.</param>
    public bool Has(Hash256 hash) => _seen?.Contains(hash) == true;

    /// <summary>Remembers a result.</summary>
    /// <param name="hash">Of the main header.</param>
    public void Add(Hash256 hash) => (_seen ??= []).Add(hash);

    /// <summary>Puts a result into the work and judges it: time, version and hash.</summary>
    /// <param name="submit">The result.</param>
    /// <param name="extraNonce1">Of the connection, four bytes.</param>
    /// <param name="mask">Version bits that the connection may roll.</param>
    /// <param name="find">The result; null where it is refused.</param>
    public StratumReject Judge(StratumSubmit submit, ReadOnlySpan<byte> extraNonce1, uint mask, out StratumFind? find)
    {
        find = null;
        var main = Work.MainHeader;
        var version = (uint)main.Version;
        if (submit.Time < main.Time || submit.Time > Work.ShareTime + (long)ShareChecks.MostMainSecondsAhead)
        {
            return StratumReject.Time;
        }

        // Bits that may not be rolled are the job's, or not sent.
        var bits = submit.VersionBits ?? 0;
        if ((bits & ~mask) != 0 && (bits & ~mask) != (version & ~mask))
        {
            return StratumReject.VersionBits;
        }

        Span<byte> extra = stackalloc byte[2 * StratumWork.ExtraNonceBytes];
        extraNonce1.CopyTo(extra);
        submit.ExtraNonce2.CopyTo(extra[StratumWork.ExtraNonceBytes..]);
        var solved = new BlockHeader(
            (int)((version & ~mask) | (bits & mask)), main.Previous, Work.RootOf(extra), submit.Time, main.Bits, submit.Nonce);
        var hash = solved.Id.Value;
        if (hash.ToU256() > (_target ??= StratumDifficulty.ToTarget(Difficulty)) && !Work.HandInTarget.IsMetBy(hash))
        {
            return StratumReject.LowDifficulty;
        }

        find = new StratumFind(
            Work, solved, BinaryPrimitives.ReadUInt64LittleEndian(extra), StratumDifficulty.Of(hash.ToU256()));
        return StratumReject.None;
    }
}
