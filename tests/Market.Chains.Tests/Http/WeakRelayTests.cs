using System.Collections.Concurrent;
using Market.Bitcoin;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Http;

/// <summary>Weak shares between nodes in a row, the second following the first over HTTP and the third the second: found at one
/// they are named by another's blocks; a liar's are not passed on.</summary>
public sealed class WeakRelayTests : IAsyncLifetime
{
    private static readonly SharechainProfile Row = SharechainProfile.Find("p2share-weak-devnet")!;
    private static readonly Script Miner = Coins.Owner(20);
    private static readonly FollowerOptions Quick = new()
    {
        PollInterval = TimeSpan.FromMilliseconds(300),
        LongestPause = TimeSpan.FromMilliseconds(300),
        ShortestShun = TimeSpan.FromMilliseconds(300),
        LongestShun = TimeSpan.FromMilliseconds(300),
        Timeout = TimeSpan.FromSeconds(20),
        IsNode = true,
    };

    private readonly ManualClock _clock = new();
    private readonly List<IAsyncDisposable> _open = [];
    private readonly ConcurrentQueue<string> _asked = new();
    private EmbeddedMainchain _main = null!;
    private ShareNode _first = null!;
    private NodeHost _firstHost = null!;

    public async ValueTask InitializeAsync()
    {
        _main = await Lab.MainchainAsync(_clock, premine: 1);
        _first = Opened(await ShareNode.OpenAsync(Row, InterpreterRules.Consensus, new MemoryBlockStore(), _main, _clock));
        _firstHost = Opened(new NodeHost(new NodeHttpService(_main, _first), Seen));
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            await _open[i].DisposeAsync();
        }

