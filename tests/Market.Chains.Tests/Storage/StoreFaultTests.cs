using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Http;
using Market.Chains.Postgres;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;
using Market.Testing.Chains;
using Npgsql;

namespace Market.Chains.Tests.Storage;

/// <summary>What nodes do about stores that fail, and about blocks that a store holds as invalid.</summary>
public sealed class StoreFaultTests(TestPostgres postgres)
{
    private static readonly Script Miner = Coins.Owner(20);
    private readonly ManualClock _clock = new();

    [Theory]
    [InlineData("file")]
    [InlineData("postgres")]
    public async Task An_invalid_branch_sent_again_after_a_restart_is_refused_and_the_store_opens_again(string kind)
    {
        using var folder = new TempFolder();
        var database = kind == "postgres" ? await postgres.NewDatabaseAsync() : "";
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        var (branch, other) = await BranchAsync(main, Open());

        await using (var victim = await ShareLab.NodeAsync(main, _clock, Open()))
        {
            Assert.Equal(11, (await victim.GetTipAsync()).Height);
            foreach (var share in branch.Append(other))
            {
                Assert.Equal(
                    (SubmitCode.Refused, ShareRefusal.ParentInvalid), Short(await victim.SubmitShareAsync(share)));
            }

            await ShareLab.MineAsync(victim, _clock, 1, Miner);
        }

        await using var again = await ShareLab.NodeAsync(main, _clock, Open());
        Assert.Equal(12, (await again.GetTipAsync()).Height);

        IBlockStore Open() => kind == "file"
            ? FileBlockStore.Open(folder["shares"])
            : PostgresBlockStore.Open(database, "shares");
    }

    [Fact]
    public async Task A_database_that_ends_every_connection_stops_no_node()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using (var node = await ShareLab.NodeAsync(main, _clock, PostgresBlockStore.Open(database, "shares")))
        {
            for (var round = 1; round <= 3; round++)
            {
                await ShareLab.MineAsync(node, _clock, 2, Miner);
                await EndConnectionsAsync(database);
                await ShareLab.MineAsync(node, _clock, 1, Miner);
                Assert.Equal(3 * round, (await node.GetTipAsync()).Height);
            }
        }

        await using var again = await ShareLab.NodeAsync(main, _clock, PostgresBlockStore.Open(database, "shares"));
        Assert.Equal(9, (await again.GetTipAsync()).Height);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_change_that_cannot_be_kept_is_not_there_and_the_node_goes_on(bool written)
    {
        var store = new FailingStore();
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await ShareLab.NodeAsync(main, _clock, store);
        await ShareLab.MineAsync(node, _clock, 7, Miner);
        var (tip, hash) = (await node.GetTipAsync(), node.StateHash());

        // Full for one block; where the change was written before the failure it is found there.
        (store.Failures, store.WritesFirst) = (1, written);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var share = ShareLab.Solve(await node.GetTemplateAsync(Miner));
        var error = await Assert.ThrowsAsync<ChainUnavailableException>(async () => await node.SubmitShareAsync(share));
        Assert.Contains("disk full", error.Message, StringComparison.Ordinal);
        Assert.Contains("disk full", node.StoreTrouble, StringComparison.Ordinal);
        if (!written)
        {
            Assert.Equal(tip, await node.GetTipAsync());
            Assert.Equal(hash, node.StateHash());
        }

        Assert.True((await node.SubmitShareAsync(share)).IsSuccess);
        await ShareLab.MineAsync(node, _clock, 3, Miner);
        Assert.Equal(11, (await node.GetTipAsync()).Height);
        Assert.Equal(11, store.Load().Count());
    }

    [Fact]
    public async Task A_snapshot_is_kept_on_closing_and_one_that_fails_stops_nothing()
    {
        var store = new FailingStore();
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        Hash256 hash;
        await using (var node = await ShareLab.NodeAsync(main, _clock, store))
        {
            await ShareLab.MineAsync(node, _clock, 5, Miner);
            hash = node.StateHash();
        }

        Assert.Equal(store.GetTip(), store.GetSnapshot()!.Block);
        store.FailsSnapshots = true;
        await using (var node = await ShareLab.NodeAsync(main, _clock, store))
        {
            Assert.Equal(hash, node.StateHash());
            await ShareLab.MineAsync(node, _clock, 1, Miner);
        }

        // Opened with nothing new, closing writes nothing: it was at the snapshot or near it.
        Assert.NotEqual(store.GetTip(), store.GetSnapshot()!.Block);
        store.FailsSnapshots = false;
        await (await ShareLab.NodeAsync(main, _clock, store)).DisposeAsync();
        Assert.Equal(store.GetTip(), store.GetSnapshot()!.Block);
    }

