using Market.Api.Realtime;

namespace Market.Api.Tests.Interface;

/// <summary>Who waits is woken, once for all that came, and nobody sleeps through anything.</summary>
public sealed class WakeningTests
{
    [Fact]
    public async Task What_was_set_before_is_not_waited_for_and_counts_once()
    {
        var waking = new Wakening();
        waking.Set();
        waking.Set();
        await waking.WaitAsync(CancellationToken.None);
        var second = waking.WaitAsync(CancellationToken.None);
        Assert.False(second.IsCompleted);
        waking.Set();
        await second;
    }

    [Fact]
    public async Task One_that_is_cancelled_ends_and_can_be_waited_for_again()
    {
        var waking = new Wakening();
        using var cancel = new CancellationTokenSource();
        var cancelled = waking.WaitAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await cancelled);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waking.WaitAsync(cancel.Token));
        var again = waking.WaitAsync(CancellationToken.None);
        waking.Set();
        await again;
    }

    [Fact]
    public async Task Nothing_is_slept_through_that_many_tell()
    {
        const int each = 20_000;
        var waking = new Wakening();
        var (told, seen) = (0, 0);
        var telling = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < each; i++)
            {
                Interlocked.Increment(ref told);
                waking.Set();
            }
        })));
        while (seen < 4 * each)
        {
            await waking.WaitAsync(TestContext.Current.CancellationToken);
            seen = Volatile.Read(ref told);
        }
        await telling;
    }
}