        await _main.DisposeAsync();
    }

    [Fact]
    public async Task A_weak_share_found_at_either_end_is_named_by_a_block_of_the_other_and_told_of_once()
    {
        var second = await FollowAsync(_firstHost);
        var secondHost = Opened(new NodeHost(new NodeHttpService(_main, second), Seen));
        var third = await FollowAsync(secondHost);
        await ShareLab.MineAsync(_first, _clock, 3, Miner);
        await TipAsync(third, _first);
        using var stop = new CancellationTokenSource();
        var told = new[] { _first, second, third }.Select(node => Listen(node, stop.Token)).ToArray();

        // Downwards by events, upwards by being handed on.
        var down = ShareLab.SolveWeak(await _first.GetTemplateAsync(Coins.Owner(21)));
        Assert.True((await _first.SubmitShareAsync(down)).IsWeak);
        await WaitsAsync(third, down.Id);
        var up = ShareLab.SolveWeak(await third.GetTemplateAsync(Coins.Owner(22)));
        Assert.True((await third.SubmitShareAsync(up)).IsWeak);
        await WaitsAsync(_first, up.Id);
        await WaitsAsync(second, up.Id);

        var block = (await ShareLab.MineAsync(_first, _clock, 1, Miner)).Single();
        Assert.Equal([down.Id, up.Id], block.Named.Select(named => named.Id));
        await TipAsync(third, _first);
        Assert.Equal(_first.StateHash(), third.StateHash());
        Assert.Contains(
            block.Transactions[0].Outputs, output => output.ScriptPubKey == Coins.Owner(22) && output.Value != Amount.Zero);

        // Whoever hands one on again changes nothing, and of its whole transactions nothing travels.
        Assert.Equal(SubmitCode.Duplicate, (await second.SubmitWeakAsync(NamedShare.Of(down))).Code);
        Assert.All(told, each => Assert.Equal(new[] { down.Id, up.Id }.Order(), each.Order()));
        Assert.Equal(2, _asked.Count(path => path == $"{Row.Name}/weak posted"));
        await stop.CancelAsync();
    }

    [Fact]
    public async Task Who_comes_later_asks_for_those_that_wait()
    {
        await ShareLab.MineAsync(_first, _clock, 3, Miner);
        var weak = ShareLab.SolveWeak(await _first.GetTemplateAsync(Coins.Owner(21)));
        Assert.True((await _first.SubmitShareAsync(weak)).IsWeak);
        var late = await FollowAsync(_firstHost);
        await WaitsAsync(late, weak.Id);

        // Those that no block can name any more are not served.
        await ShareLab.MineAsync(_first, _clock, Row.Weak!.Depth, Miner);
        Assert.Empty(await _first.GetWeakAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_liar_s_weak_shares_are_neither_kept_nor_passed_on(bool isNonsense)
    {
        await ShareLab.MineAsync(_first, _clock, 3, Miner);
        var template = await _first.GetTemplateAsync(Coins.Owner(21));
        var weak = NamedShare.Of(ShareLab.SolveWeak(template));
        var idle = template.ToShare(Enumerable.Range(0, int.MaxValue)
            .Select(nonce => template.MainHeader with { Nonce = (uint)nonce })
            .First(header => !template.HandInTarget.IsMetBy(header.Id.Value)));
        byte[] lie = isNonsense ? [1, 2, 3] : NamedShare.Of(idle).ToArray();
        await using var liar = new NodeHost(new NodeHttpService(_main, _first), (path, answer) =>
            path.EndsWith("/weak", StringComparison.Ordinal) ? NodeAnswer.Bytes(NodeFrames.Join([lie, weak.ToArray()])) : answer);
        using var toLiar = liar.Client();
        using var toFirst = _firstHost.Client();
        await using var node = await RemoteSharechain.OpenAsync(
            [toLiar, toFirst], Row, InterpreterRules.Consensus, new MemoryBlockStore(), _main, _clock, Quick);
        await Eventually.TrueAsync(
            () => node.Sources[0].Trouble?.Contains("weak share that breaks a rule", StringComparison.Ordinal) == true, "the lie");
        Assert.Empty(await node.GetWeakAsync());

        // From the honest node it comes all the same.
        Assert.Equal(SubmitCode.SideChain, (await _first.SubmitWeakAsync(weak)).Code);
        await WaitsAsync(node, weak.Id);
        Assert.Single(await node.GetWeakAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_of_weak_shares_that_no_block_can_name_is_let_go_of_unless_one_between_is_of_use(bool isOfUse)
    {
        await ShareLab.MineAsync(_first, _clock, 3, Miner);
        var old = NamedShare.Of(ShareLab.SolveWeak(await _first.GetTemplateAsync(Coins.Owner(21)))).ToArray();
        await ShareLab.MineAsync(_first, _clock, Row.Weak!.Depth + 1, Miner);
        var good = NamedShare.Of(ShareLab.SolveWeak(await _first.GetTemplateAsync(Coins.Owner(22))));
        var last = NamedShare.Of(ShareLab.SolveWeak(await _first.GetTemplateAsync(Coins.Owner(23))));
        var list = Enumerable.Repeat(old, WeakPool.Most).ToList();
        if (isOfUse)
        {
            (list[WeakPool.Most / 2], list[^1]) = (good.ToArray(), last.ToArray());
        }

        await using var server = new NodeHost(new NodeHttpService(_main, _first), (path, answer) =>
            path.EndsWith("/weak", StringComparison.Ordinal) ? NodeAnswer.Bytes(NodeFrames.Join(list)) : answer);
        using var http = server.Client();
        await using var node = await RemoteSharechain.OpenAsync(
            [http], Row, InterpreterRules.Consensus, new MemoryBlockStore(), _main, _clock, Quick);
        if (isOfUse)
        {
            // The whole list is read, and a block after it: nothing was held against the server.
            await WaitsAsync(node, good.Id);
            await WaitsAsync(node, last.Id);
            await ShareLab.MineAsync(_first, _clock, 1, Miner);
            await TipAsync(node, _first);
            Assert.Equal(0, node.Status.RefusedBlocks);
        }
        else
        {
            await Eventually.TrueAsync(
                () => node.Sources[0].Trouble?.Contains("in a row that no block can name", StringComparison.Ordinal) == true,
                "the flood to be found out");
        }
    }

    [Fact]
    public async Task Who_tells_of_the_same_weak_share_again_and_again_is_left_alone()
    {
        await ShareLab.MineAsync(_first, _clock, 3, Miner);
        var weak = NamedShare.Of(ShareLab.SolveWeak(await _first.GetTemplateAsync(Coins.Owner(21))));
        using var repeating = _firstHost.Client(new Repeating(weak.ToArray(), 2 * WeakPool.Most));
        await using var node = await RemoteSharechain.OpenAsync(
            [repeating], Row, InterpreterRules.Consensus, new MemoryBlockStore(), _main, _clock, Quick);
        await Eventually.TrueAsync(
            () => node.Sources[0].Trouble?.Contains("told of one again", StringComparison.Ordinal) == true, "the repeats");
        Assert.Single(await node.GetWeakAsync());
    }

    [Fact]
    public async Task One_that_is_a_bitcoin_block_is_offered_by_every_node_that_gave_out_its_template()
    {
        // The finder's own mainchain takes nothing.
        var deaf = new Deaf(_main);
        var second = await FollowAsync(_firstHost, deaf);
        await ShareLab.MineAsync(_first, _clock, 3, Miner);
        await TipAsync(second, _first);
        var height = (await _main.GetTipAsync()).Height;
        await _first.GetTemplateAsync(Miner);
        var weak = ShareLab.SolveWeak(await second.GetTemplateAsync(Coins.Owner(21)), isMainBlock: true);
        var result = await second.SubmitShareAsync(weak);
        Assert.Equal((SubmitCode.SideChain, SubmitCode.Refused), (result.Code, result.MainResult!.Code));

        await Eventually.TrueAsync(async () => (await _main.GetTipAsync()).Height == height + 1, "the block");
        await Eventually.TrueAsync(
            async () => await _first.GetFoundAsync() is [{ Fate: FoundFate.Accepted, IsWeak: true }, ..], "its fate");
        Assert.Equal(weak.Proof.MainHeader.Id.Value, (await _main.GetTipAsync()).Id);
    }

    [Fact]
    public async Task One_whose_share_is_not_here_yet_waits_for_it()
    {
        await ShareLab.MineAsync(_first, _clock, 3, Miner);
        var behind = Opened(await ShareNode.OpenAsync(Row, InterpreterRules.Consensus, new MemoryBlockStore(), _main, _clock));
        for (var height = 1; height <= 2; height++)
        {
            await behind.SubmitShareAsync((await ShareAtAsync(height))!);
        }

        var weak = NamedShare.Of(ShareLab.SolveWeak(await _first.GetTemplateAsync(Coins.Owner(21))));
        Assert.Equal(ShareRefusal.ParentUnknown, (await behind.SubmitWeakAsync(weak)).Refusal);
        Assert.Empty(await behind.GetWeakAsync());
        await behind.SubmitShareAsync((await ShareAtAsync(3))!);
        await WaitsAsync(behind, weak.Id);

        async Task<ShareBlock?> ShareAtAsync(int height) =>
            await _first.GetShareAsync(new ShareId((await _first.GetBlockIdAsync(height))!.Value));
    }

    [Fact]
    public async Task The_mainchain_is_asked_nothing_for_work_of_less_than_the_chain_s_price()
    {
        await ShareLab.MineAsync(_first, _clock, 3, Miner);
        var asking = new Asking(_main);
        var node = Opened(await ShareNode.OpenAsync(Row, InterpreterRules.Consensus, new MemoryBlockStore(), asking, _clock));
        for (var height = 1; height <= 3; height++)
        {
            await node.SubmitShareAsync((await _first.GetShareAsync(new ShareId((await _first.GetBlockIdAsync(height))!.Value)))!);
        }

        // Of a target that is not the one due, on a mainchain block that nobody knows.
        var template = await _first.GetTemplateAsync(Coins.Owner(21));
        var (due, nobodys) = (template.Header.Bits, new BlockId(Hash256.DoubleSha256([7])));
        Assert.True(due.TryExpand(out var target));
        var half = CompactTarget.FromTarget(U256.FromBigInteger(target.ToBigInteger() / 2));
        var harder = template.Header with { Bits = half, WeakBits = due };
        var other = (template with { Header = harder }).PaidTo(Coins.Owner(21));
        asking.About = nobodys;
        var cheap = ShareLab.SolveWeak(other with { MainHeader = other.MainHeader with { Previous = nobodys } });
        var refused = await node.SubmitWeakAsync(NamedShare.Of(cheap));
        Assert.Equal((SubmitCode.Refused, ShareRefusal.NamedInvalid), (refused.Code, refused.Refusal));
        Assert.Equal(0, asking.Times);

        // Work of the target due is worth a question.
        var dear = ShareLab.SolveWeak(template with { MainHeader = template.MainHeader with { Previous = nobodys } });
        Assert.Equal(ShareRefusal.MainPreviousUnknown, (await node.SubmitWeakAsync(NamedShare.Of(dear))).Refusal);
        Assert.NotEqual(0, asking.Times);
    }

    [Fact]
    public async Task What_is_longer_than_any_weak_share_is_refused_unread_and_other_rows_have_none()
    {
        await ShareLab.MineAsync(_first, _clock, 3, Miner);
        var weak = NamedShare.Of(ShareLab.SolveWeak(await _first.GetTemplateAsync(Coins.Owner(21))));
        var coinbase = weak.Proof.MainCoinbase;
        var note = new TxOut(Amount.Zero, new Script(new byte[NamedShare.MostBytes]));
        var fat = weak with
        {
            Proof = weak.Proof with { MainCoinbase = new Transaction(2, coinbase.Inputs, [.. coinbase.Outputs, note], 0) },
        };
        Assert.False(NamedShare.TryParse(fat.ToArray(), out _, out var error));
        Assert.Equal(Market.Bitcoin.Encoding.ParseError.TooLarge, error);
        Assert.True(NamedShare.TryParse(weak.ToArray(), out var again, out _));
        Assert.Equal(weak.ToArray(), again.ToArray());

        await using var plain = await ShareLab.NodeAsync(_main, _clock);
        Assert.Equal(SubmitCode.Refused, (await plain.SubmitWeakAsync(weak)).Code);
        Assert.Empty(await plain.GetWeakAsync());
    }

    [Fact]
    public async Task What_had_to_go_is_not_taken_again()
    {
        var share = NamedShare.Of(ShareLab.SolveWeak(await _first.GetTemplateAsync(Miner)));
        var pool = new WeakPool();
        for (var i = 0; i <= WeakPool.Most; i++)
        {
            Assert.True(pool.Add(Numbered(i), 0));
        }

        Assert.Equal(WeakPool.Most, pool.All.Length);
        Assert.DoesNotContain(Numbered(0).Id, pool.All.Select(each => each.Id));
        Assert.True(pool.IsSeen(Numbered(0).Id));
        Assert.False(pool.Add(Numbered(0), 0));
        for (var i = 0; i < WeakPool.MostWaiting + 5; i++)
        {
            pool.Wait(Numbered(i));
        }

        Assert.Equal(WeakPool.MostWaiting, pool.WaitingCount);
        Assert.DoesNotContain(Numbered(0).Id, pool.Waiting.Select(each => each.Id));

        NamedShare Numbered(int nonce) =>
            share with { Proof = share.Proof with { MainHeader = share.Proof.MainHeader with { Nonce = (uint)nonce } } };
    }

    private T Opened<T>(T one)
        where T : IAsyncDisposable
    {
        _open.Add(one);
        return one;
    }

    private NodeAnswer Seen(string path, NodeAnswer answer)
    {
        // Lists are bytes, and what is handed in is answered in JSON.
        if (path.EndsWith("/weak", StringComparison.Ordinal) && answer.ContentType.Contains("json", StringComparison.Ordinal))
        {
            _asked.Enqueue(path + " posted");
        }

        return answer;
    }

    private async Task<RemoteSharechain> FollowAsync(NodeHost host, IMainchain? main = null) =>
        Opened(await RemoteSharechain.OpenAsync(
            host.Client(), Row, InterpreterRules.Consensus, new MemoryBlockStore(), main ?? _main, _clock, Quick));

    private static Task TipAsync(ISharechain node, ISharechain other) => Eventually.TrueAsync(
        async () => (await node.GetTipAsync()).Id == (await other.GetTipAsync()).Id, "one tip");

    private static Task WaitsAsync(ISharechain node, ShareId weak) => Eventually.TrueAsync(
        async () => (await node.GetWeakAsync()).Any(share => share.Id == weak), $"weak share {weak}");

    private static ConcurrentQueue<ShareId> Listen(ShareNode node, CancellationToken stop)
    {
        var told = new ConcurrentQueue<ShareId>();
        var events = node.SubscribeAsync(stop);
        _ = Task.Run(
            async () =>
            {
                await foreach (var happened in events)
                {
                    if (happened is ChainEvent.WeakSeen seen)
                    {
                        told.Enqueue(seen.Share.Id);
                    }
                }
            },
            CancellationToken.None);
        return told;
    }

    /// <summary>An honest node between which and whoever follows it one event is told many times.</summary>
    private sealed class Repeating(byte[] weak, int times) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (!request.RequestUri!.AbsolutePath.EndsWith("/events", StringComparison.Ordinal))
            {
                return base.SendAsync(request, cancellationToken);
            }

            var told = $"event: weak\ndata: {{\"hex\":\"{Convert.ToHexStringLower(weak)}\"}}\n\n";
            var content = new StringContent(
                "event: gap\ndata: {}\n\n" + string.Concat(Enumerable.Repeat(told, times)), System.Text.Encoding.UTF8,
                "text/event-stream");
            return Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.OK) { Content = content });
        }
    }

    /// <summary>Refuses every block.</summary>
    private sealed class Deaf(IMainchain inner) : PassingMainchain(inner)
    {
        public override ValueTask<SubmitResult> SubmitBlockAsync(Block block, CancellationToken cancellation = default) =>
            ValueTask.FromResult(new SubmitResult(block.Id.Value, SubmitCode.Refused, "it takes none"));
    }

    /// <summary>Counts how often it is asked about a header.</summary>
    private sealed class Asking(IMainchain inner) : PassingMainchain(inner)
    {
        private readonly IMainchain _inner = inner;

        private int _times;

        public BlockId About { get; set; }

        public int Times => Volatile.Read(ref _times);

        public override ValueTask<MainHeader?> GetHeaderAsync(BlockId id, CancellationToken cancellation = default)
        {
            Interlocked.Add(ref _times, id == About ? 1 : 0);
            return _inner.GetHeaderAsync(id, cancellation);
        }
    }
}
