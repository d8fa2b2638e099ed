using Market.Api.Results;

namespace Market.Api.Tests.Host;

/// <summary>Work that many ask for at once is done once, and what is kept of it is bounded.</summary>
public sealed class SharedWorkTests
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);
    private readonly Ticks _clock = new();
    private readonly List<TaskCompletionSource<int>> _asked = [];

    [Fact]
    public async Task All_who_ask_meanwhile_and_within_its_time_share_one_answer()
    {
        var shared = new SharedAnswer<int>(Freshness, _clock);
        var (one, two) = (shared.AskAsync(Ask), shared.AskAsync(Ask));
        _clock.Advance(3 * Freshness);
        var late = shared.AskAsync(Ask);
        Assert.Single(_asked);
        _asked[0].SetResult(7);

        var answers = await Task.WhenAll(one, two, late);
        Assert.Equal([7, 7, 7], answers);
    }

    [Fact]
    public async Task It_is_asked_again_once_its_time_is_over()
    {
        var shared = new SharedAnswer<int>(Freshness, _clock);
        var first = shared.AskAsync(Ask);
        _asked[0].SetResult(1);
        await first;

        _clock.Advance(Freshness - TimeSpan.FromMilliseconds(1));
        Assert.Same(first, shared.AskAsync(Ask));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.NotSame(first, shared.AskAsync(Ask));
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task One_that_failed_is_not_kept()
    {
        var shared = new SharedAnswer<int>(Freshness, _clock);
        var first = shared.AskAsync(Ask);
        _asked[0].SetException(new IOException("gone"));
        await Assert.ThrowsAsync<IOException>(() => first);

        _ = shared.AskAsync(Ask);

        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public void The_values_put_in_last_are_kept_and_no_more_than_may_be()
    {
        var values = new RecentValues<int, string>(3);
        for (var i = 0; i < 5; i++) values.Put(i, $"value {i}");
        values.Put(4, "another");

        Assert.Equal(3, values.Count);
        Assert.False(values.TryGet(1, out _));
        Assert.True(values.TryGet(2, out var oldest));
        Assert.Equal("value 2", oldest);
        Assert.True(values.TryGet(4, out var newest));
        Assert.Equal("another", newest);
    }

    private Task<int> Ask()
    {
        var answer = new TaskCompletionSource<int>();
        _asked.Add(answer);
        return answer.Task;
    }

    private sealed class Ticks : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}
