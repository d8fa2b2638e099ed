using Market.Bitcoin;
using Market.Chains.Light;
using Market.Chains.Mining;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Light;

/// <summary>Of several sources of a light client one that hangs, or never comes to an end, holds up none of the others.</summary>
public sealed class LightSourcesTests
{
    private static readonly NetworkProfile Network = NetworkProfile.Of("regtest");
    private static readonly LightOptions Patient = new()
    {
        PollInterval = TimeSpan.FromMilliseconds(100),
        Timeout = TimeSpan.FromHours(1),
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_hangs_or_tells_headers_without_end_holds_up_no_other(bool endless)
    {
        var blocks = FakeLine.Of(20);
        var honest = new FakeSource("honest") { Blocks = [.. blocks.Take(10)] };
        var odd = new FakeSource("odd") { Headers = endless ? Endless() : (_, stop) => Never<IReadOnlyList<BlockHeader>>(stop) };
        await using var light = new LightMainchain(Network, new FakeSources(odd, honest), TimeProvider.System, Patient);
        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Id == blocks[9].Header.Id.Value, "the first tip");

        honest.Blocks = blocks;
        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Id == blocks[^1].Header.Id.Value, "the next tip");
        await Eventually.TrueAsync(async () => await light.GetTroubleAsync() is null, "the blocks to be read");
    }

    [Fact]
    public async Task A_block_that_one_keeps_to_itself_is_asked_of_the_next()
    {
        var block = FakeLine.Of(1)[0];
        var hanging = new FakeSource("hanging") { Block = stop => Never<Block?>(stop) };
        var honest = new FakeSource("honest") { Blocks = [block] };
        var fetching = new LightBlocks(new FakeSources(hanging, honest), TimeProvider.System, TimeSpan.FromHours(1));
        var other = new LightBlocks(new FakeSources(honest, hanging), TimeProvider.System, TimeSpan.FromHours(1));
        var waiting = new[] { fetching, other }.Select(
            blocks => blocks.FetchAsync(block.Header, TestContext.Current.CancellationToken).AsTask()).ToList();
        foreach (var fetched in waiting)
        {
            Assert.Equal(block.Header, (await fetched.WaitAsync(Eventually.Patience,
                TestContext.Current.CancellationToken)).Header);
        }
    }

    [Fact]
    public async Task A_source_that_wakes_it_all_the_time_makes_it_ask_the_others_no_oftener()
    {
        var blocks = FakeLine.Of(2);
        var honest = new FakeSource("honest") { Blocks = blocks };
        var sources = new FakeSources(honest);
        await using var light = new LightMainchain(
            Network, sources, TimeProvider.System, Patient with { PollInterval = TimeSpan.FromMinutes(10) });
        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Height == 2, "the tip");
        var (asked, began) = (honest.Asked, TimeProvider.System.GetTimestamp());
        for (var i = 0; i < 300; i++)
        {
            sources.Wake!();
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        // However slow the machine: the pauses between the questions are at least as long as they are.
        var most = TimeProvider.System.GetElapsedTime(began) / LightFollower.ShortestPause + 2;
        Assert.True(honest.Asked - asked <= most, $"{honest.Asked - asked} questions, and {most:0} are enough");
    }

    // Two more headers each time it is asked, each of another branch that has less work.
    private static Func<IReadOnlyList<Hash256>, CancellationToken, Task<IReadOnlyList<BlockHeader>>> Endless()
    {
        var salt = 0;
        return async (_, stop) =>
        {
            await Task.Delay(20, stop);
            var headers = new List<BlockHeader>();
            for (var (i, parent) = (0, Network.Genesis); i < 2; i++)
            {
                parent = HeaderSolver.Solve(new BlockHeader(
                    0x20000000, parent.Id, Hash256.DoubleSha256(BitConverter.GetBytes(++salt + 1_000_000)), parent.Time + 600,
                    Network.EasiestBits, 0))!;
                headers.Add(parent);
            }

            return headers;
        };
    }

    private static async Task<T> Never<T>(CancellationToken stop)
    {
        await Task.Delay(Timeout.Infinite, stop);
        throw new InvalidOperationException();
    }
}
