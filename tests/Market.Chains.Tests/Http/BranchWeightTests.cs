using System.Text;
using System.Text.Json;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Http;

/// <summary>Headers are weighed before bodies are asked for, and who sends light or wrong ones is left alone.</summary>
public sealed class BranchWeightTests : IAsyncLifetime
{
    private const int Bound = 6;
    private static readonly Script Miner = Coins.Owner(20);

    private static readonly SharechainProfile Profile = SharechainProfiles.P2ShareDevnet with { ReorgBound = Bound };

    private static readonly FollowerOptions Quick = new()
    {
        PollInterval = TimeSpan.FromMilliseconds(50),
        LongestPause = TimeSpan.FromMilliseconds(50),
        ShortestShun = TimeSpan.FromMilliseconds(50),
        LongestShun = TimeSpan.FromMilliseconds(50),
    };

    private readonly ManualClock _clock = new();
    private readonly MemoryBlockStore _store = new();
    private readonly Asked _heavyAsked = new();
    private readonly Asked _lightAsked = new();
    private EmbeddedMainchain _main = null!;
    private ShareNode _heavy = null!;
    private ShareNode _light = null!;
    private NodeHost _heavyHost = null!;
    private NodeHost _lightHost = null!;

    public async ValueTask InitializeAsync()
    {
        _main = await Lab.MainchainAsync(_clock);
        _heavy = await ShareLab.NodeAsync(_main, _clock);
        _light = await ShareLab.NodeAsync(_main, _clock);
        await ShareLab.MineAsync(_light, _clock, 8, Coins.Owner(21));
        await ShareLab.MineAsync(_heavy, _clock, 20, Miner);
        _heavyHost = new NodeHost(new NodeHttpService(_main, _heavy));
        _lightHost = new NodeHost(new NodeHttpService(_main, _light));
        using var http = _heavyHost.Client();
        await using var first = await OpenAsync(Quick, http);
        await first.WaitLiveAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _heavyHost.DisposeAsync();
        await _lightHost.DisposeAsync();
        await _heavy.DisposeAsync();
        await _light.DisposeAsync();
        await _main.DisposeAsync();
        _heavyAsked.Dispose();
        _lightAsked.Dispose();
    }

    [Fact]
    public async Task Bodies_are_asked_for_only_of_a_branch_that_comes_near_the_tip()
    {
        using var heavy = _heavyHost.Client(_heavyAsked);
        using var light = _lightHost.Client(_lightAsked);
        await using var chain = await OpenAsync(Quick, heavy, light);
        await Eventually.TrueAsync(() => _lightAsked.Count("headers") > 3, "the light branch to be weighed, again and again");
        Assert.Equal(0, _lightAsked.Count("blocks"));
        var lightTip = new ShareId((await _light.GetTipAsync()).Id);
        Assert.Null(await chain.GetShareAsync(lightTip));
        Assert.Contains(
            _lightHost.Address.Authority, await chain.FindDisagreementAsync() ?? "", StringComparison.Ordinal);

        // As soon as it has enough work, its bodies come; it is a side chain still.
        for (var left = 60; left > 0 && await chain.GetShareAsync(lightTip) is null; left--)
        {
            lightTip = (await ShareLab.MineAsync(_light, _clock, 1, Coins.Owner(21)))[0].Id;
            var weighed = _lightAsked.Count("headers");
            await Eventually.TrueAsync(() => _lightAsked.Count("headers") > weighed + 1, "it to be weighed again");
        }

        await Eventually.TrueAsync(async () => await chain.GetShareAsync(lightTip) is not null, "the branch");
        Assert.Equal((await _heavy.GetTipAsync()).Id, (await chain.GetTipAsync()).Id);
    }

    [Fact]
    public async Task A_share_of_a_light_branch_is_not_kept_whoever_offers_it()
    {
        await using var node = await ShareNode.OpenAsync(Profile, InterpreterRules.Consensus, _store, _main, _clock);
        var first = await _light.GetShareAsync(new ShareId((await _light.GetBlockIdAsync(1))!.Value));
        var written = _store.Load().Count();
        var result = await node.SubmitShareAsync(first!);
        Assert.Equal((SubmitCode.Refused, ShareRefusal.BranchTooLight), (result.Code, result.Refusal));
        Assert.Equal(0, node.DeferredCount);
        Assert.Equal(written, _store.Load().Count());
    }

