using Market.Cli.Common;
using Market.Cli.Up;
using Market.Testing;

namespace Market.Cli.Tests;

/// <summary>A server that is gone or deaf is started again, so many times and no more.</summary>
public sealed class ServerKeeperTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly KeeperRules Quick = new()
    {
        Pause = TimeSpan.FromMilliseconds(3),
        FirstWait = TimeSpan.FromSeconds(1),
        LongestWait = TimeSpan.FromSeconds(5),
        MostRestarts = 5,
    };

    private readonly HurriedClock _clock = new();
    private readonly List<string> _said = [];
    private readonly List<Played> _started = [];

    [Fact]
    public async Task One_that_ended_is_started_again_and_stopped_with_its_keeper()
    {
        using var stop = new CancellationTokenSource();
        var first = new Played();
        var keeping = Keeper(() => new Played(), Quick).KeepAsync(first, stop.Token);
        first.Die();
        await UntilAsync(() => _started.Count == 1);
        Assert.True(first.Disposed);
        Assert.False(_started[0].Disposed);
        Assert.Contains(_said, line => line.StartsWith("The server ended by itself. Starting it again", StringComparison.Ordinal));

        await stop.CancelAsync();
        await keeping;
        Assert.True(_started[0].Disposed);
        Assert.False(_started[0].WasEnded, "one that is well is stopped, not ended");
    }

    [Fact]
    public async Task One_that_is_deaf_is_ended_and_started_again_and_one_that_missed_a_few_is_not()
    {
        using var stop = new CancellationTokenSource();
        var deaf = new Played { Answers = asked => asked % Quick.Misses == 0 && asked < 40 };
        var keeping = Keeper(() => new Played(), Quick).KeepAsync(deaf, stop.Token);
        await UntilAsync(() => _started.Count == 1);
        Assert.True(deaf.WasEnded);
        // Every fourth question was answered up to number 36, counted from 0; then four in a row were not.
        Assert.Equal(37 + Quick.Misses, deaf.Asked);
        await stop.CancelAsync();
        await keeping;
    }

    [Fact]
    public async Task One_that_never_stays_up_stays_down_after_so_many_restarts_with_growing_pauses()
    {
        var first = new Played();
        first.Die();
        var keeper = Keeper(
            () =>
            {
                var dead = new Played();
                dead.Die();
                return dead;
            }, Quick);
        var error = await Assert.ThrowsAsync<CliException>(
            () => keeper.KeepAsync(first, TestContext.Current.CancellationToken).WaitAsync(Patience));
        Assert.Equal("server-ended", error.Code);
        Assert.Equal(Quick.MostRestarts, _started.Count);
        Assert.All(_started, server => Assert.True(server.Disposed));
        Assert.Equal([1, 2, 4, 5, 5], _clock.Pauses.Select(wait => wait.TotalSeconds).Where(wait => wait >= 1));
        Assert.Equal(Quick.MostRestarts, _said.Count(line => line.Contains("Starting it again", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task One_that_does_not_start_is_tried_again()
    {
        using var stop = new CancellationTokenSource();
        var first = new Played();
        first.Die();
        var tries = 0;
        var keeping = Keeper(
            () => ++tries < 3 ? throw new CliException("server-ended", "No luck.") : new Played(), Quick)
            .KeepAsync(first, stop.Token);
        await UntilAsync(() => _started.Count == 1);
        Assert.Equal(2, _said.Count(line => line.StartsWith("No luck. Starting it again", StringComparison.Ordinal)));
        await stop.CancelAsync();
        await keeping;
    }

    private ServerKeeper Keeper(Func<Played> start, KeeperRules rules) => new(
        _ =>
        {
            var server = start();
            _started.Add(server);
            return Task.FromResult<IKeptServer>(server);
        },
        _said.Add, _clock, rules);

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!condition()) await Task.Delay(5, limit.Token);
    }

    private sealed class Played : IKeptServer
    {
        private readonly TaskCompletionSource _exited = new();

        public Task Exited => _exited.Task;

        public Func<int, bool> Answers { get; init; } = _ => true;

        public int Asked { get; private set; }

        public bool WasEnded { get; private set; }

        public bool Disposed { get; private set; }

        public void Die() => _exited.TrySetResult();

        public Task<bool> AnswersAsync(TimeSpan patience, CancellationToken cancellation) =>
            Task.FromResult(Answers(Asked++));

        public Task EndAsync()
        {
            WasEnded |= !_exited.Task.IsCompleted;
            Die();
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            Disposed = true;
            Die();
            return ValueTask.CompletedTask;
        }
    }
}
