using Market.Bitcoin;
using Market.Chains.Http;
using Market.Chains.Shares;
using Market.Chains.Postgres;
using Market.Chains.Storage;
using Market.Sharechain;
using Market.Testing.Chains;
using Npgsql;

namespace Market.Chains.Tests.Storage;

/// <summary>A store that hangs keeps nobody waiting who reads, and nothing is acknowledged, or seen, before it is stored.</summary>
public sealed class SlowStoreTests(TestPostgres postgres)
{
    private static readonly Script Miner = Coins.Owner(20);
    private readonly ManualClock _clock = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Readers_do_not_wait_for_a_write_and_its_share_is_neither_seen_nor_acknowledged(bool reorganises)
    {
        using var store = new HangingStore();
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await ShareLab.NodeAsync(main, _clock, store);
        var mined = await ShareLab.MineAsync(node, _clock, 8, Miner);
        var share = reorganises
            ? await RivalAsync(node, main, mined[..6])
            : await NextAsync(node);
        var before = (await node.GetTipAsync(), node.StateHash());
        using var stop = new CancellationTokenSource();
        await using var events = node.SubscribeAsync(stop.Token).GetAsyncEnumerator(stop.Token);

        store.Hangs = true;
        var submitted = node.SubmitShareAsync(share).AsTask();
        await store.Entered.Task.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        var waiting = Coins.Spend(await Coins.MatureAsync(node, Miner), Coins.Owner(22));
        await Task.Run(() => AskEverythingAsync(main, node, mined[^1], waiting), TestContext.Current.CancellationToken)
            .WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);

        Assert.Equal(before, (await node.GetTipAsync(), node.StateHash()));
        Assert.Null(await node.GetHeightAsync(share.Id, TestContext.Current.CancellationToken));
        Assert.Null(await node.GetBlockAsync(share.Id.Value, TestContext.Current.CancellationToken));
        Assert.True(await NextOfChainAsync(events));
        Assert.Equal(waiting.Id, Assert.IsType<ChainEvent.TransactionSeen>(events.Current).Transaction.Id);
        var next = NextOfChainAsync(events);
        Assert.False(submitted.IsCompleted);
        Assert.False(next.IsCompleted);

