using Market.Bitcoin;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Shares;

/// <summary>Shares built on mainchain blocks that lost their race, judged by who came later.</summary>
public sealed class StaleMainTests : IAsyncLifetime
{
    private static readonly Script Miner = Coins.Owner(20);
    private static readonly FollowerOptions Quick = new()
    {
        PollInterval = TimeSpan.FromMilliseconds(500),
        LongestPause = TimeSpan.FromMilliseconds(500),
    };

    private readonly ManualClock _clock = new();
    private EmbeddedMainchain _main = null!;
    private EmbeddedMainchain _late = null!;
    private ShareNode _node = null!;
    private List<ShareBlock> _onStale = null!;

    // Three shares whose mainchain blocks lose to a longer branch; the late mainchain knows the best chain only.
    public async ValueTask InitializeAsync()
    {
        _main = await Lab.MainchainAsync(_clock, premine: 3);
        _node = await ShareLab.NodeAsync(_main, _clock);
        await ShareLab.MineAsync(_node, _clock, 2, Miner);
        var before = (await _main.GetTipAsync()).Height;
        _onStale = await ShareLab.MineAsync(_node, _clock, 3, Miner);
        await _main.MineForkAsync(before, 5);
        await ShareLab.MineAsync(_node, _clock, 3, Miner);
        _late = await Lab.MainchainAsync(_clock, premine: 0);
        await CopyAsync(_main, _late, (await _main.GetTipAsync()).Height);
    }

