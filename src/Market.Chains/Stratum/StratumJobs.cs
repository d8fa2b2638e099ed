using System.Collections.Immutable;
using System.Globalization;
using Market.Bitcoin.Encoding;

namespace Market.Chains.Stratum;

/// <summary>The jobs that a connection was given, the difficulty of the next, and what becomes of their results.</summary>
/// <param name="rules">What it is held to.</param>
/// <param name="now">When it began.</param>
internal sealed class StratumJobs(StratumRules rules, DateTimeOffset now)
{
    // Work is given again twice a minute: results of the last eight minutes are known.
    private const int MostJobs = 32;

    // Of the two rounds before the last one results are judged: they are late, and told apart from false ones. A share that is a
    // Bitcoin block begins two, one after the other. A job that stands on the newest one's Bitcoin block is kept for longer: what
    // is found on it may still be a Bitcoin block, however many shares came since.
    private const int RoundsKept = 3;
    private const int HexDigits = 2 * StratumWork.ExtraNonceBytes;

    private readonly List<StratumJob> _jobs = [];
    private readonly Vardiff _vardiff = new(rules.StartDifficulty, now);
    private double? _suggested;
    private double _sent;
    private int _next;

    // Looked at every second, and seldom another.
    private double _exact;
    private double _rounded;

    private StratumJob? Current => _jobs.Count > 0 ? _jobs[^1] : null;

    /// <summary>The miner asks for a difficulty. Firmware that repeats itself, to keep alive, asks for nothing new.</summary>
    public void Suggest(double difficulty, DateTimeOffset at)
    {
        if (!difficulty.Equals(_suggested))
        {
            _suggested = difficulty;
            _vardiff.Suggest(difficulty, at);
        }
    }

    /// <summary>Gives new work.</summary>
    public ImmutableArray<byte[]> Give(StratumWork work, DateTimeOffset at)
    {
        if (Current is { } last)
        {
            _vardiff.Look(last.Difficulty, at);
        }

        return ReferenceEquals(Current?.Work, work) ? Look(at) : Give(work, DifficultyFor(work));
    }

    /// <summary>Gives the same work anew where another difficulty is right by now: a job keeps its own.</summary>
    public ImmutableArray<byte[]> Look(DateTimeOffset at)
    {
        if (Current is not { } last)
        {
            return [];
        }

        _vardiff.Look(last.Difficulty, at);
        var difficulty = DifficultyFor(last.Work);
        return difficulty.CompareTo(last.Difficulty) == 0 ? [] : Give(last.Work, difficulty);
    }

    /// <summary>Takes a result.</summary>
    /// <param name="request">The parameters of mining.submit: worker, job, extranonce2, time, nonce, maybe version bits.</param>
    /// <param name="extraNonce1">Of the connection.</param>
    /// <param name="mask">Version bits that it may roll.</param>
    /// <param name="difficulty">What an accepted one counts for; 0 for one refused.</param>
    /// <param name="find">The result, where its work is real; also where it is late.</param>
    /// <param name="isWanted">True where it is worth handing in.</param>
    public StratumReject Take(
        StratumRequest request, ReadOnlySpan<byte> extraNonce1, uint mask, out double difficulty, out StratumFind? find,
        out bool isWanted)
    {
        (difficulty, find, isWanted) = (0, null, false);
        if (request.Text(1) is not { } name || request.Number(3) is not { } time || request.Number(4) is not { } nonce
            || (request.Count > 5 && request.Number(5) is null))
        {
            return StratumReject.Malformed;
        }

        if (request.Text(2) is not { Length: HexDigits } text || !Hex.TryDecode(text, out var extraNonce2))
        {
            return StratumReject.ExtraNonce;
        }

        if (_jobs.Find(each => each.Name == name) is not { } job)
        {
            return StratumReject.JobUnknown;
        }

        var reject = job.Judge(new StratumSubmit(extraNonce2, time, nonce, request.Number(5)), extraNonce1, mask, out find);
        if (reject != StratumReject.None)
        {
            return reject;
        }

        var hash = find!.Hash;
        if (_jobs.Exists(each => each.Has(hash)))
        {
            return StratumReject.Duplicate;
        }

        // A share, or a block, is handed in though it be one too many: of those none is lost.
        isWanted = find.IsWanted;
        if (job.Results >= StratumJob.MostResults && !isWanted)
        {
            return StratumReject.TooManyResults;
        }

        job.Add(hash);
        if (job.Round != Current!.Round)
        {
            return StratumReject.Stale;
        }

        difficulty = job.Difficulty;
        _vardiff.Count();
        return StratumReject.None;
    }

    private ImmutableArray<byte[]> Give(StratumWork work, double difficulty)
    {
        var clean = Current is not { } last || !last.Work.IsBeside(work);
        var round = (Current?.Round ?? 0) + (clean ? 1 : 0);
        var name = (_next++).ToString("x", CultureInfo.InvariantCulture);
        _jobs.Add(new StratumJob(name, work, difficulty, round));
        _jobs.RemoveAll(job => job.Round <= round - RoundsKept
            && job.Work.Previous != work.Previous);
        if (_jobs.Count > MostJobs)
        {
            _jobs.RemoveAt(0);
        }

        var notify = work.Notify(name, clean);
        if (difficulty.CompareTo(_sent) == 0)
        {
            return [notify];
        }

        _sent = difficulty;
        return [StratumText.SetDifficulty(difficulty), notify];
    }

    // Not harder than a share, or the easiest weak share that the header states, so that each that the row takes is sent; not
    // easier than the row or the server counts, unless shares are.
    private double DifficultyFor(StratumWork work)
    {
        var least = work.HasWeak ? work.WeakDifficulty : rules.LeastDifficulty;
        if (_suggested is { } asked)
        {
            least = Math.Min(least, Math.Max(asked, rules.LeastDifficulty));
        }

        var exact = Math.Min(Math.Max(_vardiff.Difficulty, least), work.WeakDifficulty);
        if (exact.CompareTo(_exact) != 0)
        {
            (_exact, _rounded) = (exact, StratumDifficulty.Rounded(exact));
        }

        return _rounded;
    }
}
