using System.Collections.Immutable;
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
        PollInterval = TimeSpan.FromMilliseconds(100), Timeout = TimeSpan.FromHours(1),
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_hangs_or_tells_headers_without_end_holds_up_no_other(bool endless)
    {
        var blocks = LineOf(Network.Genesis, 20);
        var honest = new Source("honest") { Blocks = [.. blocks.Take(10)] };
        var odd = new Source("odd") { Headers = endless ? Endless() : (_, stop) => Never<IReadOnlyList<BlockHeader>>(stop) };
        await using var light = new LightMainchain(Network, new Sources(odd, honest), TimeProvider.System, Patient);
        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Id == blocks[9].Header.Id.Value, "the first tip");

        honest.Blocks = blocks;
        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Id == blocks[^1].Header.Id.Value, "the next tip");
        await Eventually.TrueAsync(async () => await light.GetTroubleAsync() is null, "the blocks to be read");
    }

    [Fact]
    public async Task A_block_that_one_keeps_to_itself_is_asked_of_the_next()
    {
        var block = LineOf(Network.Genesis, 1)[0];
        var hanging = new Source("hanging") { Block = stop => Never<Block?>(stop) };
        var honest = new Source("honest") { Blocks = [block] };
        var fetching = new LightBlocks(new Sources(hanging, honest), TimeProvider.System, TimeSpan.FromHours(1));
        var other = new LightBlocks(new Sources(honest, hanging), TimeProvider.System, TimeSpan.FromHours(1));
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
        var blocks = LineOf(Network.Genesis, 2);
        var honest = new Source("honest") { Blocks = blocks };
        var sources = new Sources(honest);
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

    private static ImmutableArray<Block> LineOf(BlockHeader parent, int count)
    {
        var blocks = ImmutableArray.CreateBuilder<Block>(count);
        for (var i = 0; i < count; i++)
        {
            var only = Coins.Spend(new OutPoint(new TxId(Hash256.DoubleSha256(BitConverter.GetBytes(i))), 0),
                new Amount(5_000), Coins.Owner(3));
            parent = HeaderSolver.Solve(new BlockHeader(
                0x20000000, parent.Id, only.Id.Value, parent.Time + 600, Network.EasiestBits, 0))!;
            blocks.Add(new Block(parent, [only]));
        }

        return blocks.ToImmutable();
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

    private sealed class Sources(params ILightSource[] all) : ILightSources
    {
        public Action? Wake { get; private set; }

        public ImmutableArray<ILightSource> Current => [.. all];

        public int Least => 1;

        public string? Trouble => null;

        public void Start(Func<Transaction, bool> seen, Action moved) => Wake = moved;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Source(string name) : ILightSource
    {
        private int _asked;

        public ImmutableArray<Block> Blocks { get; set; } = [];

        public Func<IReadOnlyList<Hash256>, CancellationToken, Task<IReadOnlyList<BlockHeader>>>? Headers { get; init; }

        public Func<CancellationToken, Task<Block?>>? Block { get; init; }

        public int Asked => Volatile.Read(ref _asked);

        public string Name => name;

        public FeeRate? LeastFeeRate => null;

        public void Blame(string reason) => Assert.Fail(reason);

        public async ValueTask<IReadOnlyList<BlockHeader>> HeadersAsync(
            IReadOnlyList<Hash256> locator, CancellationToken cancellation)
        {
            Interlocked.Increment(ref _asked);
            return Headers is null ? [.. Blocks.Select(block => block.Header)] : await Headers(locator, cancellation);
        }

        public async ValueTask<Block?> BlockAsync(BlockId id, CancellationToken cancellation) =>
            Block is null ? Blocks.FirstOrDefault(block => block.Header.Id == id) : await Block(cancellation);

        public ValueTask<BroadcastResult> OfferAsync(Transaction transaction, CancellationToken cancellation) =>
            throw new ChainUnavailableException("It is not asked here.");
    }
}
