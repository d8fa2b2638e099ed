namespace Market.Chains.Tests;

/// <summary>What runs for ever: begun again, after which pauses, and what is told of it.</summary>
public sealed class SupervisedTests
{
    private readonly HurriedClock _clock = new();
    private readonly List<SupervisedFailure> _told = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Supervised New() => new("it", _clock, e => e is ChainUnavailableException, _told.Add);

    [Fact]
    public async Task It_begins_again_after_pauses_that_double_up_to_a_bound()
    {
        const int failures = 9;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var runs = 0;
        await New().RunAsync(async cancel =>
        {
            if (++runs > failures) await stop.CancelAsync();
            cancel.ThrowIfCancellationRequested();
            throw new ChainUnavailableException("away");
        }, stop.Token);

        Assert.Equal(failures + 1, runs);
        Assert.Equal(
            [.. Enumerable.Range(0, failures).Select(n => Supervised.FirstPause * (1 << n))
                .Select(pause => pause < Supervised.LongestPause ? pause : Supervised.LongestPause)], _clock.Pauses);
        Assert.Equal(_clock.Pauses, _told.Select(failure => failure.Pause));
    }

    [Fact]
    public async Task What_went_well_forgets_the_trouble_and_the_pauses()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var supervised = New();
        var runs = 0;
        var seen = new List<bool>();
        await supervised.RunAsync(async cancel =>
        {
            runs++;
            seen.Add(supervised.Trouble is not null);
            if (runs == 3) supervised.IsWell();
            seen.Add(supervised.Trouble is not null);
            if (runs == 4) await stop.CancelAsync();
            cancel.ThrowIfCancellationRequested();
            throw new ChainUnavailableException("away");
        }, stop.Token);

        Assert.Equal([false, false, true, true, true, false, true, true], seen);
        Assert.Equal([Supervised.FirstPause, 2 * Supervised.FirstPause, Supervised.FirstPause], _clock.Pauses);
    }

    [Fact]
    public async Task A_bug_is_told_as_one_and_ends_nothing()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var runs = 0;
        await New().RunAsync(async cancel =>
        {
            runs++;
            if (runs == 1) throw new ChainUnavailableException("away");
            if (runs == 2) throw new InvalidOperationException("a bug");
            await stop.CancelAsync();
        }, stop.Token);

        Assert.Equal(3, runs);
        Assert.Equal([true, false], _told.Select(failure => failure.IsPassing));
    }

    [Fact]
    public async Task One_thing_is_done_again_while_what_it_needs_is_away_and_a_bug_in_it_is_thrown()
    {
        var supervised = New();
        var tries = 0;
        Assert.True(await supervised.UntilDoneAsync(_ => Task.CompletedTask, Cancel));
        Assert.False(await supervised.UntilDoneAsync(
            _ => ++tries < 3 ? throw new ChainUnavailableException("away") : Task.CompletedTask, Cancel));
        Assert.Equal(3, tries);
        Assert.Null(supervised.Trouble);
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => supervised.UntilDoneAsync(_ => throw new InvalidOperationException("a bug"), Cancel));
    }

    /// <summary>A clock whose timers are due at once, and that knows for how long they were set.</summary>
    private sealed class HurriedClock : TimeProvider
    {
        public List<TimeSpan> Pauses { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
