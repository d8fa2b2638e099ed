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
    [InlineData(false, typeof(IOException))]
    [InlineData(true, typeof(IOException))]
    [InlineData(false, typeof(InvalidOperationException))]
    [InlineData(true, typeof(ArgumentException))]
    public async Task A_change_that_cannot_be_kept_is_not_there_and_the_node_goes_on(bool written, Type failure)
    {
        var store = new FailingStore { Failure = failure };
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
    public async Task A_lock_that_counts_as_held_after_a_lost_connection_is_waited_for()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await ShareLab.NodeAsync(main, _clock, PostgresBlockStore.Open(database, "shares"));
        await ShareLab.MineAsync(node, _clock, 2, Miner);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var share = ShareLab.Solve(await node.GetTemplateAsync(Miner));
        await using (var held = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString))
        {
            await held.OpenAsync();
            await EndConnectionsAsync(held);
            await using var take = new NpgsqlCommand(
                "select pg_advisory_lock(hashtextextended(current_database() || 'market chain shares', 7))", held);
            await take.ExecuteNonQueryAsync();
            await Assert.ThrowsAsync<ChainUnavailableException>(async () => await node.SubmitShareAsync(share));
            Assert.Contains("Another process", node.StoreTrouble, StringComparison.Ordinal);
        }

        Assert.True((await node.SubmitShareAsync(share)).IsSuccess);
        Assert.Equal(3, (await node.GetTipAsync()).Height);
    }

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(ArgumentException))]
    public async Task A_node_lets_its_store_go_whatever_fails_in_closing(Type failure)
    {
        var store = new FailingStore { Failure = failure, FailsSnapshots = true };
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using (var node = await ShareLab.NodeAsync(main, _clock, store))
        {
            await ShareLab.MineAsync(node, _clock, 1, Miner);
        }

        Assert.True(store.IsDisposed);
    }

    [Fact]
    public async Task Shares_that_wait_are_tried_again_where_the_store_failed_with_one_of_them()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var late = await Lab.MainchainAsync(_clock, premine: 0);
        await SendAsync(1);
        await using var node = await ShareLab.NodeAsync(main, _clock);
        await main.MineAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var first = ShareLab.Solve(await node.GetTemplateAsync(Miner));
        var second = ShareLab.Solve(await node.GetTemplateAsync(Coins.Owner(21)));
        Assert.True((await node.SubmitShareAsync(first)).IsSuccess);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var children = new[] { Coins.Owner(22), Coins.Owner(23) };
        var shares = new List<ShareBlock> { first, second };
        foreach (var miner in children)
        {
            shares.Add(ShareLab.Solve(await node.GetTemplateAsync(miner)));
        }

        // All wait for a mainchain block; the children for their parent.
        var store = new FailingStore();
        await using var victim = await ShareLab.NodeAsync(late, _clock, store);
        foreach (var share in shares)
        {
            Assert.Equal(SubmitCode.Deferred, (await victim.SubmitShareAsync(share)).Code);
        }

        // It fails with the first, and later with the first of the children.
        store.FailsAt = [1, 4];
        for (var height = 2; height <= (await main.GetTipAsync()).Height; height++)
        {
            // A share may be a block of the mainchain as well.
            await SendAsync(height);
        }

        await Eventually.TrueAsync(
            async () =>
            {
                var taken = 0;
                foreach (var share in shares)
                {
                    taken += await victim.GetShareAsync(share.Id) is null ? 0 : 1;
                }

                return taken == shares.Count;
            },
            "the shares to be taken");
        Assert.Empty(store.FailsAt);

        async Task SendAsync(int height) => Assert.True((await late.SubmitBlockAsync(
            (await main.GetFullBlockAsync((await main.GetHeaderAsync(height))!.Header.Id))!)).IsSuccess);
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

    [Fact]
    public async Task A_node_that_cannot_keep_what_it_found_lets_go_of_its_store_all_the_same()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        var store = new FailingStore { FailsFound = true };
        var node = await ShareLab.NodeAsync(main, _clock, store);
        await ShareLab.MineAsync(node, _clock, 1, Miner);
        await Assert.ThrowsAsync<IOException>(async () => await node.DisposeAsync());
        Assert.True(store.IsDisposed);
    }

    private static (SubmitCode Code, ShareRefusal Refusal) Short(ShareResult result) => (result.Code, result.Refusal);

    private static async Task EndConnectionsAsync(string database)
    {
        await using var admin = new NpgsqlConnection(database);
        await admin.OpenAsync();
        await EndConnectionsAsync(admin);
    }

    private static async Task EndConnectionsAsync(NpgsqlConnection admin)
    {
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

        public Type Failure { get; init; } = typeof(IOException);

        /// <summary>Numbers of the writes that fail, counted from now on.</summary>
        public List<int> FailsAt { get; set; } = [];

        private int _writes;

        public bool IsDisposed { get; private set; }

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
            if (FailsAt.Count > 0 && FailsAt.Remove(++_writes))
            {
                throw Failed();
            }

            if (Failures > 0 && !WritesFirst)
            {
                Failures--;
                throw Failed();
            }

            _inner.Write(change);
            if (Failures > 0)
            {
                Failures--;
                throw Failed();
            }
        }

        public void WriteSnapshot(StoredSnapshot snapshot)
        {
            if (FailsSnapshots)
            {
                throw Failed();
            }

            _inner.WriteSnapshot(snapshot);
        }

        public ReadOnlyMemory<byte>? GetFound() => _inner.GetFound();

        public bool FailsFound { get; set; }

        public void WriteFound(ReadOnlyMemory<byte> found)
        {
            if (FailsFound)
            {
                throw Failed();
            }

            _inner.WriteFound(found);
        }

        public void Dispose() => IsDisposed = true;

        private Exception Failed() => (Exception)Activator.CreateInstance(Failure, "disk full")!;
    }
}
