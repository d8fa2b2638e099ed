using System.Collections.Concurrent;
using System.Reflection;
using Market.Api.Chains;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Engine;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Contracts;
using Market.Sharechain;
using Market.Testing.Chains;
using Microsoft.Extensions.Logging.Abstractions;

namespace Market.Api.Tests.Chains;

/// <summary>What was read of a chain for a reader is not read again for the next, within a bound.</summary>
public sealed class BlockCacheTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private EmbeddedMainchain _main = null!;
    private ShareNode _shares = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _main = await EmbeddedMainchain.OpenAsync(
            Lab.Options(), InterpreterRules.Consensus, new MemoryBlockStore(), _clock, Cancel);
        await _main.MineAsync(30, cancellation: Cancel);
        _shares = await ShareNode.OpenAsync(
            SharechainProfiles.P2ShareDevnet, InterpreterRules.Consensus, new MemoryBlockStore(), _main, _clock,
            cancellation: Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _shares.DisposeAsync();
        await _main.DisposeAsync();
    }

    [Fact]
    public async Task The_explorer_reads_a_block_once_however_often_it_is_asked_about()
    {
        var counted = Counted.Of(_main, out var reads);
        await using var watchers = new ChainWatchers(_clock);
        await using var indexes = new ChainIndexes(watchers, _clock, NullLogger<ChainIndexes>.Instance);
        var explorer = new Explorer(new ChainPair(counted, _shares), indexes);
        var tip = await _main.GetTipAsync(Cancel);
        await Eventually.TrueAsync(() => indexes.Of(counted).Tip?.Id == tip.Id, "the index");
        var before = reads.Values.Sum();
        var block = (await _main.GetBlockAsync(tip.Id, Cancel))!;
        var script = block.Transactions[0].Outputs[0].ScriptPubKey;
        var digits = block.Transactions[0].Id.ToString()[..ChainIndex.LeastDigits];

        await AskAsync();
        var once = reads.Values.Sum() - before;
        Assert.InRange(once, 30, 60);
        for (var i = 0; i < 5; i++) await AskAsync();
        Assert.Equal(once, reads.Values.Sum() - before);

        async Task AskAsync()
        {
            Assert.NotEmpty(await explorer.PaymentsAsync(ChainName.Mainchain, script, 50, Cancel));
            Assert.NotEmpty(await explorer.BeginningAsync(ChainName.Mainchain, digits, Cancel));
            Assert.NotNull(await explorer.BlockAsync(ChainName.Mainchain, tip.Id.ToString(), Cancel));
            Assert.NotNull(await explorer.FindBlockAsync(ChainName.Mainchain, tip.Id, Cancel));
            Assert.NotNull(await explorer.TransactionAsync(ChainName.Mainchain, block.Transactions[0].Id, isWhole: true, Cancel));
        }
    }

    [Fact]
    public async Task What_is_kept_is_bounded_in_bytes_and_what_was_asked_for_longest_ago_goes_first()
    {
        var counted = Counted.Of(_main, out var reads);
        var ids = new List<Hash256>();
        for (var height = 1; height <= 3; height++) ids.Add((await _main.GetBlockIdAsync(height, Cancel))!.Value);
        var sizes = new List<long>();
        foreach (var id in ids) sizes.Add(BlockMemory.Of((await _main.GetBlockAsync(id, Cancel))!.Transactions));
        var cache = new BlockCache(sizes.Max() * 2);
        foreach (var at in (int[])[0, 1, 0, 2, 0, 1])
        {
            Assert.Equal(ids[at], (await cache.GetAsync(counted, ids[at], Cancel))!.Id);
            Assert.InRange(cache.Bytes, 1, sizes.Max() * 2);
        }
        Assert.Equal((1, 2, 1), (reads[ids[0]], reads[ids[1]], reads[ids[2]]));

        // One that is larger than all may be is given, and not kept.
        var small = new BlockCache(sizes.Min() - 1);
        Assert.NotNull(await small.GetAsync(counted, ids[0], Cancel));
        Assert.Equal(0, small.Bytes);
        Assert.Null(await small.GetAsync(counted, Hash256.Zero, Cancel));
    }

    /// <summary>A mainchain as it is, which counts how often each block is read.</summary>
    internal class Counted : DispatchProxy
    {
        private readonly ConcurrentDictionary<Hash256, int> _reads = new();
        private IMainchain _inner = null!;

        public static IMainchain Of(IMainchain inner, out ConcurrentDictionary<Hash256, int> reads)
        {
            var proxy = Create<IMainchain, Counted>();
            var counted = (Counted)(object)proxy;
            counted._inner = inner;
            reads = counted._reads;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name == nameof(IChain.GetBlockAsync))
                _reads.AddOrUpdate((Hash256)args![0]!, 1, (_, before) => before + 1);
            return targetMethod.Invoke(_inner, args);
        }
    }
}
