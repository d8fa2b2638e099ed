using System.Collections.Immutable;
using System.Diagnostics;
using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Mining;
using Market.Chains.Storage;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Mining;

public sealed class ShareMinerTests
{
    private static readonly Script Miner = Coins.Owner(20);

    [Fact]
    public async Task Finds_shares_and_mainchain_blocks_by_real_work()
    {
        var options = Lab.Options(1) with { Parameters = MainParameters.Devnet };
        await using var main = await EmbeddedMainchain.OpenAsync(
            options, InterpreterRules.Consensus, new MemoryBlockStore(), TimeProvider.System);
        await using var node = await ShareLab.NodeAsync(main, TimeProvider.System);
        await using var miner = new ShareMiner(node, Miner, new MinerOptions { Threads = 2 }, main);
        miner.Start();
        await Eventually.TrueAsync(
            () => miner.Report is { Accepted: >= 12, MainBlocks: >= 1 }, "twelve shares and a block");
        await miner.StopAsync();
        var report = miner.Report;
        Assert.True(report.Hashes > 1_000);
        Assert.Null(report.LastError);
        var tip = await node.GetTipAsync();
        Assert.True(tip.Height >= 12);
        Assert.True((await main.GetTipAsync()).Height >= 2);
        var shares = await node.GetCoinsAsync(Miner);
        Assert.Equal(tip.Height, shares.Length);
        Assert.NotEmpty(await main.GetCoinsAsync(Miner));

        var hashes = miner.Report.Hashes;
        await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        Assert.Equal(hashes, miner.Report.Hashes);
    }

    [Fact]
    public async Task Keeps_below_its_throttle()
    {
        const long cap = 20_000;
        var clock = new ManualClock();
        await using var main = await Lab.MainchainAsync(clock, premine: 1);
        await using var node = await ShareLab.NodeAsync(main, clock);
        await using var miner = new ShareMiner(
            node, Miner, new MinerOptions { Threads = 2, MaxHashesPerSecond = cap });
        var started = Stopwatch.GetTimestamp();
        miner.Start();
        await Eventually.TrueAsync(() => miner.Report.Hashes > cap / 2, "half a second's hashes");
        await miner.StopAsync();

        // However slow the machine: more than its allowance it never does.
        var allowed = cap * (Stopwatch.GetElapsedTime(started).TotalSeconds + 0.2);
        Assert.True(miner.Report.Hashes <= allowed, $"{miner.Report.Hashes} of {allowed:0}");
    }

    [Fact]
    public async Task A_share_found_while_the_way_is_broken_is_handed_in_once_it_is_not()
    {
        var clock = new ManualClock();
        await using var main = await Lab.MainchainAsync(clock, premine: 1);
        await using var node = await ShareLab.NodeAsync(main, clock);
        var broken = new BrokenWay(node);
        await using var miner = new ShareMiner(
            broken, Miner, new MinerOptions { RetryInterval = TimeSpan.FromMilliseconds(10) });
        miner.Start();
        await Eventually.TrueAsync(() => miner.Report.Accepted > 0, "a share");
        await miner.StopAsync();

        Assert.NotNull(await node.GetShareAsync(broken.First!.Value, TestContext.Current.CancellationToken));
        Assert.Equal(0, miner.Report.Refused);
    }

    /// <summary>Lets nothing through at the first few tries.</summary>
    private sealed class BrokenWay(ISharechain inner) : PassingChain(inner), ISharechain
    {
        private int _left = 3;

        public ShareId? First { get; private set; }

        public SharechainProfile Profile => inner.Profile;

        public ValueTask<ShareBlock?> GetShareAsync(ShareId id, CancellationToken cancellation = default) =>
            inner.GetShareAsync(id, cancellation);

        public ValueTask<int?> GetHeightAsync(ShareId id, CancellationToken cancellation = default) =>
            inner.GetHeightAsync(id, cancellation);

        public ValueTask<ImmutableArray<ReadOnlyMemory<byte>>> GetHeadersAsync(
            int after, int limit, int mostBytes, CancellationToken cancellation = default) =>
            inner.GetHeadersAsync(after, limit, mostBytes, cancellation);

        public ValueTask<BlockHeader?> GetMainHeaderAsync(BlockId id, CancellationToken cancellation = default) =>
            inner.GetMainHeaderAsync(id, cancellation);

        public ValueTask<ShareTemplate> GetTemplateAsync(Script miner, CancellationToken cancellation = default) =>
            inner.GetTemplateAsync(miner, cancellation);

        public ValueTask<ShareResult> SubmitShareAsync(ShareBlock share, CancellationToken cancellation = default)
        {
            First ??= share.Id;
            return _left-- > 0
                ? throw new ChainUnavailableException("broken")
                : inner.SubmitShareAsync(share, cancellation);
        }

        public ValueTask<NextPayout> GetNextPayoutAsync(CancellationToken cancellation = default) =>
            inner.GetNextPayoutAsync(cancellation);

        public ValueTask<ShareHolders> GetHoldersAsync(CancellationToken cancellation = default) =>
            inner.GetHoldersAsync(cancellation);

        public ValueTask<LateStanding> CheckLateAsync(LateRegistration late, CancellationToken cancellation = default) =>
            inner.CheckLateAsync(late, cancellation);

        public ValueTask<LateStanding> CarryLateAsync(LateRegistration late, CancellationToken cancellation = default) =>
            inner.CarryLateAsync(late, cancellation);

        public ValueTask<ShareLife> GetLifeAsync(int root, CancellationToken cancellation = default) =>
            inner.GetLifeAsync(root, cancellation);

        public ValueTask<PastLife?> GetPastLifeAsync(int root, int height, CancellationToken cancellation = default) =>
            inner.GetPastLifeAsync(root, height, cancellation);

        public ValueTask<ShareDirectory> GetDirectoryAsync(CancellationToken cancellation = default) =>
            inner.GetDirectoryAsync(cancellation);

        public ValueTask<ImmutableArray<NamedShare>> GetWeakAsync(CancellationToken cancellation = default) =>
            inner.GetWeakAsync(cancellation);

        public ValueTask<ShareResult> SubmitWeakAsync(NamedShare share, CancellationToken cancellation = default) =>
            inner.SubmitWeakAsync(share, cancellation);

        public ValueTask<ImmutableArray<FoundBlock>> GetFoundAsync(CancellationToken cancellation = default) =>
            inner.GetFoundAsync(cancellation);

        public ValueTask<ShareFigures> GetFiguresAsync(CancellationToken cancellation = default) =>
            inner.GetFiguresAsync(cancellation);
    }
}
