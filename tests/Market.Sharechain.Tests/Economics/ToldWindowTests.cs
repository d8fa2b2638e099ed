using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Sharechain.Tests.Economics;

/// <summary>The window of a pool that is only told, whole and in part.</summary>
public sealed class ToldWindowTests
{
    private const double Work = 1e6;

    [Fact]
    public void A_young_chain_that_was_read_whole_is_told_whole()
    {
        var window = ToldWindow.Of(Inputs(Chain(100, i => i % 4 == 0 ? "a" : "b")));
        Assert.True(window.IsWhole);
        Assert.Equal((100, 0, 1.0), (window.Shares, window.Uncles, window.Coverage));
        Assert.Equal(100 * Work, window.Read, 3);
        // The window in force would have 120,960 such shares: Bitcoin takes more.
        Assert.Equal(120_960 * Work, window.Hashes, 3);
        Assert.Equal(100.0 / 120_960, window.Filled, 12);
        Assert.Equal(["b", "a"], window.Holders.Select(holder => holder.Payee));
        Assert.All(
            window.Holders, holder => Assert.Equal((holder.Part, holder.Part, 0.0), (holder.Least, holder.Most, holder.Error)));
        Assert.Equal(0.75, window.Top(1), 12);
        Assert.Equal(1, window.Top(20), 12);
        Assert.Equal(1 / ((0.75 * 0.75) + (0.25 * 0.25)), window.EvenHolders, 9);
    }

    [Fact]
    public void It_ends_where_a_bitcoin_block_s_work_is_reached_and_the_share_that_reaches_it_is_in()
    {
        var window = ToldWindow.Of(Inputs(Chain(100, i => i < 70 ? "old" : "new", start: 5_000)) with { MainWork = 30.5 * Work });
        Assert.True(window.IsWhole);
        Assert.Equal(31, window.Shares);
        Assert.Equal(30.5 * Work, window.Hashes, 3);
        Assert.Equal(1, window.Filled);
        Assert.Equal(30.0 / 31, window.Top(1), 12);
    }

    [Fact]
    public void It_has_no_more_shares_than_its_rule_says()
    {
        var window = ToldWindow.Of(Inputs(Chain(100, _ => "a", start: 5_000)) with { Rule = new PayoutDesign.Window(1, 40, null) });
        Assert.True(window.IsWhole);
        Assert.Equal(40, window.Shares);
        Assert.Equal(40 * Work, window.Hashes, 3);
        Assert.Equal(1, window.Filled);
    }

    [Fact]
    public void Of_an_uncle_s_work_its_miner_has_nine_tenths_and_who_names_it_one()
    {
        var shares = Chain(20, _ => "nephew").ToBuilder();
        shares[10] = shares[10] with { Uncles = ["uncle"] };
        var window = ToldWindow.Of(Inputs(shares.ToImmutable()));
        Assert.Equal(1, window.Uncles);
        Assert.Equal(21 * Work, window.Read, 3);
        Assert.Equal(0.9 * Work, window.Holders.Single(holder => holder.Payee == "uncle").Work, 3);
        Assert.Equal(20.1 * Work, window.Holders.Single(holder => holder.Payee == "nephew").Work, 3);
    }

    [Fact]
    public void What_was_read_in_part_is_told_with_what_the_rest_may_change()
    {
        // A quarter of a window of 400 shares: the oldest read is far above the chain's first.
        var window = ToldWindow.Of(
            Inputs(Chain(100, i => i % 5 == 0 ? "a" : "b", start: 9_000)) with { Rule = new PayoutDesign.Window(1, 400, null) });
        Assert.False(window.IsWhole);
        Assert.Equal(400 * Work, window.Hashes, 3);
        Assert.Equal(0.25, window.Coverage, 12);
        Assert.Equal(1, window.Filled, 12);
        var a = window.Holders.Single(holder => holder.Payee == "a");
        Assert.Equal(0.2, a.Part, 12);
        Assert.Equal(0.05, a.Least, 12);
        Assert.Equal(0.8, a.Most, 12);
        Assert.Equal(Math.Sqrt(0.2 * 0.8 / 100 * 0.75), a.Error, 12);
        Assert.True(window.LeastPrice <= window.Value!.ModelPrice && window.Value.ModelPrice <= window.MostPrice);
    }

    [Fact]
    public void The_rest_of_a_young_chain_s_window_is_no_longer_than_the_chain()
    {
        var window = ToldWindow.Of(Inputs(Chain(100, _ => "a", start: 300)));
        Assert.False(window.IsWhole);
        Assert.Equal(400 * Work, window.Outstanding, 3);
        Assert.Equal(0.25, window.Coverage, 12);
        Assert.Equal(400.0 / 120_960, window.Filled, 12);
    }