    private static async Task CopyAsync(EmbeddedMainchain from, EmbeddedMainchain to, int upTo)
    {
        for (var height = (await to.GetTipAsync()).Height + 1; height <= upTo; height++)
        {
            var header = await from.GetHeaderAsync(height);
            await to.SubmitBlockAsync((await from.GetFullBlockAsync(header!.Header.Id))!);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _late.DisposeAsync();
        await _main.DisposeAsync();
    }

    [Fact]
    public async Task A_newcomer_follows_them_and_serves_their_headers_to_the_next_also_after_a_restart()
    {
        using var folder = new TempFolder();
        var stale = _onStale[^1].Proof.MainHeader.Previous;
        Assert.Null(await _late.GetHeaderAsync(stale));
        await using (var host = new NodeHost(new NodeHttpService(_main, _node)))
        {
            using var http = host.Client();
            await using var newcomer = await FollowAsync(http, FileBlockStore.Open(folder["shares"]));
            await newcomer.WaitLiveAsync(TestContext.Current.CancellationToken);
            Assert.Equal(_node.StateHash(), newcomer.StateHash());
        }

        await using var again = await ShareLab.NodeAsync(_late, _clock, FileBlockStore.Open(folder["shares"]));
        Assert.Equal(stale, (await again.GetMainHeaderAsync(stale))!.Id);
        await using var second = new NodeHost(new NodeHttpService(_late, again));
        using var way = second.Client();
        await using var next = await FollowAsync(way, new MemoryBlockStore());
        await next.WaitLiveAsync(TestContext.Current.CancellationToken);
        Assert.Equal(_node.StateHash(), next.StateHash());
    }

    [Fact]
    public async Task What_an_uncle_builds_on_is_kept_with_the_share_that_names_it()
    {
        var row = SharechainProfile.Find("p2poolv2-devnet")!;
        await using var node = await ShareNode.OpenAsync(
            row, InterpreterRules.Consensus, new MemoryBlockStore(), _main, _clock);
        await ShareLab.MineAsync(node, _clock, 2, Miner);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var uncle = ShareLab.Solve(await node.GetTemplateAsync(Coins.Owner(21)));
        var stale = uncle.Proof.MainHeader.Previous;
        await _main.MineForkAsync((await _main.GetTipAsync()).Height - 1, 2);
        await ShareLab.MineAsync(node, _clock, 1, Miner);
        Assert.Equal(SubmitCode.SideChain, (await node.SubmitShareAsync(uncle)).Code);
        var nephew = (await ShareLab.MineAsync(node, _clock, 1, Miner))[0];
        Assert.Equal([uncle.Id], nephew.Header.Uncles);
        await CopyAsync(_main, _late, (await _main.GetTipAsync()).Height);
        Assert.Null(await _late.GetHeaderAsync(stale));

        // Whoever follows has the nephew, and never the uncle itself.
        var store = new MemoryBlockStore();
        await using (var host = new NodeHost(new NodeHttpService(_main, node)))
        {
            using var http = host.Client();
            await using var newcomer = await FollowAsync(http, store, row);
            await newcomer.WaitLiveAsync(TestContext.Current.CancellationToken);
            Assert.Equal(node.StateHash(), newcomer.StateHash());
            Assert.Null(store.GetBlock(uncle.Id.Value));
        }

        await using var again = await ShareNode.OpenAsync(row, InterpreterRules.Consensus, store, _late, _clock);
        Assert.Equal(node.StateHash(), again.StateHash());
        Assert.Equal(stale, (await again.GetMainHeaderAsync(stale))!.Id);
        var bytes = store.GetBlock(nephew.Id.Value)!.Value;
        Assert.Equal([stale], KeptShare.Parse(bytes)!.Branches.Select(branch => branch.Headers[^1].Id));
        Assert.Null(KeptShare.Parse(bytes[..^1]));
        Assert.Null(KeptShare.Parse(new byte[] { 0 }.Concat(bytes.ToArray()).ToArray()));
    }

    [Fact]
    public async Task A_node_that_keeps_headers_to_itself_keeps_nobody_from_asking_the_others()
    {
        await using var host = new NodeHost(new NodeHttpService(_main, _node));
        using var keeping = host.Client(new Keeping());
        using var honest = host.Client();
        await using var newcomer = await RemoteSharechain.OpenAsync(
            [keeping, honest], SharechainProfiles.P2ShareDevnet, InterpreterRules.Consensus, new MemoryBlockStore(), _late, _clock,
            Quick with { Timeout = TimeSpan.FromHours(1) });
        await Eventually.TrueAsync(
            async () => (await newcomer.GetTipAsync()).Id == (await _node.GetTipAsync()).Id, "the shares on stale blocks");
    }

    [Fact]
    public async Task A_header_that_breaks_a_rule_of_the_mainchain_is_not_learnt()
    {
        var view = new MainView(_late, _clock);
        var good = (await _node.GetMainHeaderAsync(_onStale[0].Proof.MainHeader.Id))!;
        var parent = (await _main.GetHeaderAsync(good.Previous))!;
        var now = _clock.GetUtcNow().ToUnixTimeSeconds();

        await RefusedAsync(good with { Time = parent.MedianTimePast });
        await RefusedAsync(good with { Version = 3 });
        await RefusedAsync(good with { Bits = new CompactTarget(0x207ffffe) });
        await RefusedAsync(good with { Time = (uint)now + 7_201 });
        await RefusedAsync(good with { Previous = new BlockId(Hash256.DoubleSha256([1])) });
        Assert.False(await view.LearnFromAsync(good.Id, (_, _) => new(Solved(good with { Time = good.Time + 1 })), now, default));
        Assert.True(await view.LearnFromAsync(good.Id, Answer(good), now, default));
        Assert.Equal(parent.Height + 1, view.Find(good.Id)!.Height);

        async Task RefusedAsync(BlockHeader header)
        {
            var solved = Solved(header);
            Assert.False(await view.LearnFromAsync(solved.Id, Answer(solved), now, default));
            Assert.Null(view.Find(solved.Id));
        }

        static BlockHeader Solved(BlockHeader header)
        {
            while (!header.MeetsOwnTarget)
            {
                header = header with { Nonce = header.Nonce + 1 };
            }

            return header;
        }
    }

    [Fact]
    public async Task A_header_far_above_the_tip_of_the_mainchain_here_is_for_later()
    {
        await using var ahead = await Lab.MainchainAsync(_clock, premine: 0);
        var tip = (await _late.GetTipAsync()).Height;
        await CopyAsync(_late, ahead, tip);
        await ahead.MineAsync(5);
        var (third, fourth) = ((await ahead.GetHeaderAsync(tip + 3))!.Header.Id, (await ahead.GetHeaderAsync(tip + 4))!.Header.Id);
        var view = new MainView(_late, _clock);

        var asked = 0;
        Assert.False(await LearnAsync(fourth));
        Assert.Null(view.Find(fourth));
        Assert.Equal(4, asked);
        Assert.False(await LearnAsync(fourth));
        Assert.Equal(4, asked);
        Assert.True(await LearnAsync(third));
        Assert.Equal(tip + 3, view.Find(third)!.Height);
        await CopyAsync(ahead, _late, tip + 1);
        Assert.True(await LearnAsync(fourth));

        ValueTask<bool> LearnAsync(BlockId id) => view.LearnFromAsync(
            id,
            async (wanted, limit) =>
            {
                asked++;
                return (await ahead.GetHeaderAsync(wanted, limit))?.Header;
            },
            _clock.GetUtcNow().ToUnixTimeSeconds(), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_share_on_headers_that_somebody_made_for_himself_makes_no_honest_share_too_old()
    {
        var honest = await _node.GetTipAsync();
        await using var own = await Lab.MainchainAsync(_clock, premine: 0);
        await CopyAsync(_late, own, (await _late.GetTipAsync()).Height);
        await using var host = new NodeHost(new NodeHttpService(_main, _node));
        using var http = host.Client();
        await using var minority = await RemoteSharechain.OpenAsync(
            http, SharechainProfiles.P2ShareDevnet, InterpreterRules.Consensus, new MemoryBlockStore(), own, _clock, Quick);
        await minority.WaitLiveAsync(TestContext.Current.CancellationToken);
        await own.MineAsync(90);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var high = ShareLab.Solve(await minority.GetTemplateAsync(Miner));
        Assert.Equal(SubmitCode.Deferred, (await minority.SubmitShareAsync(high)).Code);
        Assert.Equal(high.Id.Value, (await minority.GetTipAsync()).Id);

        await using var second = new NodeHost(new NodeHttpService(own, minority));
        using var way = second.Client();
        await using var victim = await FollowAsync(way, new MemoryBlockStore());
        await Eventually.TrueAsync(
            () => victim.Status.LastError?.Contains("has to wait", StringComparison.Ordinal) == true, "the share to be deferred");
        Assert.Equal(honest, await victim.GetTipAsync());
        _clock.Advance(TimeSpan.FromSeconds(2));
        var share = ShareLab.Solve(await victim.GetTemplateAsync(Miner));
        Assert.True((await victim.SubmitShareAsync(share)).IsSuccess);
        Assert.Equal(share.Id.Value, (await victim.GetTipAsync()).Id);
    }

    [Fact]
    public async Task A_block_far_below_is_found_without_all_between()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 1_100);
        var view = new MainView(main, _clock, remembered: 200);
        var tip = (await main.GetTipAsync()).Id;
        var low = (await main.GetHeaderAsync(20))!.Header.Id;
        var near = (await main.GetHeaderAsync(1_000))!.Header.Id;

        Assert.True(await view.LearnAncestorsAsync(new BlockId(tip), 20, default));
        Assert.Equal(low, view.Ancestor(new BlockId(tip), 20));
        Assert.True(await view.LearnAncestorsAsync(new BlockId(tip), 1_000, default));
        Assert.Equal((low, near), (view.Ancestor(new BlockId(tip), 20), view.Ancestor(new BlockId(tip), 1_000)));

        // Beside the best chain it goes up to where they part.
        var fork = (await main.MineForkAsync(1_098, 1))[0];
        Assert.True(await view.LearnAncestorsAsync(fork, 30, default));
        Assert.Equal((await main.GetHeaderAsync(30))!.Header.Id, view.Ancestor(fork, 30));
    }

    [Fact]
    public async Task No_more_headers_are_asked_for_than_a_share_may_need()
    {
        var view = new MainView(_late, _clock);
        var asked = 0;
        var headers = new Dictionary<BlockId, BlockHeader>();
        var at = new BlockId(Hash256.DoubleSha256([1]));
        for (var i = 0; i < 2 * KeptShare.MostHeaders; i++)
        {
            var header = new BlockHeader(4, at, Hash256.Zero, (uint)i, new CompactTarget(0x207fffff), 0);
            while (!header.MeetsOwnTarget)
            {
                header = header with { Nonce = header.Nonce + 1 };
            }

            headers[header.Id] = header;
            at = header.Id;
        }

        Assert.False(await view.LearnFromAsync(
            at,
            (id, _) =>
            {
                asked++;
                return new ValueTask<BlockHeader?>(headers[id]);
            },
            0,
            default));
        Assert.Equal(KeptShare.MostHeaders - 1, asked);
    }

    [Fact]
    public void A_share_is_kept_with_the_headers_that_it_needs()
    {
        var share = _onStale[0];
        var kept = new KeptShare([share.Proof.MainHeader, _onStale[1].Proof.MainHeader], share);
        var read = KeptShare.Parse(kept.ToArray())!;

        Assert.Equal(kept.MainHeaders.Select(header => header.Id), read.MainHeaders.Select(header => header.Id));
        Assert.Equal(share.ToArray(), read.Share.ToArray());
        Assert.Null(KeptShare.Parse(share.ToArray()));
        Assert.Null(KeptShare.Parse(kept.ToArray().AsMemory(1)));
        Assert.Null(KeptShare.Parse(kept.ToArray().AsMemory(0, 90)));
    }

    private static Func<BlockId, CancellationToken, ValueTask<BlockHeader?>> Answer(BlockHeader header) =>
        (id, _) => new ValueTask<BlockHeader?>(id == header.Id ? header : null);

    private Task<RemoteSharechain> FollowAsync(
        HttpClient http, IBlockStore store, SharechainProfile? row = null) => RemoteSharechain.OpenAsync(
        http, row ?? SharechainProfiles.P2ShareDevnet, InterpreterRules.Consensus, store, _late, _clock, Quick);

    // Says all that a node says, but for mainchain headers.
    private sealed class Keeping : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.AbsolutePath.Contains("main-header", StringComparison.Ordinal))
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return await base.SendAsync(request, cancellationToken);
        }
    }
}
