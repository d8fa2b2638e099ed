using System.Collections.Concurrent;
using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains.Light;
using Market.Chains.Mining;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Light;

/// <summary>Rows of blocks on regtest with real work.</summary>
internal static class FakeLine
{
    private static readonly NetworkProfile Network = NetworkProfile.Of("regtest");

    /// <summary>Blocks after a header, each of a transaction of its own and those that are named for its height.</summary>
    /// <param name="count">How many.</param>
    /// <param name="parent">The header before them; null for genesis.</param>
    /// <param name="height">Its height.</param>
    /// <param name="held">What blocks hold besides, by height.</param>
    public static ImmutableArray<Block> Of(
        int count, BlockHeader? parent = null, int height = 0, params (int Height, Transaction Held)[] held)
    {
        var before = parent ?? Network.Genesis;
        var blocks = ImmutableArray.CreateBuilder<Block>(count);
        for (var at = height + 1; at <= height + count; at++)
        {
            var only = Coins.Spend(Unknown(at), new Amount(5_000), Coins.Owner(3));
            ImmutableArray<Transaction> all = [only, .. held.Where(each => each.Height == at).Select(each => each.Held)];
            before = HeaderSolver.Solve(new BlockHeader(
                0x20000000, before.Id, MerkleTree.Root([.. all.Select(each => each.Id.Value)]), before.Time + 600,
                Network.EasiestBits, 0))!;
            blocks.Add(new Block(before, all));
        }

        return blocks.ToImmutable();
    }

    /// <summary>An output that nobody knows.</summary>
    public static OutPoint Unknown(int number) => new(new TxId(Hash256.DoubleSha256(BitConverter.GetBytes(number))), 0);
}

internal sealed class FakeSources(params ILightSource[] all) : ILightSources
{
    public Action? Wake { get; private set; }

    public ImmutableArray<ILightSource> Current => [.. all];

    public int Least => 1;

    public string? Trouble => null;

    public void Start(Func<Transaction, bool> seen, Action moved) => Wake = moved;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A source that has some blocks, and does otherwise where the test says so.</summary>
internal sealed class FakeSource(string name) : ILightSource
{
    private int _asked;

    public ImmutableArray<Block> Blocks { get; set; } = [];

    public Func<IReadOnlyList<Hash256>, CancellationToken, Task<IReadOnlyList<BlockHeader>>>? Headers { get; init; }

    public Func<CancellationToken, Task<Block?>>? Block { get; init; }

    /// <summary>What is waited for before a block is given.</summary>
    public Func<BlockId, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>How often it was asked for headers.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>The blocks that it gave.</summary>
    public ConcurrentQueue<BlockId> Given { get; } = new();

    public string Name => name;

    public FeeRate? LeastFeeRate => null;

    public IFilterSource? Filters { get; init; }

    public void Blame(string reason) => Assert.Fail(reason);

    public async ValueTask<IReadOnlyList<BlockHeader>> HeadersAsync(
        IReadOnlyList<Hash256> locator, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _asked);
        return Headers is null ? [.. Blocks.Select(block => block.Header)] : await Headers(locator, cancellation);
    }

    public async ValueTask<Block?> BlockAsync(BlockId id, CancellationToken cancellation)
    {
        Given.Enqueue(id);
        await Before(id);
        return Block is null ? Blocks.FirstOrDefault(block => block.Header.Id == id) : await Block(cancellation);
    }

    public ValueTask<BroadcastResult> OfferAsync(Transaction transaction, CancellationToken cancellation) =>
        throw new ChainUnavailableException("It is not asked here.");
}

/// <summary>The filters of some blocks, true unless the test changes them.</summary>
/// <param name="group">Who may be one party with it.</param>
/// <param name="rows">The blocks of each branch, from height 1 on.</param>
internal sealed class FakeFilters(string group, params ImmutableArray<Block>[] rows) : IFilterSource
{
    private int _hashesAsked;
    private int _filtersAsked;

    /// <summary>What it says a block's filter is: its header chain is over that.</summary>
    public Func<int, Block, CompactFilter, ReadOnlyMemory<byte>>? Lie { get; init; }

    /// <summary>What it sends in place of the filters that its headers are of.</summary>
    public Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? Sent { get; init; }

    /// <summary>What it answers in place of hashes.</summary>
    public Func<FilterHashes, CancellationToken, Task<FilterHashes?>>? Answered { get; init; }

    public int HashesAsked => Volatile.Read(ref _hashesAsked);

    public int FiltersAsked => Volatile.Read(ref _filtersAsked);

    public string Group => group;

    public static CompactFilter Of(Block block, IEnumerable<Block> before)
    {
        var spent = block.Transactions.SelectMany(each => each.Inputs).Select(input => input.PreviousOutput).ToHashSet();
        return CompactFilter.Of(block, before.SelectMany(each => each.Transactions).SelectMany(transaction =>
            transaction.Outputs.Where((_, index) => spent.Contains(new OutPoint(transaction.Id, (uint)index))))
            .Select(output => output.ScriptPubKey));
    }

    public async ValueTask<FilterHashes?> HashesAsync(
        int height, ImmutableArray<BlockId> blocks, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _hashesAsked);
        var row = RowOf(blocks);
        var hashes = row.Select((block, index) => Hash256.DoubleSha256(Said(index + 1, block, row).Span)).ToList();
        var previous = hashes.Take(height - 1).Aggregate(
            Hash256.DoubleSha256([1]), (header, hash) => CompactFilter.HeaderOf(hash, header));
        var answer = new FilterHashes(previous, [.. hashes.Skip(height - 1).Take(blocks.Length)]);
        return Answered is null ? answer : await Answered(answer, cancellation);
    }

    public ValueTask<ImmutableArray<ReadOnlyMemory<byte>>?> FiltersAsync(
        int height, ImmutableArray<BlockId> blocks, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _filtersAsked);
        var row = RowOf(blocks);
        return ValueTask.FromResult<ImmutableArray<ReadOnlyMemory<byte>>?>(
        [
            .. Enumerable.Range(height, blocks.Length).Select(at => Said(at, row[at - 1], row))
                .Select(bytes => Sent is null ? bytes : Sent(bytes)),
        ]);
    }

    private ImmutableArray<Block> RowOf(ImmutableArray<BlockId> blocks) =>
        rows.First(row => row.Any(block => block.Id == blocks[^1]));

    private ReadOnlyMemory<byte> Said(int height, Block block, ImmutableArray<Block> row)
    {
        var filter = Of(block, row);
        return Lie is null ? filter.Bytes : Lie(height, block, filter);
    }
}