        store.Release();
        Assert.Equal(SubmitCode.Accepted, (await submitted).Code);
        Assert.Equal(share.Id.Value, (await node.GetTipAsync()).Id);
        Assert.True(await next);
        Assert.Equal(share.Id.Value, Assert.IsType<ChainEvent.TipChanged>(events.Current).Tip.Id);
        await stop.CancelAsync();
    }

    [Fact]
    public async Task Readers_of_a_database_do_not_wait_for_its_writer()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await ShareLab.NodeAsync(main, _clock, PostgresBlockStore.Open(database, "shares"));
        await ShareLab.MineAsync(node, _clock, 3, Miner);
        await using var other = new NpgsqlConnection(database);
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await using var transaction = await other.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var command = new NpgsqlCommand("lock table shares.block in exclusive mode", other, transaction))
        {
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var share = await NextAsync(node);
        var submitted = node.SubmitShareAsync(share).AsTask();
        var watching = new NpgsqlCommand(
            "select count(*) from pg_locks where not granted and relation = 'shares.block'::regclass", other, transaction);
        await Eventually.TrueAsync(
            async () => await watching.ExecuteScalarAsync(TestContext.Current.CancellationToken) is 1L, "the writer to hang");
        await watching.DisposeAsync();
        var headers = await Task.Run(
                async () => await node.GetHeadersAsync(0, 10, int.MaxValue), TestContext.Current.CancellationToken)
            .WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(3, headers.Length);
        Assert.False(submitted.IsCompleted);

        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(SubmitCode.Accepted, (await submitted).Code);
    }

    [Fact]
    public async Task Blocks_that_wait_for_the_store_are_bounded()
    {
        using var store = new HangingStore();
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await ShareLab.NodeAsync(main, _clock, store);
        await ShareLab.MineAsync(node, _clock, 2, Miner);
        var share = await NextAsync(node);
        store.Hangs = true;
        var many = Enumerable.Range(0, 300).Select(_ => node.SubmitShareAsync(share).AsTask()).ToList();
        await Eventually.TrueAsync(() => many.Count(each => each.IsFaulted) == 300 - 256, "those beyond the bound");
        Assert.All(
            many.Where(each => each.IsFaulted), each => Assert.IsType<ChainUnavailableException>(each.Exception!.InnerException));

        store.Release();
        var results = await Task.WhenAll(many.Where(each => !each.IsFaulted));
        Assert.Single(results, result => result.Code == SubmitCode.Accepted);
        Assert.Equal(255, results.Count(result => result.Code == SubmitCode.Duplicate));
    }

    private static async Task AskEverythingAsync(IMainchain main, ShareNode node, ShareBlock stored, Transaction spend)
    {
        Assert.NotNull(await node.GetShareAsync(stored.Id));
        Assert.NotNull(await node.GetBlockAsync(stored.Id.Value));
        Assert.NotNull(await node.FindTransactionAsync(stored.Transactions[0].Id));
        Assert.NotEmpty(await node.GetCoinsAsync(Miner));
        Assert.Equal(BroadcastCode.Accepted, (await node.BroadcastAsync(spend)).Code);
        Assert.Single(await node.GetMempoolAsync());
        Assert.NotNull(await node.FindUnspentAsync(new OutPoint(spend.Id, 0)));
        Assert.NotEmpty(await node.GetHeadersAsync(0, 5, int.MaxValue));
        Assert.NotNull(await node.GetTemplateAsync(Miner));
        await node.GetFiguresAsync();
        await node.GetNextPayoutAsync();
        await node.EstimateFeeAsync(6);
        var service = new NodeHttpService(main, node);
        foreach (var path in (string[])["tip", "headers", "mempool", "figures", "payout", "blocks", $"block/{stored.Id}"])
        {
            var answer = await service.HandleAsync(new NodeRequest(
                "GET", "sharechain/" + path, name => name == "after" ? stored.Header.Parent.ToString() : null, Stream.Null));
            Assert.Equal(200, answer.Status);
        }
    }

    // A share may be a mainchain block too, of which is told whenever the mainchain answers.
    private static async Task<bool> NextOfChainAsync(IAsyncEnumerator<ChainEvent> events)
    {
        while (await events.MoveNextAsync())
        {
            if (events.Current is not ChainEvent.FateChanged)
            {
                return true;
            }
        }

        return false;
    }

    private async Task<ShareBlock> NextAsync(ShareNode node)
    {
        _clock.Advance(TimeSpan.FromSeconds(2));
        return ShareLab.Solve(await node.GetTemplateAsync(Miner));
    }

    // The last share of a branch that takes the place of the node's newest two.
    private async Task<ShareBlock> RivalAsync(ShareNode node, IMainchain main, List<ShareBlock> common)
    {
        await using var rival = await ShareLab.NodeAsync(main, _clock);
        foreach (var share in common)
        {
            await rival.SubmitShareAsync(share);
        }

        while (true)
        {
            var share = (await ShareLab.MineAsync(rival, _clock, 1, Coins.Owner(30)))[0];
            var scale = await rival.GetFiguresAsync();
            Assert.True(scale.Coins > 0);
            if (await HasMoreWorkAsync(rival, node))
            {
                return share;
            }

            Assert.Equal(SubmitCode.SideChain, (await node.SubmitShareAsync(share)).Code);
        }
    }

    private static async Task<bool> HasMoreWorkAsync(ShareNode one, ShareNode other) =>
        await WorkAsync(one) > await WorkAsync(other);

    private static async Task<U256> WorkAsync(ShareNode node)
    {
        var sum = U256.Zero;
        for (var height = 1; await node.GetBlockIdAsync(height) is { } id; height++)
        {
            sum += (await node.GetShareAsync(new ShareId(id)))!.Header.Bits.Work();
        }

        return sum;
    }

    /// <summary>Keeps what it is given; while it is told to hang, writes wait to be let go.</summary>
    private sealed class HangingStore : IBlockStore
    {
        private readonly MemoryBlockStore _inner = new();
        private readonly ManualResetEventSlim _released = new();

        public bool Hangs { get; set; }

        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release()
        {
            Hangs = false;
            _released.Set();
        }

        public Hash256? GetTip() => _inner.GetTip();

        public IEnumerable<StoredBlock> Load() => _inner.Load();

        public IEnumerable<Hash256> LoadInvalid() => _inner.LoadInvalid();

        public ReadOnlyMemory<byte>? GetBlock(Hash256 id) => _inner.GetBlock(id);

        public IReadOnlyList<ReadOnlyMemory<byte>?> GetStarts(IReadOnlyList<Hash256> ids, int most) =>
            _inner.GetStarts(ids, most);

        public ReadOnlyMemory<byte>? GetUndo(Hash256 id) => _inner.GetUndo(id);

        public StoredSnapshot? GetSnapshot() => _inner.GetSnapshot();

        public void Write(StoreChange change)
        {
            if (Hangs)
            {
                Entered.TrySetResult();
                if (!_released.Wait(Eventually.Patience))
                {
                    throw new TimeoutException("A test that failed lets nobody wait for it.");
                }
            }

            _inner.Write(change);
        }

        public void WriteSnapshot(StoredSnapshot snapshot) => _inner.WriteSnapshot(snapshot);

        public ReadOnlyMemory<byte>? GetFound() => _inner.GetFound();

        public void WriteFound(ReadOnlyMemory<byte> found) => _inner.WriteFound(found);

        public void Dispose() => GC.KeepAlive(_inner);
    }
}
