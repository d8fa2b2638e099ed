using System.Collections.Concurrent;
using Market.Bitcoin;
using Market.Chains.Engine;
using Market.Chains.Storage;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Storage;

/// <summary>Threads of the pool answer everybody: none of them waits for a store, however many read.</summary>
public sealed class StoreThreadTests
{
    private const int Readers = 3 * StoreThreads.Most;
    private static readonly Script Miner = Coins.Owner(20);
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task Reads_and_writes_wait_for_the_store_on_threads_of_their_own()
    {
        using var store = new WatchedStore();
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        var mined = await FillAsync(store, main);

        await using var node = await ShareLab.NodeAsync(main, _clock, store);
        store.Threads.Clear();
        // From a thread of the pool, as requests come.
        await Task.Run(async () =>
        {
            Assert.NotNull(await node.GetShareAsync(mined[0].Id));
            Assert.NotNull(await node.GetBlockAsync(mined[1].Id.Value));
            Assert.NotNull(await node.FindTransactionAsync(mined[2].Transactions[0].Id));
            Assert.NotEmpty(await node.GetHeadersAsync(0, 5, int.MaxValue));
            await ShareLab.MineAsync(node, _clock, 1, Miner);
        }, TestContext.Current.CancellationToken);

        Assert.Equal(["GetBlock", "GetStarts", "Write"], store.Threads.Select(each => each.Call).Distinct().Order());
        Assert.DoesNotContain(store.Threads, each => each.IsOfPool);
    }

    [Fact]
    public async Task Few_wait_for_the_store_at_once_and_the_others_get_their_turn()
    {
        using var store = new WatchedStore();
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        var mined = await FillAsync(store, main);
        await using var node = await ShareLab.NodeAsync(main, _clock, store);

        store.Hangs = true;
        var reads = Enumerable.Range(0, Readers).Select(async _ => await node.GetShareAsync(mined[0].Id)).ToList();
        await Eventually.TrueAsync(() => store.Waiting == StoreThreads.Most, "as many readers at the store as may be");
        Assert.DoesNotContain(reads, read => read.IsCompleted);
        Assert.NotNull(await node.GetBlockIdAsync(1, TestContext.Current.CancellationToken));

        store.Release();
        Assert.All(await Task.WhenAll(reads), Assert.NotNull);
        Assert.Equal(StoreThreads.Most, store.MostWaiting);
    }

    [Fact]
    public async Task What_memory_has_is_not_asked_of_the_store()
    {
        using var store = new WatchedStore();
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await ShareLab.NodeAsync(main, _clock, store);
        var mined = await ShareLab.MineAsync(node, _clock, 2, Miner);
        store.Hangs = true;

        Assert.NotNull(await node.GetShareAsync(mined[0].Id, TestContext.Current.CancellationToken));
        Assert.NotNull(await node.GetBlockAsync(mined[1].Id.Value, TestContext.Current.CancellationToken));

        Assert.Equal(0, store.Waiting);
        store.Release();
    }

    [Fact]
    public async Task Who_gives_up_waiting_for_a_turn_leaves_it_to_others()
    {
        var threads = new StoreThreads();
        using var gate = new ManualResetEventSlim();
        bool Hold()
        {
            gate.Wait();
            return true;
        }

        var held = Enumerable.Range(0, StoreThreads.Most).Select(_ => RunAsync(threads, Hold, CancellationToken.None)).ToList();
        using var patience = new CancellationTokenSource();
        var waiting = RunAsync(threads, () => true, patience.Token);

        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        gate.Set();

        Assert.All(await Task.WhenAll(held), Assert.True);
        await Assert.ThrowsAsync<IOException>(
            () => RunAsync(threads, () => throw new IOException("gone"), CancellationToken.None));
        Assert.True(await RunAsync(threads, () => true, CancellationToken.None));
    }

    private static async Task<bool> RunAsync(StoreThreads threads, Func<bool> work, CancellationToken cancel) =>
        await threads.RunAsync(work, cancel);

    private async Task<List<ShareBlock>> FillAsync(IBlockStore store, IMainchain main)
    {
        await using var node = await ShareLab.NodeAsync(main, _clock, new KeptOpen(store));
        return await ShareLab.MineAsync(node, _clock, 5, Miner);
    }

    /// <summary>Notes what is called on which kind of thread; while it is told to hang, reads wait to be let go.</summary>
    private sealed class WatchedStore : IBlockStore
    {
        private readonly MemoryBlockStore _inner = new();
        private readonly ManualResetEventSlim _released = new();
        private readonly Lock _gate = new();

        public bool Hangs { get; set; }

        public int Waiting { get; private set; }

        public int MostWaiting { get; private set; }

        public ConcurrentBag<(string Call, bool IsOfPool)> Threads { get; } = [];

        public void Release()
        {
            Hangs = false;
            _released.Set();
        }

        public Hash256? GetTip() => _inner.GetTip();

        public IEnumerable<StoredBlock> Load() => _inner.Load();

        public IEnumerable<Hash256> LoadInvalid() => _inner.LoadInvalid();

        public ReadOnlyMemory<byte>? GetBlock(Hash256 id)
        {
            Note(nameof(GetBlock));
            if (Hangs) Wait();
            return _inner.GetBlock(id);
        }

        public IReadOnlyList<ReadOnlyMemory<byte>?> GetStarts(IReadOnlyList<Hash256> ids, int most)
        {
            Note(nameof(GetStarts));
            return _inner.GetStarts(ids, most);
        }

        public ReadOnlyMemory<byte>? GetUndo(Hash256 id) => _inner.GetUndo(id);

        public StoredSnapshot? GetSnapshot() => _inner.GetSnapshot();

        public void Write(StoreChange change)
        {
            Note(nameof(Write));
            _inner.Write(change);
        }

        public void WriteSnapshot(StoredSnapshot snapshot) => _inner.WriteSnapshot(snapshot);

        public ReadOnlyMemory<byte>? GetFound() => _inner.GetFound();

        public void WriteFound(ReadOnlyMemory<byte> found) => _inner.WriteFound(found);

        public void Dispose() => _released.Dispose();

        private void Note(string call) => Threads.Add((call, Thread.CurrentThread.IsThreadPoolThread));

        private void Wait()
        {
            lock (_gate) MostWaiting = Math.Max(MostWaiting, ++Waiting);
            _released.Wait();
            lock (_gate) Waiting--;
        }
    }

    /// <summary>A store that is used again after the node that had it.</summary>
    private sealed class KeptOpen(IBlockStore inner) : IBlockStore
    {
        public Hash256? GetTip() => inner.GetTip();

        public IEnumerable<StoredBlock> Load() => inner.Load();

        public IEnumerable<Hash256> LoadInvalid() => inner.LoadInvalid();

        public ReadOnlyMemory<byte>? GetBlock(Hash256 id) => inner.GetBlock(id);

        public IReadOnlyList<ReadOnlyMemory<byte>?> GetStarts(IReadOnlyList<Hash256> ids, int most) => inner.GetStarts(ids, most);

        public ReadOnlyMemory<byte>? GetUndo(Hash256 id) => inner.GetUndo(id);

        public StoredSnapshot? GetSnapshot() => inner.GetSnapshot();

        public void Write(StoreChange change) => inner.Write(change);

        public void WriteSnapshot(StoredSnapshot snapshot) => inner.WriteSnapshot(snapshot);

        public ReadOnlyMemory<byte>? GetFound() => inner.GetFound();

        public void WriteFound(ReadOnlyMemory<byte> found) => inner.WriteFound(found);

        public void Dispose() => GC.KeepAlive(inner);
    }
}
