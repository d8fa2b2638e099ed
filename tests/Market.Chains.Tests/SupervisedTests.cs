using Market.Testing;

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

    [Fact]
    public async Task Steps_follow_each_other_after_a_wait_and_one_that_fails_is_begun_again_after_a_pause()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var supervised = New();
        var wait = TimeSpan.FromMinutes(3);
        var steps = 0;
        await supervised.RepeatAsync(async _ =>
        {
            steps++;
            if (steps is 2 or 3) throw new ChainUnavailableException("away");
            if (steps == 6) await stop.CancelAsync();
        }, wait, stop.Token);

        Assert.Equal(6, steps);
        Assert.Equal([wait, Supervised.FirstPause, 2 * Supervised.FirstPause, wait, wait], _clock.Pauses.Take(5));
        Assert.Equal([true, false], _told.Select(failure => failure.IsFirst));
        Assert.Null(supervised.Trouble);
    }

    [Fact]
    public async Task Of_a_step_that_waits_for_news_what_went_well_is_known_before_the_news()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var supervised = New();
        var steps = 0;
        await supervised.RepeatAsync(
            _ => ++steps == 1 ? throw new ChainUnavailableException("away") : Task.CompletedTask,
            async _ =>
            {
                Assert.Null(supervised.Trouble);
                await stop.CancelAsync();
            },
            stop.Token);
        Assert.Equal(2, steps);
        Assert.Single(_told);
    }

    [Fact]
    public async Task What_ends_it_is_thrown_on_and_nothing_else_is()
    {
        var runs = 0;
        var supervised = new Supervised("it", _clock, e => e is ChainUnavailableException, _told.Add)
        {
            EndsBy = e => e is IOException,
        };
        await Assert.ThrowsAsync<IOException>(() => supervised.RunAsync(
            _ => ++runs == 1 ? throw new InvalidOperationException("a bug") : throw new IOException("the journal"), Cancel));
        Assert.Equal(2, runs);
        Assert.IsType<InvalidOperationException>(Assert.Single(_told).Error);
    }

    [Fact]
    public async Task A_question_is_asked_until_the_answer_is_yes()
    {
        var pause = TimeSpan.FromMinutes(1);
        var asked = 0;
        await New().UntilAsync(
            _ => ++asked == 2 ? throw new ChainUnavailableException("away") : Task.FromResult(asked == 4), pause, Cancel);
        Assert.Equal(4, asked);
        Assert.Equal([pause, Supervised.FirstPause, pause], _clock.Pauses.Where(set => set > TimeSpan.Zero));
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => New().UntilAsync(_ => throw new InvalidOperationException("a bug"), pause, Cancel));
    }

    [Fact]
    public async Task Whoever_asks_strangers_has_pauses_of_its_own()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var (first, longest) = (TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(20));
        var supervised = new Supervised("it", _clock, _ => true) { Pauses = new Backoff(_clock, first, longest) };
        var runs = 0;
        await supervised.RunAsync(async _ =>
        {
            if (++runs == 5) await stop.CancelAsync();
            if (runs == 4) supervised.IsWell();
            throw new ChainUnavailableException("away");
        }, stop.Token);
        Assert.Equal([first, 2 * first, longest, first], _clock.Pauses.Take(4));
    }

    [Fact]
    public async Task A_pause_ends_with_a_call_also_with_one_that_came_before_it()
    {
        using var wake = new WakeUp(TimeProvider.System);
        wake.Call();
        wake.Call();
        await wake.PauseAsync(Timeout.InfiniteTimeSpan, Cancel);
        var paused = wake.PauseAsync(Timeout.InfiniteTimeSpan, Cancel);
        Assert.False(paused.IsCompleted, "two calls ended two pauses");
        wake.Call();
        await paused;

        using var hurried = new WakeUp(_clock);
        await hurried.PauseAsync(TimeSpan.FromHours(1), Cancel);
        Assert.Equal([TimeSpan.FromHours(1)], _clock.Pauses);
        using var stop = new CancellationTokenSource();
        var stopped = wake.PauseAsync(Timeout.InfiniteTimeSpan, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        wake.Dispose();
        wake.Call();
    }

    [Fact]
    public async Task A_limit_ends_by_its_clock_by_the_other_token_or_at_once()
    {
        using var byClock = new TimeLimit(_clock, TimeSpan.FromHours(1), Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, byClock.Token));
        using var stop = new CancellationTokenSource();
        using var byToken = new TimeLimit(TimeProvider.System, Timeout.InfiniteTimeSpan, stop.Token);
        Assert.False(byToken.Token.IsCancellationRequested);
        await stop.CancelAsync();
        Assert.True(byToken.Token.IsCancellationRequested);
        using var byHand = new TimeLimit(TimeProvider.System, TimeSpan.FromHours(1), Cancel);
        await byHand.EndAsync();
        Assert.True(byHand.Token.IsCancellationRequested);
        using var shortened = new TimeLimit(TimeProvider.System, Timeout.InfiniteTimeSpan, Cancel);
        shortened.EndIn(TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, shortened.Token));
    }
}
