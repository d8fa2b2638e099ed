using System.Diagnostics;
using Market.Bitcoin;
using Market.Hashing;
using Market.Sharechain;

namespace Market.Chains.Mining;

/// <summary>A piece of work that all threads share, each with coinbases of its own.</summary>
/// <param name="Template">What to hash.</param>
internal sealed record MinerJob(ShareTemplate Template)
{
    private int _found;

    /// <summary>True from the first share on: a header proved twice is one share, so only blocks count then.</summary>
    public bool HasShare => Volatile.Read(ref _found) != 0;

    public void MarkFound() => Volatile.Write(ref _found, 1);
}

/// <summary>
/// One thread that hashes. It looks up between chunks of about a millisecond, so a new tip stops it at once.
/// </summary>
internal sealed class MinerThread
{
    private const long Nonces = 1L << 32;
    private const int LeastChunk = 64;
    private const int LargestChunk = 1 << 20;
    private static readonly TimeSpan ChunkTime = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(50);

    private readonly ShareMiner _miner;
    private readonly ulong _lane;
    private readonly double? _rate;
    private ulong _extraNonce;
    private long _chunk = 1024;
    private double _credit;
    private long _creditAt = Stopwatch.GetTimestamp();

    public MinerThread(ShareMiner miner, int lane, double? rate)
    {
        _miner = miner;
        _lane = (ulong)lane << 48;
        _rate = rate;
    }

    /// <summary>Hashes until cancelled.</summary>
    public void Run(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            if (_miner.Job is { } job)
            {
                Work(job, cancellation);
            }
            else
            {
                _miner.WaitForChange(Idle, cancellation);
            }
        }
    }

    private void Work(MinerJob job, CancellationToken cancellation)
    {
        var template = job.Template.WithExtraNonce(_lane | _extraNonce++);
        if (!template.HandInTarget.TryExpand(out var shareTarget) || !template.MainTarget.TryExpand(out var mainTarget))
        {
            return;
        }

        Span<byte> header = stackalloc byte[BlockHeader.Length];
        Span<byte> target = stackalloc byte[Hash256.Length];
        Span<uint> found = stackalloc uint[1];
        template.MainHeader.CopyTo(header);
        for (long nonce = 0; nonce < Nonces && ReferenceEquals(job, _miner.Job);)
        {
            var count = Math.Min(Allowance(cancellation), Nonces - nonce);
            if (count == 0)
            {
                continue;
            }

            // Once the share is found only a mainchain block is worth anything, and where that is the easier of the
            // two there is nothing left to look for.
            if (job.HasShare && mainTarget >= shareTarget)
            {
                _miner.WaitForChange(Idle, cancellation);
                if (cancellation.IsCancellationRequested)
                {
                    return;
                }

                continue;
            }

            (job.HasShare ? mainTarget : shareTarget).WriteLittleEndian(target);
            var started = Stopwatch.GetTimestamp();
            var result = NonceScanner.Scan(header, (uint)nonce, count, target, found);
            Adapt(result.Scanned, Stopwatch.GetElapsedTime(started));
            _miner.Count(result.Scanned);
            nonce += result.Scanned;
            if (result.Found > 0)
            {
                var solved = template.MainHeader with { Nonce = found[0] };
                if (template.ShareTarget.IsMetBy(solved.Id.Value))
                {
                    job.MarkFound();
                }

                _miner.Hand(template.ToShare(solved));
            }
        }
    }

    // Chunks grow and shrink to take about as long as a miner may keep on at old work.
    private void Adapt(long scanned, TimeSpan took)
    {
        if (scanned == _chunk && took > TimeSpan.Zero)
        {
            var ideal = scanned * (ChunkTime / took);
            _chunk = (long)Math.Clamp((_chunk + ideal) / 2, LeastChunk, LargestChunk);
        }
    }

    // How many hashes the throttle allows now. Waits where it allows none, but never past a change of work.
    private long Allowance(CancellationToken cancellation)
    {
        if (_rate is not { } rate)
        {
            return cancellation.IsCancellationRequested ? 0 : _chunk;
        }

        var now = Stopwatch.GetTimestamp();
        _credit = Math.Min(rate / 10, _credit + rate * Stopwatch.GetElapsedTime(_creditAt, now).TotalSeconds);
        _creditAt = now;
        var count = Math.Min(_chunk, (long)_credit);
        if (count < Math.Min(LeastChunk, rate / 20))
        {
            _miner.WaitForChange(TimeSpan.FromSeconds(Math.Min(0.02, LeastChunk / rate)), cancellation);
            return 0;
        }

        _credit -= count;
        return count;
    }
}
