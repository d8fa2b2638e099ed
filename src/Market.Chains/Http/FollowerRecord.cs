using Market.Bitcoin;

namespace Market.Chains.Http;

/// <summary>How a followed server stands, for whoever asks, and those who wait until the chain has its tip.</summary>
internal sealed class FollowerRecord
{
    private readonly Lock _lock = new();
    private readonly List<TaskCompletionSource> _waiting = [];
    private FollowerStatus _status = new(false, 0, 0, null);

    public FollowerStatus Status => Volatile.Read(ref _status);

    /// <summary>Returns when the chain has the server's tip, now or later.</summary>
    public async Task WaitLiveAsync(CancellationToken cancellation)
    {
        TaskCompletionSource waiter;
        lock (_lock)
        {
            if (_status.IsLive)
            {
                return;
            }

            waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add(waiter);
        }

        await waiter.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>The chain has the server's tip.</summary>
    /// <param name="now">Unix seconds.</param>
    public void Succeed(long now)
    {
        lock (_lock)
        {
            Volatile.Write(ref _status, _status with { IsLive = true, LastHeard = now, LastError = null });
            _waiting.ForEach(waiter => waiter.TrySetResult());
            _waiting.Clear();
        }
    }

    /// <summary>The server does not serve any more, and why.</summary>
    public void Fail(string message) => Change(status => status with { IsLive = false, LastError = message });

    /// <summary>Something went wrong that the chain does without.</summary>
    public void Note(string message) => Change(status => status with { LastError = message });

    /// <summary>What the server sent broke a rule. At once: who sees that a block was refused sees why.</summary>
    public void Refuse(string message) => Change(status => status with
    {
        IsLive = false,
        LastError = message,
        RefusedBlocks = status.RefusedBlocks + 1,
    });

    /// <summary>What a walk over the server's headers cost, and what it found.</summary>
    public void Count(BranchWalk walk) => Change(status => status with
    {
        HeaderBytes = status.HeaderBytes + walk.BytesRead,
        IsLight = walk.IsLight,
    });

    /// <summary>The tip that the server tells of.</summary>
    public void Hear(TipPayload tip) => Change(status => status with
    {
        Tip = Hash256.TryParse(tip.Id, out var id) ? new BlockRef(id, tip.Height) : null,
    });

    private void Change(Func<FollowerStatus, FollowerStatus> change)
    {
        lock (_lock)
        {
            Volatile.Write(ref _status, change(_status));
        }
    }
}
