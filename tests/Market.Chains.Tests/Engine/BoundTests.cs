using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains.Engine;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Engine;

/// <summary>What waits and what is cached is bounded by the memory that it takes, not by its number alone.</summary>
public sealed class BoundTests
{
    [Fact]
    public void Blocks_that_wait_take_no_more_memory_than_they_may()
    {
        var pool = new DeferredPool<object>();
        const long each = DeferredPool<object>.MostBytes / 10;
        for (var i = 0; i < 25; i++)
        {
            pool.Add(Id(i), Id(i), each);
            pool.Add(Id(i), Id(i), each);
        }

        Assert.Equal(Enumerable.Range(15, 10).Select(Id), pool.Others.Cast<Hash256>());
        pool.Add(Id(99), Id(99), DeferredPool<object>.MostBytes + 1);
        Assert.Equal(10, pool.Count);
        Assert.Equal(10, pool.TakeOthers().Count);
        for (var i = 0; i < 2 * DeferredPool<object>.Limit; i++)
        {
            pool.Add(Id(i), Id(i), 1);
        }

        Assert.Equal(DeferredPool<object>.Limit, pool.Count);
    }

    [Fact]
    public void A_block_that_arrives_lets_go_of_its_children_alone()
    {
        var pool = new DeferredPool<object>();
        for (var i = 0; i < 40; i++)
        {
            pool.Add(Id(i), i, 1, i % 4 == 3 ? null : Id(100 + (i % 4)));
        }

        Assert.Equal(Enumerable.Range(0, 10).Select(i => 4 * i + 1), pool.TakeChildren(Id(101)).Cast<int>());
        Assert.Empty(pool.TakeChildren(Id(101)));
        Assert.Empty(pool.TakeChildren(Id(3)));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => 4 * i + 3), pool.TakeOthers().Cast<int>());
        Assert.Equal(20, pool.Count);

        // Those that had to make room are not found by their parent either.
        for (var i = 0; i < DeferredPool<object>.Limit; i++)
        {
            pool.Add(Id(1_000 + i), i, 1);
        }

        Assert.Empty(pool.TakeChildren(Id(100)));
        Assert.Equal(DeferredPool<object>.Limit, pool.Count);
    }

    [Fact]
    public void A_cache_keeps_the_newest_within_number_and_cost_and_always_one()
    {
        var cache = new RecentCache<int, long>(4, 100, cost => cost);
        for (var i = 0; i < 6; i++)
        {
            cache.Put(i, 10);
        }

        Assert.Equal([false, false, true, true, true, true], Enumerable.Range(0, 6).Select(i => cache.TryGet(i, out _)));
        cache.Put(5, 85);
        Assert.Equal([false, false, false, false, true, true], Enumerable.Range(0, 6).Select(i => cache.TryGet(i, out _)));
        cache.Put(6, 1_000);
        Assert.Equal(1, cache.Count);
        Assert.True(cache.TryGet(6, out var kept));
        Assert.Equal(1_000, kept);
        cache.Put(7, 10);
        Assert.False(cache.TryGet(6, out _));
        Assert.True(cache.TryGet(7, out _));
    }

    [Fact]
    public void The_memory_of_a_block_is_never_told_smaller_than_it_is()
    {
        const int items = 200_000;
        var bytes = new Transaction(
            2,
            [
                new TxIn(
                    new OutPoint(new TxId(Id(1)), 0), Script.Empty, 0,
                    new Witness(Enumerable.Repeat(Array.Empty<byte>(), items).ToArray())),
            ],
            [new TxOut(new Amount(1), Coins.Owner(1))], 0).ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = Transaction.Parse(bytes);
        var taken = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(taken > 8 * bytes.Length, "Empty items are no longer dear: the bound may be told by the wire's bytes.");
        Assert.InRange(BlockMemory.Of(ImmutableArray.Create(read)), taken / 2, 4 * taken);
    }

    private static Hash256 Id(int number) => Hash256.DoubleSha256(BitConverter.GetBytes(number));
}
