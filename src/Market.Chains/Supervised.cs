namespace Market.Chains;

/// <summary>A failure of what runs for ever, and what follows.</summary>
/// <param name="Name">What failed.</param>
/// <param name="Error">Why.</param>
/// <param name="IsPassing">True where something that it needs is away; false where it is a bug.</param>
/// <param name="Pause">How long it waits before it begins again.</param>
public sealed record SupervisedFailure(string Name, Exception Error, bool IsPassing, TimeSpan Pause);

/// <summary>
/// Whatever runs for ever runs in this: it is begun again after a failure, after pauses that double up to a bound; one place tells
/// of failures, and one state says how it is doing. What is away and what is a bug are told apart, and neither ends it: it
/// stops when it is asked to, and not before.
/// </summary>
/// <param name="name">What runs, for people.</param>
/// <param name="clock">The time of pauses.</param>
/// <param name="isPassing">Whether an exception says that something is away; any other is a bug.</param>
/// <param name="failed">Told of each failure: return quickly.</param>
public sealed class Supervised(
    string name, TimeProvider clock, Func<Exception, bool> isPassing, Action<SupervisedFailure>? failed = null)
{
    /// <summary>The pause after a first failure.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    /// <summary>No pause is longer.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private volatile SupervisedFailure? _trouble;
    private TimeSpan _pause = FirstPause;

    /// <summary>The failure since which nothing went well; null while all does.</summary>
    public SupervisedFailure? Trouble => _trouble;

    /// <summary>It works again: what runs says so after each thing that went well. The next failure's pause is the first.</summary>
    public void IsWell()
    {
        _trouble = null;
        _pause = FirstPause;
    }

    /// <summary>Runs it, again and again, until it is asked to stop. Where it returns by itself it is begun again after a pause.
    /// </summary>
    /// <param name="run">What runs. It calls <see cref="IsWell"/> when something went well.</param>
    /// <param name="stop">Asks it to stop.</param>
    public async Task RunAsync(Func<CancellationToken, Task> run, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(run);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await run(stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Fail(e, isPassing(e));
            }
            await PauseAsync(stop).ConfigureAwait(false);
        }
    }

    /// <summary>Does one thing, again and again while what it needs is away, until it is done.</summary>
    /// <param name="act">What is done; safe to repeat.</param>
    /// <param name="stop">Gives up.</param>
    /// <returns>True where it was done at once.</returns>
    /// <exception cref="OperationCanceledException">Given up.</exception>
    /// <exception cref="Exception">What it throws that is not passing: a bug, thrown on.</exception>
    public async Task<bool> UntilDoneAsync(Func<CancellationToken, Task> act, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(act);
        for (var isFirst = true; ; isFirst = false)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                await act(stop).ConfigureAwait(false);
                IsWell();
                return isFirst;
            }
            catch (Exception e) when (isPassing(e))
            {
                Fail(e, passing: true);
            }
            await PauseAsync(stop).ConfigureAwait(false);
        }
    }

    private void Fail(Exception error, bool passing)
    {
        var failure = new SupervisedFailure(name, error, passing, _pause);
        _trouble = failure;
        failed?.Invoke(failure);
    }

    private async Task PauseAsync(CancellationToken stop)
    {
        await Task.Delay(_pause, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
    }
}
