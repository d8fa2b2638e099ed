namespace Market.Chains;

/// <summary>A failure of what runs for ever, and what follows.</summary>
/// <param name="Name">What failed.</param>
/// <param name="Error">Why.</param>
/// <param name="IsPassing">True where something that it needs is away; false where it is a bug.</param>
/// <param name="Pause">How long it waits before it begins again.</param>
/// <param name="IsFirst">True for the first since something went well.</param>
public sealed record SupervisedFailure(string Name, Exception Error, bool IsPassing, TimeSpan Pause, bool IsFirst)
{
    /// <summary>What failed, in words that anybody may read: what is away says so itself, a bug is told as one.</summary>
    public string Words => IsPassing ? Error.Message : $"{Name} met a bug.";
}

/// <summary>
/// Whatever runs for ever runs in this: it is begun again after a failure, after pauses that double up to a bound; one place tells
/// of failures, and one state says how it is doing. What is away and what is a bug are told apart, and neither ends it: it
/// stops when it is asked to, and not before, unless it is of a kind that its program must not outlive (<see cref="EndsBy"/>).
/// </summary>
/// <param name="name">What runs, for people.</param>
/// <param name="clock">The time of pauses.</param>
/// <param name="isPassing">Whether an exception says that something is away; any other is a bug.</param>
/// <param name="failed">Told of each failure: return quickly.</param>
public sealed class Supervised(
    string name, TimeProvider clock, Func<Exception, bool> isPassing, Action<SupervisedFailure>? failed = null)
{
    /// <summary>The pause after a first failure, unless <see cref="Pauses"/> are given.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    /// <summary>No pause is longer, unless <see cref="Pauses"/> are given.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private volatile SupervisedFailure? _trouble;

    /// <summary>The pauses, where what runs has its own bounds: whoever asks strangers asks them more seldom.</summary>
    public Backoff Pauses { get; init; } = new(clock, FirstPause, LongestPause);

    /// <summary>What ends it: thrown on to whoever runs it, since a program must not go on without it. Nothing does unless it is
    /// given.</summary>
    public Func<Exception, bool> EndsBy { get; init; } = _ => false;

    /// <summary>The failure since which nothing went well; null while all does.</summary>
    public SupervisedFailure? Trouble => _trouble;

    /// <summary>It works again: what runs says so after each thing that went well. The next failure's pause is the first.</summary>
    public void IsWell()
    {
        _trouble = null;
        Pauses.Reset();
    }

    /// <summary>Runs it, again and again, until it is asked to stop. Where it returns by itself it is begun again after a pause.
    /// </summary>
    /// <param name="run">What runs. It calls <see cref="IsWell"/> when something went well.</param>
    /// <param name="stop">Asks it to stop.</param>
    /// <exception cref="Exception">What <see cref="EndsBy"/> says that ends it.</exception>
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
            catch (Exception e) when (!EndsBy(e))
            {
                Fail(e, isPassing(e));
            }
            await Pauses.PauseAsync(stop).ConfigureAwait(false);
        }
    }

    /// <summary>Does one step after the other, each after a wait, until it is asked to stop; after a step that fails it waits as
    /// <see cref="RunAsync"/> does.</summary>
    /// <param name="step">One step; that it returns says that it went well.</param>
    /// <param name="wait">Waits for the next: for a time, or for news.</param>
    /// <param name="stop">Asks it to stop.</param>
    /// <exception cref="Exception">What <see cref="EndsBy"/> says that ends it.</exception>
    public Task RepeatAsync(Func<CancellationToken, Task> step, Func<CancellationToken, Task> wait, CancellationToken stop) =>
        RunAsync(
            async cancel =>
            {
                while (!cancel.IsCancellationRequested)
                {
                    await step(cancel).ConfigureAwait(false);
                    IsWell();
                    await wait(cancel).ConfigureAwait(false);
                }
            },
            stop);

    /// <summary>As the other, with a pause of one length between two steps.</summary>
    /// <param name="step">One step; that it returns says that it went well.</param>
    /// <param name="pause">How long it waits after one that went well.</param>
    /// <param name="stop">Asks it to stop.</param>
    /// <exception cref="Exception">What <see cref="EndsBy"/> says that ends it.</exception>
    public Task RepeatAsync(Func<CancellationToken, Task> step, TimeSpan pause, CancellationToken stop) =>
        RepeatAsync(step, cancel => Task.Delay(pause, clock, cancel), stop);

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
            await Pauses.PauseAsync(stop).ConfigureAwait(false);
        }
    }

    /// <summary>Asks, again and again, until the answer is yes; what is away is waited for.</summary>
    /// <param name="isOver">Asks; safe to repeat.</param>
    /// <param name="pause">How long it waits after a no.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="OperationCanceledException">Given up.</exception>
    /// <exception cref="Exception">What it throws that is not passing: a bug, thrown on.</exception>
    public async Task UntilAsync(Func<CancellationToken, Task<bool>> isOver, TimeSpan pause, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(isOver);
        var answer = false;
        while (!answer)
        {
            await UntilDoneAsync(async cancel => answer = await isOver(cancel).ConfigureAwait(false), stop).ConfigureAwait(false);
            await Task.Delay(answer ? TimeSpan.Zero : pause, clock, stop).ConfigureAwait(false);
        }
    }

    private void Fail(Exception error, bool passing)
    {
        var failure = new SupervisedFailure(name, error, passing, Pauses.Next, _trouble is null);
        _trouble = failure;
        failed?.Invoke(failure);
    }
}
