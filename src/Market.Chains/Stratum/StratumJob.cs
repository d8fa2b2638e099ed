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

/// <summary>A result found good, whole.</summary>
/// <param name="Share">As it is handed in.</param>
/// <param name="Difficulty">Of its hash.</param>
internal sealed record StratumFind(ShareBlock Share, double Difficulty);

/// <summary>Work as it was given to one connection: with a name, and a difficulty that its results are judged by.</summary>
/// <param name="Name">By which results speak of it.</param>
/// <param name="Work">The work.</param>
/// <param name="Difficulty">What its results must have.</param>
/// <param name="Round">How often what was given before became worth nothing, up to this job.</param>
internal sealed record StratumJob(string Name, StratumWork Work, double Difficulty, int Round)
{
    /// <summary>Results of one job at most: each is remembered, so that its repeat is known.</summary>
    public const int MostResults = 4_096;

    private readonly U256 _target = StratumDifficulty.ToTarget(Difficulty);

    /// <summary>Results seen, by the hash of the main header.</summary>
    public HashSet<Hash256> Seen { get; } = [];

    /// <summary>Puts a result into the work and judges it: time, version and hash.</summary>
    /// <param name="submit">The result.</param>
    /// <param name="extraNonce1">Of the connection, four bytes.</param>
    /// <param name="mask">Version bits that the connection may roll.</param>
    /// <param name="find">The result whole; null where it is refused.</param>
    public StratumReject Judge(StratumSubmit submit, ReadOnlySpan<byte> extraNonce1, uint mask, out StratumFind? find)
    {
        find = null;
        var template = Work.Template;
        var (version, time) = ((uint)template.MainHeader.Version, template.MainHeader.Time);
        if (submit.Time < time || submit.Time > template.Header.Time + (long)ShareChecks.MostMainSecondsAhead)
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
        var filled = template.WithExtraNonce(BinaryPrimitives.ReadUInt64LittleEndian(extra));
        var solved = filled.MainHeader with
        {
            Version = (int)((version & ~mask) | (bits & mask)),
            Time = submit.Time,
            Nonce = submit.Nonce,
        };
        var hash = solved.Id.Value;
        if (hash.ToU256() > _target && !template.HandInTarget.IsMetBy(hash))
        {
            return StratumReject.LowDifficulty;
        }

        find = new StratumFind(filled.ToShare(solved), StratumDifficulty.Of(hash.ToU256()));
        return StratumReject.None;
    }

    /// <summary>True where a result is worth handing in: a share, a weak one, or a block of the mainchain.</summary>
    public bool IsWanted(StratumFind find) => Work.Template.HandInTarget.IsMetBy(find.Share.Proof.MainHeader.Id.Value)
        || Work.Template.MainTarget.IsMetBy(find.Share.Proof.MainHeader.Id.Value);
}
