using Market.Client.Agent;
using Market.Client.Api;
using Market.Client.Orders;
using Market.Client.Strategies;
using Market.Client.Tests.Orders;
using Market.Contracts;
using Market.Strategies;
using Market.Testing.Chains;

namespace Market.Client.Tests.Agent;

/// <summary>Nothing quotes on with a dead agent behind it.</summary>
public sealed class WithAgentTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_bot_whose_agent_ends_cancels_its_quotes_and_fails(bool throws)
    {
        await using var arena = await Arena.StartAsync();
        var clock = new QuickClock();
        using var market = new OrderExchange(clock);
        using var log = OrderLog.Open(null);
        using var api = new MarketApi(new Uri("http://market.test"), arena.Seller.Wallet.Keys, clock, market);
        var desk = new OrderDesk(api, arena.Seller.Wallet, log, _ => false, clock);
        var options = new MakerOptions { Levels = 1, Size = new(Quantity.UnitsPerShare) };
        var maker = new MarketMaker(api, desk, arena.Seller.Wallet, options, TimeProvider.System);
        var quoted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        market.Fate = (method, _) =>
        {
            if (market.Open.Count > 0)
            {
                quoted.TrySetResult();
            }

            return Way.Well;
        };

        var ended = await Assert.ThrowsAsync<AgentEndedException>(() => WithAgent.RunAsync(
            async stop =>
            {
                await quoted.Task.WaitAsync(stop);
                Assert.NotEmpty(market.Open);
                if (throws)
                {
                    throw new InvalidOperationException("a bug");
                }
            },
            maker.RunAsync,
            Now));

        Assert.Equal(throws, ended.Message.Contains("a bug"));
        Assert.Empty(market.Open);
        Assert.NotEmpty(market.Orders);
    }

    // Hearing of new swaps would go on for ever, and look alive.
    [Fact]
    public async Task An_agent_ends_with_the_first_of_its_parts_that_fails()
    {
        await using var arena = await Arena.StartAsync();
        arena.Seller.Fate.Down = _ => throw new InvalidOperationException("a bug");

        var failed = await Assert.ThrowsAsync<InvalidOperationException>(
            () => arena.Seller.Agent.RunAsync(Now).WaitAsync(Eventually.Patience, Now));
        Assert.Equal("a bug", failed.Message);
    }

    [Fact]
    public async Task An_agent_that_fails_at_once_fails_the_program() =>
        await Assert.ThrowsAsync<AgentEndedException>(() => WithAgent.RunAsync(
            _ => throw new InvalidOperationException("a bug"), stop => Task.Delay(Timeout.Infinite, stop), Now));

    [Fact]
    public async Task The_agent_outlives_the_work_that_is_stopped()
    {
        using var leave = new CancellationTokenSource();
        var (agentIsThere, workEndedWithIt) = (true, false);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => WithAgent.RunAsync(
            async stop =>
            {
                try
                {
                    await leave.CancelAsync();
                    await Task.Delay(Timeout.Infinite, stop);
                }
                finally
                {
                    agentIsThere = false;
                }
            },
            async stop =>
            {
                try
                {
                    await Task.Delay(Timeout.Infinite, stop);
                }
                finally
                {
                    workEndedWithIt = agentIsThere;
                }
            },
            leave.Token));

        Assert.True(workEndedWithIt);
    }

    [Fact]
    public async Task Work_that_is_done_stops_the_agent_and_gives_its_result() => Assert.Equal(
        7, await WithAgent.RunAsync(stop => Task.Delay(Timeout.Infinite, stop), _ => Task.FromResult(7), Now));

    [Fact]
    public async Task Of_several_tasks_the_first_that_ends_ends_all()
    {
        var stopped = 0;
        async Task GoOnAsync(CancellationToken stop)
        {
            try
            {
                await Task.Delay(Timeout.Infinite, stop);
            }
            finally
            {
                Interlocked.Increment(ref stopped);
            }
        }

        var failed = await Assert.ThrowsAsync<InvalidOperationException>(() => WithAgent.AllAsync(
            Now, [GoOnAsync, _ => throw new InvalidOperationException("a bug"), GoOnAsync]));
        Assert.Equal("a bug", failed.Message);
        Assert.Equal(2, stopped);
        await Assert.ThrowsAsync<AgentEndedException>(() => WithAgent.AllAsync(Now, [GoOnAsync, _ => Task.CompletedTask]));
    }
}
