using Market.Chains.P2PoolV2;
using Market.Testing.Chains;
using Market.Testing.Chains.P2PoolV2;

namespace Market.Chains.Tests.P2PoolV2;

/// <summary>A p2poolv2 node's websocket wakes, and tells nothing.</summary>
public sealed class P2PoolHintTests
{
    private static readonly PoolChain Chain = PoolChain.Recorded(P2PoolVersion.SinceV014);

    [Theory]
    [InlineData("""{"topic":"Share","data":{"blockhash":"00"}}""")]
    [InlineData("nonsense")]
    public async Task Any_message_is_a_hint(string message)
    {
        await using var node = new PoolHost(Chain, "admin:+/=?");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var news = 0;
        var listening = HintOf($"http://admin:%2B%2F%3D%3F@127.0.0.1:{node.Address.Port}")
            .ListenAsync(() => Interlocked.Increment(ref news), stop.Token);
        await Eventually.TrueAsync(() => node.Said.Count == 1, "it subscribes");
        Assert.Equal("""{"action":"subscribe","topic":"shares"}""", node.Said[0]);
        await node.HintAsync(message);
        await Eventually.TrueAsync(() => Volatile.Read(ref news) == 1, "the hint arrives");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
    }

    [Fact]
    public async Task A_message_without_end_is_not_listened_to()
    {
        await using var node = new PoolHost(Chain);
        var listening = HintOf(node.Address.ToString()).ListenAsync(() => { }, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => node.Said.Count == 1, "it subscribes");
        await node.HintAsync(new string('x', 70_000));
        Assert.Equal(P2PoolTrouble.Nonsense, (await Assert.ThrowsAsync<P2PoolException>(() => listening)).Trouble);
    }

    [Fact]
    public async Task A_wrong_sign_in_and_a_node_that_is_away_are_told_as_trouble()
    {
        await using var node = new PoolHost(Chain, "admin:secret");
        foreach (var address in new[]
        {
            $"http://admin:wrong@127.0.0.1:{node.Address.Port}", $"http://127.0.0.1:{NodeHost.FreePort()}",
        })
        {
            var told = await Assert.ThrowsAsync<P2PoolException>(
                () => HintOf(address).ListenAsync(() => { }, TestContext.Current.CancellationToken));
            Assert.Equal(P2PoolTrouble.Away, told.Trouble);
            Assert.DoesNotContain("wrong", told.Message, StringComparison.Ordinal);
        }
    }

    private static P2PoolHint HintOf(string address) => new(P2PoolOptions.Of(new Uri(address)), new ManualClock(Chain.Time));
}