    [Fact]
    public void A_share_is_worth_what_the_window_s_formula_says_and_its_range_holds_every_error_of_the_hashrate()
    {
        var inputs = Inputs(Chain(200, _ => "a", start: 5_000)) with { MainWork = 150 * Work, Fee = 0.02 };
        var window = ToldWindow.Of(inputs);
        var value = window.Value!;
        // Every ten seconds a share: of the newest 126 those after the sixth count, and the ten seconds since.
        Assert.Equal(120, window.Pool.Intervals);
        Assert.Equal(120 * Work / 1_210, window.Pool.HashesPerSecond, 1e-6);
        Assert.Equal(3e8 / 150, value.FreshFace, 6);
        Assert.Equal(value.FreshFace, value.Face, 6);
        Assert.Equal(0.98, value.Model.Fee, 12);
        Assert.Equal(1, value.Model.Latency, 9);
        Assert.Equal(1, value.Model.TopBuyer);
        Assert.Equal(1, value.Blocks, 9);
        foreach (var factor in new[] { 1 - window.Pool.RelativeError, 0.95, 1.05, 1 + window.Pool.RelativeError })
        {
            var moved = WindowValue.Of(value.Inputs with { PoolHashrate = value.Inputs.PoolHashrate * factor }).ModelPrice;
            Assert.InRange(moved, window.LeastPrice, window.MostPrice);
        }
    }

    [Fact]
    public void Fewer_than_ten_intervals_tell_of_no_hashrate_and_so_of_no_worth()
    {
        Assert.Null(ToldWindow.Of(Inputs(Chain(11, _ => "a"))).Value);
        Assert.NotNull(ToldWindow.Of(Inputs(Chain(20, _ => "a"))).Value);
    }

    [Fact]
    public void Owners_are_counted_where_every_share_tells_its_own()
    {
        var shares = Chain(20, i => i % 2 == 0 ? "a" : "b");
        Assert.Null(ToldWindow.Of(Inputs(shares)).Owners);
        ImmutableArray<ToldShare> owned = [.. shares.Select(share => share with { Owner = "owner" })];
        Assert.Equal(1, ToldWindow.Of(Inputs(owned)).Owners);
        Assert.Null(ToldWindow.Of(Inputs(owned.SetItem(3, shares[3]))).Owners);
    }

    /// <summary>Whatever passes the bounds of what is read makes finite figures.</summary>
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(7.9e28, 1, 1, 0)]
    [InlineData(1, 7.9e28, 2.1e15, 1)]
    [InlineData(7.9e28, 7.9e28, 2.1e15, 0)]
    [InlineData(1e15, 5e23, 3e8, 0.5)]
    public void Figures_at_the_bounds_are_finite(double work, double mainWork, double reward, double fee)
    {
        foreach (var step in new[] { 0, 10, -10, 100_000_000 })
        {
            ImmutableArray<ToldShare> shares =
            [
                .. Chain(30, i => $"miner {i}", start: 7).Select((share, i) =>
                    share with { Work = work, Time = 4_000_000_000 + ((long)step * i), Uncles = ["x", "y", "z"] }),
            ];
            var window = ToldWindow.Of(Inputs(shares) with { MainWork = mainWork, Reward = reward, Fee = fee, Now = 0 });
            double[] figures =
            [
                window.Read, window.Hashes, window.Outstanding, window.Coverage, window.Filled, window.EvenHolders, window.Top(20),
                window.LeastPrice, window.MostPrice, window.Pool.HashesPerSecond, window.Value?.ModelPrice ?? 0,
                window.Value?.DTime ?? 0, window.Value?.Model.Variance ?? 0, window.Value?.ChanceOfNone ?? 0,
                .. window.Holders.SelectMany(holder => new[] { holder.Part, holder.Error, holder.Least, holder.Most }),
            ];
            Assert.All(figures, figure => Assert.True(double.IsFinite(figure)));
            Assert.All(
                window.Holders,
                holder => Assert.True(holder.Least <= holder.Part + 1e-12 && holder.Part <= holder.Most + 1e-12));
        }
    }

    [Fact]
    public void A_window_of_nothing_is_none()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ToldWindow.Of(Inputs([])));
        Assert.Throws<ArgumentOutOfRangeException>(() => ToldWindow.Of(Inputs(Chain(3, _ => "a")) with { MainWork = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => ToldWindow.Of(Inputs(Chain(3, _ => "a")) with { MainWork = double.PositiveInfinity }));
    }

    // Ten seconds apart, the newest ten seconds before the clock.
    private static ImmutableArray<ToldShare> Chain(int count, Func<int, string> payee, int start = 0) =>
    [
        .. Enumerable.Range(0, count).Select(i => new ToldShare
        {
            Height = start + i,
            Id = Hash256.DoubleSha256(BitConverter.GetBytes(start + i + 1)),
            Parent = Hash256.DoubleSha256(BitConverter.GetBytes(start + i)),
            Time = 1_800_000_000 - (10 * (count - i)),
            Work = Work,
            Payee = payee(i),
        }),
    ];

    private static ToldWindowInputs Inputs(ImmutableArray<ToldShare> shares) => new()
    {
        Shares = shares,
        MainWork = 1e14,
        Reward = 3e8,
        Fee = 0,
        Now = 1_800_000_000,
        Rate = 0.05,
        MainSpacing = 600,
    };
}
