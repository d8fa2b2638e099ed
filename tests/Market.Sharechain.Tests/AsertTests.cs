using Market.Bitcoin;

namespace Market.Sharechain.Tests;

public sealed class AsertTests
{
    private const int Spacing = 600;
    private const int HalfLife = 172_800;
    private static readonly CompactTarget Easiest = new(0x1d00ffff);

    /// <summary>A half life ahead or behind halves or doubles exactly (bits as Bitcoin Cash publishes them).</summary>
    [Theory]
    [InlineData(0, 0x1d00ffffu)]
    [InlineData(1, 0x1c7fff80u)]
    [InlineData(2, 0x1c3fffc0u)]
    [InlineData(3, 0x1c1fffe0u)]
    [InlineData(4, 0x1c0ffff0u)]
    public void A_half_life_ahead_halves_the_target(int halfLives, uint bits) => Assert.Equal(
        new CompactTarget(bits),
        Asert.Next(Easiest, Spacing - (long)halfLives * HalfLife, 0, Spacing, HalfLife, Easiest));

    [Fact]
    public void On_schedule_nothing_changes() => Assert.All(
        [0L, 1, 2, 1_000, 1_000_000],
        height => Assert.Equal(
            new CompactTarget(0x1804dafe),
            Asert.Next(
                new CompactTarget(0x1804dafe), (height + 1) * Spacing, height, Spacing, HalfLife, Easiest)));

    /// <summary>Computed apart from this code with big integers from the published algorithm.</summary>
    [Theory]
    [MemberData(nameof(Vectors))]
    public void Agrees_with_reference_vectors(
        uint anchor, long timeDelta, long heightDelta, int spacing, int halfLife, uint easiest, uint expected) =>
        Assert.Equal(
            new CompactTarget(expected),
            Asert.Next(
                new CompactTarget(anchor), timeDelta, heightDelta, spacing, halfLife, new CompactTarget(easiest)));

    [Fact]
    public void Follows_the_exponential_within_a_fiftieth_of_a_percent()
    {
        var anchor = new CompactTarget(0x1804dafe);
        anchor.TryExpand(out var start);
        for (var seconds = -2_000_000L; seconds <= 2_000_000; seconds += 7_919)
        {
            Asert.Next(anchor, seconds + Spacing, 0, Spacing, HalfLife, Easiest).TryExpand(out var target);
            var expected = start.ToDouble() * Math.Pow(2, (double)seconds / HalfLife);
            Assert.InRange(target.ToDouble() / expected, 0.9998, 1.0002);
        }
    }

    [Theory]
    [InlineData(-1_000_000_000_000L, 0x01010000u)]
    [InlineData(1_000_000_000_000L, 0x1d00ffffu)]
    public void Far_off_schedule_stays_in_range(long timeDelta, uint expected) => Assert.Equal(
        new CompactTarget(expected), Asert.Next(Easiest, timeDelta, 0, Spacing, HalfLife, Easiest));

    [Fact]
    public void Shares_that_come_too_fast_get_harder_and_too_slow_ones_easier()
    {
        var genesis = Lab.Easy.Genesis with { Bits = new CompactTarget(0x2000ffff) };
        var lab = new Lab(Lab.Easy with { TargetSpacing = 20, Genesis = genesis });
        for (var i = 0; i < 15; i++)
        {
            lab.Now += 2 - 20;
            lab.Add();
        }

        var hard = lab.Chain.TipNode.Item.Header.Bits;
        Assert.True(hard.Work() > new CompactTarget(0x2001ffff).Work());
        lab.Now += 100;
        lab.Add();
        Assert.True(lab.Chain.TipNode.Item.NextBits(lab.Profile).Work() < hard.Work());
    }

    [Fact]
    public void A_devnet_switched_off_for_a_night_goes_on_from_the_first_bits()
    {
        var lab = new Lab(Lab.Easy with { ReanchorAfter = 600 });
        lab.AddMany(3);
        var before = lab.Chain.TipNode.Item;
        lab.Now += 40_000;
        lab.Add();
        var after = lab.Chain.TipNode.Item;

        Assert.Equal(0, before.AnchorHeight);
        Assert.Equal(4, after.AnchorHeight);
        Assert.Equal(lab.Profile.Genesis.Bits, after.NextBits(lab.Profile));
        lab.AddMany(2);
        Assert.Equal(4, lab.Chain.TipNode.Item.AnchorHeight);
    }

    public static TheoryData<uint, long, long, int, int, uint, uint> Vectors => new()
    {
        { 0x1d00ffff, -667, 0, 2, 60, 0x2000ffff, 0x1b1cd7c3 },
        { 0x1a2b3c4d, -1136187, 1, 600, 172800, 0x1d00ffff, 0x197383c3 },
        { 0x1d00ffff, 72430495, 123456, 600, 172800, 0x1d00ffff, 0x1b59bd66 },
        { 0x1d00ffff, 247310, 123456, 2, 60, 0x2000ffff, 0x1d60ffde },
        { 0x1804dafe, 906268, 2016, 600, 172800, 0x1d00ffff, 0x18016f4a },
        { 0x1804dafe, -1680014, 0, 600, 172800, 0x1d00ffff, 0x170177cd },
        { 0x1f0fffff, 318, 1, 2, 60, 0x2000ffff, 0x2000ffff },
        { 0x1804dafe, -29415, 2016, 600, 172800, 0x1d00ffff, 0x17089c3c },
        { 0x1702f128, -188281, 1, 600, 172800, 0x1d00ffff, 0x1701603e },
        { 0x1d00ffff, -691, 7, 2, 60, 0x2000ffff, 0x1b1297ed },
        { 0x1d00ffff, 73773173, 123456, 600, 172800, 0x1d00ffff, 0x1c4c87b3 },
        { 0x1a2b3c4d, -1416672, 7, 600, 172800, 0x1d00ffff, 0x1924f784 },
        { 0x1f0fffff, 9999971, 5000000, 2, 60, 0x2000ffff, 0x1f0b2ecf },
        { 0x1804dafe, -479470, 0, 600, 172800, 0x1d00ffff, 0x1800b535 },
        { 0x1804dafe, 1485849, 7, 600, 172800, 0x1d00ffff, 0x19073642 },
        { 0x1e3fffc0, 3855, 2016, 2, 60, 0x2000ffff, 0x1e0817d7 },
        { 0x1804dafe, 73927567, 123456, 600, 172800, 0x1d00ffff, 0x1802b25a },
        { 0x1804dafe, -1656089, 144, 600, 172800, 0x1d00ffff, 0x17012487 },
        { 0x1d00ffff, 583, 7, 2, 60, 0x2000ffff, 0x1e02bb57 },
        { 0x1a2b3c4d, -56884, 2016, 600, 172800, 0x1d00ffff, 0x1944aa1f },
        { 0x1804dafe, 700539, 0, 600, 172800, 0x1d00ffff, 0x185076e4 },
        { 0x1f0fffff, 9999874, 5000000, 2, 60, 0x2000ffff, 0x1f03a5b5 },
        { 0x1804dafe, 2998903395, 5000000, 600, 172800, 0x1d00ffff, 0x170f3e1a },
        { 0x1804dafe, -820695, 144, 600, 172800, 0x1d00ffff, 0x172099d0 },
    };
}