    [Fact]
    public async Task A_stream_of_events_left_at_any_moment_keeps_no_reader()
    {
        var events = new ChainEvents();
        using (var gone = new CancellationTokenSource())
        {
            _ = events.Subscribe(gone.Token);
            Assert.Equal(1, events.ReaderCount);
            await gone.CancelAsync();
            Assert.Equal(0, events.ReaderCount);
        }

        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await ShareLab.NodeAsync(main, _clock);
        var service = new NodeHttpService(main, node);
        for (var i = 0; i < 20; i++)
        {
            // The connection is lost while the first event is written.
            await using (var streamed = service.EventsAsync("sharechain",
                TestContext.Current.CancellationToken)!.GetAsyncEnumerator())
            {
                Assert.True(await streamed.MoveNextAsync());
                Assert.Equal(1, node.EventReaders);
            }

            Assert.Equal(0, node.EventReaders);
        }
    }

    private static (SubmitCode Code, ShareRefusal Refusal) Short(ShareResult result) => (result.Code, result.Refusal);

    private static async Task EndConnectionsAsync(string database)
    {
        await using var admin = new NpgsqlConnection(database);
        await admin.OpenAsync();
        await using var kill = new NpgsqlCommand(
            """
            select count(pg_terminate_backend(pid)) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()
            """,
            admin);
        await kill.ExecuteScalarAsync();
    }

    // A node of lax rules makes a branch whose first block spends by a wrong script; the victim stores it off its best
    // chain, connects it when it has more work, and finds it out. Returns the branch and another child of its first.
    private async Task<(List<ShareBlock> Branch, ShareBlock Other)> BranchAsync(IMainchain main, IBlockStore store)
    {
        await using var victim = await ShareLab.NodeAsync(main, _clock, store);
        await using var evil = await LaxAsync(main);
        await using var second = await LaxAsync(main);
        foreach (var share in await ShareLab.MineAsync(victim, _clock, 8, Miner))
        {
            await evil.SubmitShareAsync(share);
            await second.SubmitShareAsync(share);
        }

        await ShareLab.MineAsync(victim, _clock, 3, Miner);
        var coin = (await evil.GetCoinsAsync(Miner))[0];
        var wrong = new Transaction(
            2, [new TxIn(coin.OutPoint, new Script(new byte[] { 0x6a }), TxIn.FinalSequence)],
            [new TxOut(coin.Output.Value - new Amount(1_000), Coins.Owner(9))], 0);
        Assert.Equal(BroadcastCode.Accepted, (await evil.BroadcastAsync(wrong)).Code);
        var branch = await ShareLab.MineAsync(evil, _clock, 5, Coins.Owner(30));
        foreach (var share in branch)
        {
            await victim.SubmitShareAsync(share);
        }

        Assert.Equal(11, (await victim.GetTipAsync()).Height);
        await second.SubmitShareAsync(branch[0]);
        return (branch, (await ShareLab.MineAsync(second, _clock, 1, Coins.Owner(31)))[0]);
    }

    private Task<ShareNode> LaxAsync(IMainchain main) => ShareNode.OpenAsync(
        SharechainProfiles.P2ShareDevnet, new Anything(), new MemoryBlockStore(), main, _clock);

    private sealed class Anything : IScriptRules
    {
        public FailedInput? Verify(IReadOnlyList<PrecomputedTransaction> transactions) => null;

        public int SigOpCost(Transaction transaction, ReadOnlySpan<TxOut> spent) => 0;
    }

    /// <summary>Keeps what it is given, and fails when it is told to. Closing it changes nothing.</summary>
    private sealed class FailingStore : IBlockStore
    {
        private readonly MemoryBlockStore _inner = new();

        public int Failures { get; set; }

        public bool WritesFirst { get; set; }

        public bool FailsSnapshots { get; set; }

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
            if (Failures > 0 && !WritesFirst)
            {
                Failures--;
                throw new IOException("disk full");
            }

            _inner.Write(change);
            if (Failures > 0)
            {
                Failures--;
                throw new IOException("disk full");
            }
        }

        public void WriteSnapshot(StoredSnapshot snapshot)
        {
            if (FailsSnapshots)
            {
                throw new IOException("disk full");
            }

            _inner.WriteSnapshot(snapshot);
        }

        public void Dispose() => GC.KeepAlive(_inner);
    }
}
