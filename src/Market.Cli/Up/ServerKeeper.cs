using Market.Cli.Common;

namespace Market.Cli.Up;

/// <summary>Asks a server the time and starts it again where it is gone or deaf: with growing pauses, so many times an hour, and
/// saying so.</summary>
/// <param name="start">Starts a server and waits until it answers.</param>
/// <param name="say">Is told what happens.</param>
/// <param name="clock">The time.</param>
/// <param name="rules">How.</param>
public sealed class ServerKeeper(
    Func<CancellationToken, Task<IKeptServer>> start, Action<string> say, TimeProvider clock, KeeperRules rules)
{
    private readonly Queue<long> _restarts = new();

    /// <summary>Keeps a server up until cancelled; then it is stopped.</summary>
    /// <param name="server">It runs already.</param>
    /// <param name="cancellation">Ends the keeping, and the server with it.</param>
    /// <exception cref="CliException">It was started again as often as it may be.</exception>
    public async Task KeepAsync(IKeptServer server, CancellationToken cancellation)
    {
        var running = server;
        try
        {
            while (true)
            {
                var what = await FailureAsync(running, cancellation);
                var failed = running;
                await failed.EndAsync();
                await failed.DisposeAsync();
                running = await StartAgainAsync(what, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            await running.DisposeAsync();
        }
    }

    /// <summary>Waits until the server is gone or deaf; says which.</summary>
    private async Task<string> FailureAsync(IKeptServer server, CancellationToken cancellation)
    {
        for (var missed = 0; missed < rules.Misses;)
        {
            var answer = server.AnswersAsync(rules.Patience, cancellation);
            if (await Task.WhenAny(server.Exited, answer) == server.Exited)
            {
                return "The server ended by itself";
            }

            missed = await answer ? 0 : missed + 1;
            if (await Task.WhenAny(server.Exited, Task.Delay(rules.Pause, clock, cancellation)) == server.Exited)
            {
                return "The server ended by itself";
            }

            cancellation.ThrowIfCancellationRequested();
        }

        return $"The server does not answer any more, asked {rules.Misses} times for {rules.Patience.TotalSeconds:0} s each";
    }

    private async Task<IKeptServer> StartAgainAsync(string why, CancellationToken cancellation)
    {
        while (true)
        {
            while (_restarts.TryPeek(out var oldest) && clock.GetElapsedTime(oldest) > rules.Memory)
            {
                _restarts.Dequeue();
            }

            if (_restarts.Count >= rules.MostRestarts)
            {
                throw new CliException(
                    "server-ended",
                    $"{why}. It was started again {_restarts.Count} times within {rules.Memory.TotalMinutes:0} minutes: "
                    + "it stays down until market up is run again.");
            }

            var wait = TimeSpan.FromTicks(Math.Min(rules.LongestWait.Ticks, rules.FirstWait.Ticks << _restarts.Count));
            _restarts.Enqueue(clock.GetTimestamp());
            say($"{why}. Starting it again in {wait.TotalSeconds:0.#} s (restart {_restarts.Count} of at most "
                + $"{rules.MostRestarts} in {rules.Memory.TotalMinutes:0} minutes).");
            await Task.Delay(wait, clock, cancellation);
            try
            {
                var server = await start(cancellation);
                say("The server answers again.");
                return server;
            }
            catch (CliException failed)
            {
                why = failed.Message.TrimEnd('.');
            }
        }
    }
}
