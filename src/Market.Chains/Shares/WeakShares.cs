using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains.Shares;

/// <summary>
/// Takes weak shares, from miners and from other nodes alike: each is checked whole before it is kept, told of and so passed on,
/// and none is passed on twice. What it costs others to send one is the work that it states.
/// </summary>
/// <param name="profile">The chain's rules; of a row of weak shares.</param>
/// <param name="view">The mainchain's headers.</param>
/// <param name="check">Whether the next block may name one, as the chain stands, and the tip's height.</param>
/// <param name="ask">Asks others for a mainchain header that the mainchain here does not know.</param>
/// <param name="taken">Told of each that is kept: return quickly.</param>
internal sealed class WeakShares(
    SharechainProfile profile, MainView view, Func<NamedShare, (ShareVerdict Verdict, int Height)> check,
    Func<BlockId, CancellationToken, ValueTask<BlockHeader?>> ask, Action<NamedShare> taken)
{
    private readonly WeakPool _pool = new();

    /// <summary>Those that blocks may name, or may have named, the oldest first.</summary>
    public ImmutableArray<NamedShare> All => _pool.All;

    /// <summary>Those that the next block may name as far as their height tells, the oldest first.</summary>
    /// <param name="height">Height of the tip.</param>
    public ImmutableArray<NamedShare> Nameable(int height) =>
        profile.Weak is { } rule ? [.. _pool.All.Where(share => share.Header.Height + rule.Depth > height + 1L)] : [];

    /// <summary>How many wait: for their parent or its branch, for a mainchain block, or for time.</summary>
    public int WaitingCount => _pool.WaitingCount;

    /// <summary>Times of the headers that wait, Unix seconds.</summary>
    public IEnumerable<uint> WaitingTimes => _pool.Waiting.Select(share => share.Header.Time);

    /// <summary>Takes one.</summary>
    /// <param name="share">What travels of it.</param>
    /// <param name="isWorkChecked">True where <see cref="ShareChecks.CheckWeak(ShareBlock, SharechainProfile)"/> found it good.
    /// </param>
    /// <param name="now">The local clock, Unix seconds.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async ValueTask<ShareResult> TakeAsync(
        NamedShare share, bool isWorkChecked, long now, CancellationToken cancellation)
    {
        if (_pool.IsSeen(share.Id))
        {
            return new ShareResult(share.Id, SubmitCode.Duplicate) { IsWeak = true };
        }

        var fault = isWorkChecked ? ShareRefusal.None : ShareChecks.CheckWeak(share, profile);
        if (fault != ShareRefusal.None)
        {
            return new ShareResult(share.Id, SubmitCode.Refused, fault, fault.Code());
        }

        // The mainchain is asked about a header only where the share stands on the chain here, with the target that is due there:
        // that is work of the chain's own price, which nobody spends on questions.
        var (verdict, height) = check(share);
        if (verdict.Refusal == ShareRefusal.MainPreviousUnknown)
        {
            await view.LearnFromAsync(share.Proof.MainHeader.Previous, ask, now, cancellation).ConfigureAwait(false);
            (verdict, height) = check(share);
        }

        if (verdict.IsDeferred)
        {
            _pool.Wait(share);
        }

        if (!verdict.IsValid)
        {
            var code = verdict.IsDeferred ? SubmitCode.Deferred : SubmitCode.Refused;
            return new ShareResult(share.Id, code, verdict.Refusal, verdict.ToString());
        }

        if (!_pool.Add(share, height))
        {
            return new ShareResult(share.Id, SubmitCode.Duplicate) { IsWeak = true };
        }

        taken(share);
        return new ShareResult(share.Id, SubmitCode.SideChain) { IsWeak = true };
    }

    /// <summary>Tries those that wait; they wait on where they still have to, and where the mainchain cannot be asked.</summary>
    public async Task RetryAsync(long now, CancellationToken cancellation)
    {
        var left = new Queue<NamedShare>(_pool.TakeWaiting());
        try
        {
            while (left.TryPeek(out var share))
            {
                await TakeAsync(share, true, now, cancellation).ConfigureAwait(false);
                left.Dequeue();
            }
        }
        finally
        {
            foreach (var share in left)
            {
                _pool.Wait(share);
            }
        }
    }
}
