using System.Threading.Tasks.Sources;

namespace Market.Api.Realtime;

/// <summary>What one reader waits for, again and again, and anybody may wake it from: once woken it stays so until it is waited
/// for. Of thousands that are woken by every message none allocates anything.</summary>
internal sealed class Wakening : IValueTaskSource
{
    private readonly Lock _gate = new();
    private CancellationTokenRegistration _gone;
    private bool _isSet;
    private bool _isWaitedFor;

    // Whoever wakes a reader holds its channel's lock: the reader goes on on a thread of its own.
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };

    /// <summary>Wakes who waits, or who comes to wait next. Safe from any thread.</summary>
    public void Set()
    {
        lock (_gate)
        {
            if (!_isWaitedFor)
            {
                _isSet = true;
                return;
            }
            _isWaitedFor = false;
        }
        _core.SetResult(true);
    }

    /// <summary>Waits until it is set. Only one caller at a time, who awaits it once.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ValueTask WaitAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        short version;
        lock (_gate)
        {
            if (_isSet)
            {
                _isSet = false;
                return ValueTask.CompletedTask;
            }
            _core.Reset();
            _isWaitedFor = true;
            version = _core.Version;
        }
        _gone = cancel.UnsafeRegister(static (self, token) => ((Wakening)self!).Cancel(token), this);
        return new ValueTask(this, version);
    }

    void IValueTaskSource.GetResult(short token)
    {
        _gone.Dispose();
        _core.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken cancel)
    {
        lock (_gate)
        {
            if (!_isWaitedFor) return;
            _isWaitedFor = false;
        }
        _core.SetException(new OperationCanceledException(cancel));
    }
}