    [Fact]
    public async Task Headers_without_end_cost_what_one_walk_may_and_their_sender_is_left_alone()
    {
        var asked = new Asked { HeadersAtOnce = 1, Tip = Hash256.DoubleSha256([1]) };
        using var heavy = _heavyHost.Client(_heavyAsked);
        using var light = _lightHost.Client(asked);
        var options = Quick with
        {
            ShortestShun = TimeSpan.FromHours(1),
            LongestShun = TimeSpan.FromHours(1),
            MostHeaderBytes = 1_000,
        };
        await using var chain = await OpenAsync(options, heavy, light);
        await Eventually.TrueAsync(() => chain.Sources.Any(
            source => source.Trouble?.Contains("without end", StringComparison.Ordinal) == true), "the flood to be seen");
        var questions = asked.Count("");
        Assert.InRange(asked.Count("headers"), 2, 8);
        Assert.Equal(0, asked.Count("blocks"));

        // Others are asked on and on; this one is not, and nothing else suffers.
        var before = _heavyAsked.Count("tip");
        var share = (await ShareLab.MineAsync(_heavy, _clock, 1, Miner))[0];
        await Eventually.TrueAsync(async () => (await chain.GetTipAsync()).Id == share.Id.Value, "the next share");
        await Eventually.TrueAsync(() => _heavyAsked.Count("tip") > before + 5, "five more questions");
        Assert.Equal(questions, asked.Count(""));
    }

    [Theory]
    [InlineData(nameof(Asked.Garbage))]
    [InlineData(nameof(Asked.KeepsBodies))]
    [InlineData(nameof(Asked.SwapsBodies))]
    public async Task Who_sends_garbage_or_other_bodies_than_weighed_is_left_alone(string fault)
    {
        var liar = new Asked
        {
            Garbage = fault == nameof(Asked.Garbage),
            KeepsBodies = fault == nameof(Asked.KeepsBodies),
            SwapsBodies = fault == nameof(Asked.SwapsBodies),
        };
        using var lying = _heavyHost.Client(liar);
        using var honest = _heavyHost.Client(_heavyAsked);
        var options = Quick with { ShortestShun = TimeSpan.FromHours(1), LongestShun = TimeSpan.FromHours(1) };
        await using var node = await RemoteSharechain.OpenAsync(
            [lying], Profile, InterpreterRules.Consensus, new MemoryBlockStore(), _main, _clock, options);
        await Eventually.TrueAsync(() => node.Status.RefusedBlocks > 0, "the lie to be found out");
        Assert.Equal(0, (await node.GetTipAsync()).Height);

        // What was under way when the lie was found out is answered meanwhile; then there is nothing more.
        await using var other = await OpenAsync(Quick, honest);
        await Eventually.TrueAsync(() => _heavyAsked.Count("tip") > 5, "five questions to the honest one");
        var questions = liar.Count("");
        await Eventually.TrueAsync(() => _heavyAsked.Count("tip") > 15, "ten more questions to the honest one");
        Assert.Equal(questions, liar.Count(""));
        Assert.False(node.Status.IsLive);
    }

    [Fact]
    public async Task Headers_are_served_without_reading_a_body()
    {
        var store = new CountingStore();
        await using var node = await ShareLab.NodeAsync(_main, _clock, store);
        var shares = await ShareLab.MineAsync(node, _clock, 12, Miner);
        var service = new NodeHttpService(_main, node);
        var locator = $"{shares[4].Id},{shares[0].Id}";
        var before = store.Bodies;
        var answer = await service.HandleAsync(
            new NodeRequest("GET", "sharechain/headers", name => name == "locator" ? locator : null, Stream.Null),
            TestContext.Current.CancellationToken);

        Assert.Equal(before, store.Bodies);
        var expected = shares.Skip(5).Select(share =>
        {
            var writer = new ByteWriter();
            share.Header.Write(writer);
            share.Proof.Write(writer);
            return writer.ToArray();
        });
        Assert.Equal(NodeFrames.Join(expected), answer.Body.ToArray());

        // One at least, and no more than the bytes allow.
        Assert.Single(await node.GetHeadersAsync(0, 12, 1, TestContext.Current.CancellationToken));
        Assert.Equal(5, (await node.GetHeadersAsync(0, 5, int.MaxValue, TestContext.Current.CancellationToken)).Length);
        Assert.Empty(await node.GetHeadersAsync(12, 5, int.MaxValue, TestContext.Current.CancellationToken));
    }

