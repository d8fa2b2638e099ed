using Market.Api.Chains;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Watching;
using Market.Contracts;
using Market.Testing.Chains;

namespace Market.Api.Tests.Orders;

/// <summary>When a chain can be traded on, by a clock moved by hand.</summary>
public sealed class ChainSightTests
{
    private const int Spacing = 600;

    private readonly ManualClock _clock = new();
    private readonly TestChain _chain = new(ChainKind.Mainchain);
    private readonly TestChain _other = new(ChainKind.Mainchain);

    public ChainSightTests() => _chain.Tip = _other.Tip = Tip(100);

    [Fact]
    public async Task A_chain_whose_blocks_come_is_live()
    {
        var sight = Sight();
        for (var height = 100; height < 110; height++)
        {
            _chain.Tip = Tip(height);
            Assert.Equal(ChainVerdict.Live, await sight.LookAsync(default));
            _clock.Advance(TimeSpan.FromSeconds(Spacing));
        }
    }

    [Fact]
    public async Task A_chain_without_a_block_for_far_longer_than_its_spacing_lags_until_one_comes()
    {
        var sight = Sight();
        await sight.LookAsync(default);
        _clock.Advance(sight.Lag);
        Assert.Equal(ChainVerdict.Live, await sight.LookAsync(default));
        _clock.Advance(TimeSpan.FromSeconds(1));
        var verdict = (await sight.LookAsync(default))!.Value;
        Assert.Equal(Health.Lagging, verdict.Health);
        Assert.Contains("mainchain lags: no block since", verdict.Reason, StringComparison.Ordinal);
        // The reason stays the same while the same is wrong: it goes into the journal and to every reader.
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(verdict, await sight.LookAsync(default));

        _chain.Tip = Tip(101);
        Assert.Equal(ChainVerdict.Live, await sight.LookAsync(default));
    }

    [Fact]
    public async Task Blocks_that_come_fast_and_are_old_are_a_node_catching_up()
    {
        var sight = Sight();
        _chain.Tip = Tip(100, -sight.Lag - TimeSpan.FromSeconds(ChainFreshness.TimeSpacings * Spacing));
        Assert.Equal(ChainVerdict.Live, await sight.LookAsync(default));
        _chain.Tip = Tip(101, -sight.Lag - TimeSpan.FromSeconds(ChainFreshness.TimeSpacings * Spacing + 1));
        var verdict = (await sight.LookAsync(default))!.Value;
        Assert.Equal(Health.Lagging, verdict.Health);
        Assert.Contains("newest block is of", verdict.Reason, StringComparison.Ordinal);
        // Nothing can be traded on a chain that has only its genesis, however old.
        _chain.Tip = Tip(0, TimeSpan.FromDays(-900));
        Assert.Equal(ChainVerdict.Live, await sight.LookAsync(default));
    }

    [Fact]
    public async Task A_fast_chain_is_given_five_minutes()
    {
        var sight = new ChainSight(_chain, ChainName.Sharechain, 2, null, _clock);
        await sight.LookAsync(default);
        _clock.Advance(TimeSpan.FromSeconds(ChainFreshness.LeastLag));
        Assert.Equal(ChainVerdict.Live, await sight.LookAsync(default));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Health.Lagging, (await sight.LookAsync(default))!.Value.Health);
    }

    [Fact]
    public async Task A_node_that_says_it_is_behind_is_believed()
    {
        _chain.Trouble = "its node is still in its initial download";
        Assert.Equal(
            new ChainVerdict(Health.Lagging, "The mainchain lags: its node is still in its initial download."),
            await Sight().LookAsync(default));
    }

    [Fact]
    public async Task An_answer_that_is_missed_twice_changes_nothing_and_three_times_means_down()
    {
        var sight = Sight();
        _chain.Away = true;
        Assert.Null(await sight.LookAsync(default));
        Assert.Null(await sight.LookAsync(default));
        Assert.Equal(Health.Down, (await sight.LookAsync(default))!.Value.Health);
        _chain.Away = false;
        Assert.Equal(ChainVerdict.Live, await sight.LookAsync(default));
    }

    [Fact]
    public async Task Two_nodes_that_differ_at_the_tip_only_are_well()
    {
        var sight = Sight(_other);
        _chain.Ids = height => height <= 97 ? Id(height) : Id(1_000 + height);
        for (var i = 0; i < 2 * ChainFreshness.MostMissed; i++) Assert.Equal(ChainVerdict.Live, await sight.LookAsync(default));
    }

    [Fact]
    public async Task Two_nodes_that_see_different_blocks_stop_trading_until_they_agree()
    {
        var sight = Sight(_other);
        _chain.Ids = height => height <= 96 ? Id(height) : Id(1_000 + height);
        Assert.Null(await sight.LookAsync(default));
        Assert.Null(await sight.LookAsync(default));
        Assert.Equal(
            new ChainVerdict(Health.Down, "Two nodes of the mainchain disagree about its blocks."),
            await sight.LookAsync(default));
        _chain.Ids = Id;
        Assert.Equal(ChainVerdict.Live, await sight.LookAsync(default));
    }

    [Fact]
    public async Task A_node_that_another_is_ahead_of_lags()
    {
        var sight = Sight(_other);
        _other.Tip = Tip(103);
        for (var i = 0; i < 2 * ChainFreshness.MostMissed; i++) Assert.Equal(ChainVerdict.Live, await sight.LookAsync(default));
        _other.Tip = Tip(104);
        Assert.Null(await sight.LookAsync(default));
        Assert.Null(await sight.LookAsync(default));
        Assert.Equal(Health.Lagging, (await sight.LookAsync(default))!.Value.Health);
    }

    [Fact]
    public async Task A_second_node_that_is_away_stops_trading_too()
    {
        var sight = Sight(_other);
        _other.Away = true;
        for (var i = 1; i < ChainFreshness.MostMissed; i++) Assert.Null(await sight.LookAsync(default));
        Assert.Equal(Health.Down, (await sight.LookAsync(default))!.Value.Health);
    }

    private static Hash256 Id(int height) => Hash256.DoubleSha256(BitConverter.GetBytes(height));

    private ChainSight Sight(IChain? second = null) => new(_chain, ChainName.Mainchain, Spacing, second, _clock);

    private ChainHead Tip(int height, TimeSpan age = default)
    {
        var time = (uint)(_clock.GetUtcNow() + age).ToUnixTimeSeconds();
        return new ChainHead(Id(height), height, time, time);
    }
}
