using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Mainchain;
using Market.Chains.Storage;
using Market.Client.Agent;
using Market.Testing.Chains;

namespace Market.Client.Tests.Agent;

public sealed class ChainScanTests : IAsyncLifetime
{
    private static readonly Script Watched = Script.FromHex("0014" + new string('1', 40));
    private static readonly Script Other = Script.FromHex("0014" + new string('2', 40));
    private EmbeddedMainchain _main = null!;

    public async ValueTask InitializeAsync() => _main = await EmbeddedMainchain.OpenAsync(
        new EmbeddedMainchainOptions
        {
            Parameters = MainParameters.Regtest, TreasuryScript = Other, Mine = false, PremineBlocks = 10,
        },
        InterpreterRules.Consensus, new MemoryBlockStore(), TimeProvider.System, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _main.DisposeAsync();

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task A_block_that_could_not_be_read_in_a_reorganisation_hides_none_that_left_the_chain(int height)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _main.MineAsync(2, Watched, cancellation: cancellation);
        var chain = new LossyChain(_main);
        var scan = new ChainScan(chain);
        scan.Watch(Watched, Script.Empty, 0);
        await scan.RefreshAsync(cancellation);
        Assert.Equal([11, 12], scan.Find(Watched).Select(found => found.Height));

        var branch = await _main.MineForkAsync(10, 3, cancellation: cancellation);
        chain.Lost = branch[height - 11].Value;
        await Assert.ThrowsAsync<ChainUnavailableException>(() => scan.RefreshAsync(cancellation));
        await scan.RefreshAsync(cancellation);

        Assert.Equal(13, scan.Tip!.Height);
        Assert.Empty(scan.Find(Watched));
    }

    [Fact]
    public async Task Blocks_are_kept_for_the_contracts_that_are_watched_and_no_longer()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var scan = new ChainScan(_main);
        scan.Watch(Watched, Script.Empty, 2);
        await scan.RefreshAsync(cancellation);
        Assert.Equal(9, scan.Kept);

        scan.Watch(Other, Watched, 8);
        await scan.RefreshAsync(cancellation);
        scan.Forget(Watched);
        Assert.Equal(3, scan.Kept);
        Assert.Equal([8, 9, 10], scan.Find(Other).Select(found => found.Height));

        scan.Watch(Watched, Script.Empty, 4);
        await scan.RefreshAsync(cancellation);
        Assert.Equal(7, scan.Kept);
        scan.Forget(Watched);
        scan.Forget(Other);
        await scan.RefreshAsync(cancellation);
        Assert.Equal(0, scan.Kept);
    }

    /// <summary>Fails once at one block.</summary>
    private sealed class LossyChain(IChain inner) : PassingChain(inner)
    {
        public Hash256? Lost { get; set; }

        public override ValueTask<ChainBlock?> GetBlockAsync(Hash256 id, CancellationToken cancellation = default)
        {
            if (id != Lost)
            {
                return base.GetBlockAsync(id, cancellation);
            }

            Lost = null;
            throw new ChainUnavailableException("lost");
        }
    }
}
