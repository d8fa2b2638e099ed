using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains.Light;
using Market.Chains.Mining;
using Market.Chains.Shares;
using Market.Swaps;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Light;

/// <summary>
/// The newest blocks, which are read whole whatever filters say, are enough for every swap, and of the chain as it is.
/// </summary>
public sealed class LightWholeTests
{
    private const int Period = 2_016;

    public static TheoryData<string> Worthy =>
        [.. NetworkProfile.All.Where(network => !network.BlocksAreFree).Select(network => network.Name)];

    [Theory, MemberData(nameof(Worthy))]
    public void No_contract_that_can_still_be_open_is_older(string name)
    {
        var network = NetworkProfile.Of(name);
        foreach (var first in Enum.GetValues<SwapChain>())
        {
            var plan = SwapPlan.Of(SwapRules.Of(network), new Amount(Amount.MaxMoney), first);
            var open = (plan.LongSpan / network.Spacing) + Math.Max(plan.InitiatorBuried, plan.ParticipantBuried);

            // And some more, as blocks may come faster than they should.
            Assert.True(LightOptions.LeastWhole > open * 11 / 10, $"{open} blocks, {first} first");
        }
    }

    [Fact]
    public async Task What_was_old_is_read_whole_after_all_where_the_branch_with_more_work_has_fewer_blocks()
    {
        const int fork = 2_010;
        const int whole = 20;
        var network = NetworkProfile.Of("regtest") with { Difficulty = DifficultyRule.Retarget };
        var own = Coins.Owner(30);
        var payment = Coins.Spend(FakeLine.Unknown(1), new Amount(9_000), own);
        var common = Grown(network, [], fork, 100, (fork - 3, payment));

        // Its period took as long as it should: blocks stay easy. The other's took a sixth: they are four times as hard.
        var easy = Grown(network, common, fork + 30, 300_000);
        var hard = Grown(network, common, fork + 13, 100);
        var sources = new[] { "a", "b" }.Select(name => Source(name, easy, hard)).ToArray();
        await using var light = new LightMainchain(
            network, new FakeSources([.. sources]), TimeProvider.System,
            new LightOptions
            {
                PollInterval = TimeSpan.FromMilliseconds(100),
                Timeout = Eventually.Patience,
                WholeBlocks = whole,
                Since = fork - 30,
            });
        await ReadAsync(light, easy[^1]);

        // All that serve leave it out, and it is old: it is not seen.
        Assert.Empty(await light.GetCoinsAsync(own));
        foreach (var source in sources)
        {
            source.Blocks = hard;
        }

        await ReadAsync(light, hard[^1]);
        Assert.Equal(fork - 3, Assert.Single(await light.GetCoinsAsync(own)).Height);
    }

    private static Task ReadAsync(LightMainchain light, Block tip) => Eventually.TrueAsync(
        async () => (await light.GetTipAsync()).Id == tip.Id.Value && await light.GetTroubleAsync() is null,
        "the blocks to be read");

    private static FakeSource Source(string name, params ImmutableArray<Block>[] rows)
    {
        FakeSource? source = null;
        source = new FakeSource(name)
        {
            Blocks = rows[0],
            Filters = new FakeFilters(name, rows) { Lie = (_, _, _) => new byte[] { 0 } },
            Headers = (locator, _) =>
            {
                var blocks = source!.Blocks;
                var known = locator.Select(id => blocks.ToList().FindIndex(block => block.Id.Value == id))
                    .FirstOrDefault(at => at >= 0, -1);
                return Task.FromResult<IReadOnlyList<BlockHeader>>(
                    [.. blocks.Skip(known + 1).Take(2_000).Select(block => block.Header)]);
            },
        };
        return source;
    }

    private static ImmutableArray<Block> Grown(
        NetworkProfile network, ImmutableArray<Block> line, int tip, uint spacing, params (int Height, Transaction Held)[] held)
    {
        var blocks = line.IsDefault ? [] : line.ToList();
        for (var height = blocks.Count + 1; height <= tip; height++)
        {
            var before = blocks.Count == 0 ? network.Genesis : blocks[^1].Header;
            var bits = height % Period == 0 ? Retarget.Next(before, network.Genesis, network.EasiestBits) : before.Bits;
            var only = held.Where(each => each.Height == height).Select(each => each.Held)
                .FirstOrDefault(Coins.Spend(FakeLine.Unknown(height), new Amount(5_000), Coins.Owner(3)));
            var header = new BlockHeader(0x20000000, before.Id, only.Id.Value, before.Time + spacing, bits, 0);
            blocks.Add(new Block(HeaderSolver.Solve(header)!, [only]));
        }

        return [.. blocks];
    }
}
