using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Testing;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Shares;

/// <summary>When shares that wait are tried again: at news of the mainchain, else ever more seldom.</summary>
public sealed class WaitingSharesTests : IAsyncLifetime
{
    private readonly List<SupervisedFailure> _failed = [];
    private EmbeddedMainchain _main = null!;
    private volatile int _waiting;
    private volatile int _tried;
    private volatile int _counted;

    public async ValueTask InitializeAsync() => _main = await Lab.MainchainAsync(new ManualClock(), premine: 1);

    public async ValueTask DisposeAsync() => await _main.DisposeAsync();

    [Fact]
    public async Task They_are_tried_after_pauses_that_double_up_to_half_a_minute()
    {
        const int tries = 8;
        var clock = new HurriedClock();
        var enough = new TaskCompletionSource();
        _waiting = 1;
        await using (New(clock, () =>
        {
            if (_tried == tries) enough.TrySetResult();
        }))
        {
            await enough.Task;
        }

        Assert.Equal([1, 2, 4, 8, 16, 30, 30], clock.Pauses.Select(pause => pause.TotalSeconds).Take(tries - 1));
    }

    [Fact]
    public async Task One_that_waits_for_its_time_is_tried_when_that_comes_and_not_a_pause_later()
    {
        // The time stands still: however slow the machine is, nothing comes nearer by itself.
        var clock = new HurriedClock { Now = DateTimeOffset.UnixEpoch };
        var enough = new TaskCompletionSource();
        _waiting = 1;
        var due = clock.GetUtcNow().ToUnixTimeSeconds() + 7;
        await using (New(clock, () => _ = _tried == 6 && enough.TrySetResult(), () => due))
        {
            await enough.Task;
        }

        // Its time is nearer than the next pause is long: so is the pause.
        Assert.Equal([1, 2, 4, 7, 7], clock.Pauses.Select(pause => pause.TotalSeconds).Take(5));
    }

    [Fact]
    public async Task What_the_mainchain_tells_and_one_more_that_waits_has_them_tried_and_none_that_waits_nothing()
    {
        await using var shares = New(new StillClock());
        await Eventually.TrueAsync(() => _counted == 2, "the first look at nothing");
        shares.Call();
        await Eventually.TrueAsync(() => _counted == 4, "the second look at nothing");
        Assert.Equal((0, 0), (_tried, _main.EventReaders));

        _waiting = 1;
        shares.Call();
        await Eventually.TrueAsync(() => _tried == 1 && _main.EventReaders == 1, "the first try");
        await _main.MineAsync(1, cancellation: TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => _tried == 2, "the block to be heard of");
        shares.Call();
        await Eventually.TrueAsync(() => _tried == 3, "the next share");
    }

    [Fact]
    public async Task A_mainchain_that_is_away_and_a_bug_end_nothing()
    {
        _waiting = 1;
        await using var shares = New(new HurriedClock(), () =>
        {
            if (_tried == 1) throw new ChainUnavailableException("away");
            if (_tried == 2) throw new InvalidOperationException("a bug");
            _waiting = 0;
        });
        await Eventually.TrueAsync(() => _waiting == 0, "the third try");
        Assert.Equal([true, false], _failed.Select(failure => failure.IsPassing));
    }

    private WaitingShares New(TimeProvider clock, Action? retry = null, Func<long?>? due = null) => new(
        _main, clock,
        () =>
        {
            _counted++;
            return _waiting;
        },
        due ?? (() => null),
        _ =>
        {
            _tried++;
            retry?.Invoke();
            return Task.CompletedTask;
        },
        _failed.Add);

    /// <summary>A clock whose timers are never due.</summary>
    private sealed class StillClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
    }
}
