using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains.Tests.Shares;

/// <summary>Lives that are past are looked at in slices, each reckoned once, by the best chain as it is.</summary>
public sealed class PastLivesTests
{
    private const int Spacing = 10;
    private readonly List<PastLife> _chain = [];
    private readonly List<int> _reckoned = [];

    [Fact]
    public async Task Many_are_looked_at_in_slices_and_only_what_is_new_is_reckoned_again()
    {
        Grow(1_000);
        var lives = Lives();
        var looks = 0;
        PastVerdict verdict;
        do
        {
            var before = _reckoned.Count;
            verdict = await LookAsync(lives, since: 0);
            Assert.InRange(_reckoned.Count - before, 1, lives.Slice);
            looks++;
        }
        while (verdict == PastVerdict.Unfinished && looks < 100);

        Assert.Equal(PastVerdict.Held, verdict);
        Assert.InRange(looks, 4, 5);
        Assert.Equal(_chain.Count, _reckoned.Distinct().Count());
        Assert.InRange(_reckoned.Count, _chain.Count, _chain.Count + looks);

        _reckoned.Clear();
        Grow(3);
        Assert.Equal(PastVerdict.Held, await LookAsync(lives, since: 0));
        Assert.Equal([1_002, 1_001, 1_000], _reckoned);
    }

    [Fact]
    public async Task One_block_at_which_it_did_not_hold_is_enough_as_far_back_as_the_time_began()
    {
        Grow(20, at => at == 10 ? 0 : 100);
        Assert.Equal(PastVerdict.Held, await LookAsync(Lives(), since: 11 * Spacing));
        // A block of the very time at which it began was the tip then, and none before it.
        Assert.Equal(PastVerdict.DidNot, await LookAsync(Lives(), since: (11 * Spacing) - 1));
        Assert.Equal(PastVerdict.DidNot, await LookAsync(Lives(), since: 0));
        Assert.Equal(PastVerdict.Held, await LookAsync(Lives(), since: 0, through: 9));
        Assert.Equal(PastVerdict.NoBlock, await LookAsync(Lives(), since: 0, through: 20));
    }

    [Fact]
    public async Task What_was_reckoned_of_another_branch_is_worth_nothing()
    {
        Grow(20, at => at == 15 ? 0 : 100);
        var lives = Lives();
        Assert.Equal(PastVerdict.DidNot, await LookAsync(lives, since: 0));
        _chain.RemoveRange(12, 8);
        Grow(9, branch: 1);
        Assert.Equal(PastVerdict.Held, await LookAsync(lives, since: 0));

        // It changes while it is looked at.
        _reckoned.Clear();
        lives.Slice = 4;
        _chain.RemoveRange(5, 16);
        Grow(16, branch: 2);
        Assert.Equal(PastVerdict.Unfinished, await LookAsync(lives, since: 0));
        _chain.RemoveRange(5, 16);
        Grow(16, at => at == 18 ? 0 : 100, branch: 3);
        Assert.Equal(PastVerdict.DidNot, await LookAsync(lives, since: 0));
        var moved = new PastLives((height, _) =>
        {
            var life = _chain[height];
            _chain.RemoveRange(5, _chain.Count - 5);
            Grow(16, branch: 4);
            return ValueTask.FromResult<PastLife?>(life);
        });
        Assert.Equal(PastVerdict.Unfinished, await LookAsync(moved, since: 0));
    }

    [Fact]
    public async Task More_blocks_than_are_looked_at_are_in_doubt()
    {
        Grow(PastLives.MostPast + 1);
        var lives = Lives();
        lives.Slice = PastLives.MostPast + 2;
        Assert.Equal(PastVerdict.DidNot, await LookAsync(lives, since: 0));
        Assert.Equal(PastVerdict.Held, await LookAsync(lives, since: Spacing));
    }

    private static async ValueTask<PastVerdict> LookAsync(PastLives lives, long since, int through) =>
        await lives.LookAsync(since, through, life => life.Life.SureLeft > 0, TestContext.Current.CancellationToken);

    private ValueTask<PastVerdict> LookAsync(PastLives lives, long since) => LookAsync(lives, since, _chain.Count - 1);

    private PastLives Lives() => new((height, _) =>
    {
        _reckoned.Add(height);
        return ValueTask.FromResult<PastLife?>(height < _chain.Count ? _chain[height] : null);
    });

    // Blocks a spacing apart, the first at nought.
    private void Grow(int count, Func<int, int>? sure = null, byte branch = 0)
    {
        for (; count > 0; count--)
        {
            var height = _chain.Count;
            var bytes = new byte[Hash256.Length];
            BitConverter.TryWriteBytes(bytes, height);
            bytes[^1] = branch;
            _chain.Add(new PastLife(
                new ShareLife(1, height, 1, 100, sure?.Invoke(height) ?? 100, Spacing), height * Spacing,
                new ShareId(new Hash256(bytes)), height == 0 ? default : _chain[^1].Id));
        }
    }
}
