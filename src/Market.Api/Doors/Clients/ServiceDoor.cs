using Market.Standing;

namespace Market.Api.Doors.Clients;

/// <summary>
/// The gates before the server's work: who waits, waits without a thread, in the order that <see cref="Limiter"/> decides. Safe
/// from any thread; nothing is done under its lock but deciding.
/// </summary>
/// <param name="limiter">What decides. Nobody else uses it.</param>
/// <param name="clock">The time.</param>
public sealed class ServiceDoor(Limiter limiter, TimeProvider clock)
{
    // Prices follow from differences of time alone.
    private readonly long _start = clock.GetTimestamp();
    private readonly Lock _gate = new();

    /// <summary>Waits for a place.</summary>
    /// <param name="kind">Of work.</param>
    /// <param name="call">The call.</param>
    /// <param name="beyond">What waits behind the gate, in thousandths of what may.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The call, which has a place and is to <see cref="Leave"/>, or is refused.</returns>
    public async ValueTask<AskedCall> EnterAsync(GateKind kind, Call call, long beyond, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        AskedCall asked;
        IReadOnlyList<AskedCall> gone;
        TaskCompletionSource? turn = null;
        lock (_gate)
        {
            asked = limiter.Enter(kind, call, beyond, Now, out gone);
            if (asked.State == CallState.Waiting)
                asked.Tag = turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        Tell(gone);
        if (turn is not null) await WaitAsync(kind, asked, turn.Task, cancel);
        return asked;
    }

    /// <summary>Gives a place back.</summary>
    public void Leave(GateKind kind, AskedCall call)
    {
        AskedCall? next;
        lock (_gate) next = limiter.Leave(kind, call);
        if (next is not null) Tell([next]);
    }

    /// <summary>What a call would cost now, were others waiting.</summary>
    public long PriceOf(GateKind kind, int weight, string key)
    {
        lock (_gate) return limiter.PriceOf(kind, weight, key, Now);
    }

    /// <summary>The weight of a key's calls in the last ten seconds.</summary>
    public long RateOf(string key)
    {
        lock (_gate) return limiter.RateOf(key, Now);
    }

    /// <summary>How each gate stands now.</summary>
    public IReadOnlyList<GateSight> Look()
    {
        lock (_gate)
        {
            return [.. limiter.Gates.Select((gate, at) => new GateSight(
                (GateKind)at, gate.Rules.Places, gate.InUse, gate.Waiting, gate.Load.Level, gate.Load.Factor))];
        }
    }

    private long Now => (long)clock.GetElapsedTime(_start).TotalMilliseconds;

    private async ValueTask WaitAsync(GateKind kind, AskedCall asked, Task turn, CancellationToken cancel)
    {
        try
        {
            await turn.WaitAsync(TimeSpan.FromMilliseconds(GateRules.LongestWait), clock, cancel);
        }
        catch (TimeoutException)
        {
            // Its own timer says so, whatever the other clock shows: those that came before it have waited longer still.
            IReadOnlyList<AskedCall> late;
            lock (_gate) late = limiter.Expire(Math.Max(Now, asked.Entered + GateRules.LongestWait));
            Tell(late);
        }
        catch (OperationCanceledException)
        {
            Leave(kind, asked);
            throw;
        }
    }

    private static void Tell(IReadOnlyList<AskedCall> calls)
    {
        foreach (var call in calls) (call.Tag as TaskCompletionSource)?.TrySetResult();
    }
}

/// <summary>How a gate stands.</summary>
/// <param name="Kind">Of work.</param>
/// <param name="Places">Calls that are worked on at once.</param>
/// <param name="InUse">Calls that are worked on now.</param>
/// <param name="Waiting">Calls that wait.</param>
/// <param name="Level">The smoothed load, in thousandths of the places.</param>
/// <param name="Factor">What it does to prices; 0 while all is free.</param>
public readonly record struct GateSight(GateKind Kind, int Places, int InUse, int Waiting, long Level, int Factor);