    private Task<RemoteSharechain> OpenAsync(FollowerOptions options, params HttpClient[] sources) =>
        RemoteSharechain.OpenAsync(sources, Profile, InterpreterRules.Consensus, _store, _main, _clock, options);

    /// <summary>Counts blocks that are read whole.</summary>
    private sealed class CountingStore : IBlockStore
    {
        private readonly MemoryBlockStore _inner = new();

        public int Bodies { get; private set; }

        public Hash256? GetTip() => _inner.GetTip();

        public IEnumerable<StoredBlock> Load() => _inner.Load();

        public IEnumerable<Hash256> LoadInvalid() => _inner.LoadInvalid();

        public ReadOnlyMemory<byte>? GetBlock(Hash256 id)
        {
            Bodies++;
            return _inner.GetBlock(id);
        }

        public IReadOnlyList<ReadOnlyMemory<byte>?> GetStarts(IReadOnlyList<Hash256> ids, int most) =>
            _inner.GetStarts(ids, most);

        public ReadOnlyMemory<byte>? GetUndo(Hash256 id) => _inner.GetUndo(id);

        public void Write(StoreChange change) => _inner.Write(change);

        public StoredSnapshot? GetSnapshot() => _inner.GetSnapshot();

        public void WriteSnapshot(StoredSnapshot snapshot) => _inner.WriteSnapshot(snapshot);

        public ReadOnlyMemory<byte>? GetFound() => _inner.GetFound();

        public void WriteFound(ReadOnlyMemory<byte> found) => _inner.WriteFound(found);

        public void Dispose() => _inner.Dispose();
    }

    /// <summary>Counts what is asked, and answers as it is told to.</summary>
    private sealed class Asked : DelegatingHandler
    {
        private readonly List<string> _paths = [];

        public int? HeadersAtOnce { get; init; }

        public Hash256? Tip { get; init; }

        public bool Garbage { get; init; }

        public bool KeepsBodies { get; init; }

        public bool SwapsBodies { get; init; }

        public int Count(string what)
        {
            lock (_paths)
            {
                return _paths.Count(path => path.Contains("p2share-devnet/" + what, StringComparison.Ordinal));
            }
        }

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.ToString();
            lock (_paths)
            {
                _paths.Add(path);
            }

            var response = await base.SendAsync(request, cancellationToken);
            if (path.Contains("/tip", StringComparison.Ordinal) && Tip is { } tip)
            {
                var said = JsonSerializer.Deserialize<TipPayload>(
                    await response.Content.ReadAsStringAsync(cancellationToken), NodeJson.Options)!;
                response.Content = new StringContent(
                    JsonSerializer.Serialize(said with { Id = tip.ToString() }, NodeJson.Options), Encoding.UTF8);
            }
            else if (path.Contains("/headers", StringComparison.Ordinal))
            {
                await ChangeAsync(
                    response, items => Garbage ? [new byte[] { 1, 2, 3 }] : items.Take(HeadersAtOnce ?? int.MaxValue));
            }
            else if (path.Contains("/blocks", StringComparison.Ordinal))
            {
                await ChangeAsync(response, items => KeepsBodies ? [] : SwapsBodies ? items.Skip(1) : items);
            }

            return response;

            async Task ChangeAsync(
                HttpResponseMessage answer, Func<List<ReadOnlyMemory<byte>>, IEnumerable<ReadOnlyMemory<byte>>> change)
            {
                var body = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
                var items = NodeFrames.Split(body, NodeHttpService.MostHeaders)!;
                answer.Content = new ByteArrayContent(NodeFrames.Join(change(items).Select(item => item.ToArray())));
            }
        }
    }
}
