using Market.Bitcoin;
using Market.Chains.Postgres;
using Market.Chains.Storage;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Storage;

/// <summary>What every store promises, asked of each.</summary>
public sealed class BlockStoreTests(TestPostgres postgres) : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, string> _databases = [];

    public static TheoryData<string> Durable => ["file", "postgres"];

    public static TheoryData<string> All => ["file", "postgres", "memory"];

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(All))]
    public async Task Starts_empty(string kind)
    {
        using var store = await OpenAsync(kind);
        Assert.Null(store.GetTip());
        Assert.Null(store.GetSnapshot());
        Assert.Empty(store.Load().ToList());
        Assert.Null(store.GetUndo(Id(1)));
    }

    [Theory, MemberData(nameof(All))]
    public async Task Gives_back_what_was_written_in_its_order(string kind)
    {
        using var store = await OpenAsync(kind);
        WriteThree(store);
        CheckThree(store);
    }

    [Theory, MemberData(nameof(All))]
    public async Task Reads_the_beginnings_of_blocks(string kind)
    {
        using var store = await OpenAsync(kind);
        WriteThree(store);
        var whole = store.GetBlock(Id(2))!.Value;
        var starts = store.GetStarts([Id(2), Id(9), Id(1)], 2);
        Assert.Equal(3, starts.Count);
        Assert.Equal(whole[..2].ToArray(), starts[0]!.Value.ToArray());
        Assert.Null(starts[1]);
        Assert.Equal(store.GetBlock(Id(1))!.Value[..2].ToArray(), starts[2]!.Value.ToArray());
        Assert.Equal(whole.ToArray(), store.GetStarts([Id(2)], int.MaxValue)[0]!.Value.ToArray());
    }

    [Theory, MemberData(nameof(Durable))]
    public async Task Keeps_blocks_of_any_size_across_reopening(string kind)
    {
        // Some lie across a megabyte, at which a file's reader reads on, and some are longer.
        int[] sizes = [1, 400_000, 700_000, 700_000, 1_048_576, 2_500_000, 2, 1_048_551, 3];
        var random = new Random(1);
        var blocks = sizes.Select((size, at) =>
        {
            var bytes = new byte[size];
            random.NextBytes(bytes);
            return new StoredBlock(Id((byte)(at + 1)), Id((byte)at), at + 1, at, bytes);
        }).ToList();
        using (var store = await OpenAsync(kind))
        {
            blocks.ForEach(block => store.Write(new StoreChange([block], [], [], block.Id)));
        }

        // Each stays what it was while those behind it are read.
        using var again = await OpenAsync(kind);
        var loaded = again.Load().ToList();
        Assert.Equal(blocks[^1].Id, again.GetTip());
        Assert.Equal(
            blocks.Select(block => (block.Id, Convert.ToHexString(block.Bytes.Span))),
            loaded.Select(block => (block.Id, Convert.ToHexString(block.Bytes.Span))));
    }

    [Theory, MemberData(nameof(Durable))]
    public async Task Keeps_it_across_reopening(string kind)
    {
        using (var store = await OpenAsync(kind))
        {
            WriteThree(store);
            store.WriteSnapshot(new StoredSnapshot(Id(1), new byte[] { 1, 2 }));
            store.WriteSnapshot(new StoredSnapshot(Id(2), new byte[] { 3 }));
            Assert.Null(store.GetFound());
            store.WriteFound(new byte[] { 4 });
            store.WriteFound(new byte[] { 5, 6 });
        }

        using var again = await OpenAsync(kind);
        CheckThree(again);
        var snapshot = again.GetSnapshot();
        Assert.Equal(Id(2), snapshot!.Block);
        Assert.Equal([3], snapshot.Bytes.ToArray());
        Assert.Equal([5, 6], again.GetFound()!.Value.ToArray());
        again.Write(new StoreChange([Stored(4)], [], [], Id(4)));
        Assert.Equal(Id(4), again.GetTip());
        Assert.Equal(4, again.Load().Count());
    }

    [Theory, MemberData(nameof(Durable))]
    public async Task Does_not_load_what_was_found_invalid(string kind)
    {
        using (var store = await OpenAsync(kind))
        {
            WriteThree(store);
            store.Write(new StoreChange([], [Id(3)], [], Id(1)));
        }

        using var again = await OpenAsync(kind);
        Assert.Equal([Id(1), Id(2)], again.Load().Select(block => block.Id));
    }

    [Theory, MemberData(nameof(Durable))]
    public async Task Refuses_a_second_writer(string kind)
    {
        using var store = await OpenAsync(kind);
        await Assert.ThrowsAnyAsync<Exception>(async () => (await OpenAsync(kind)).Dispose());
    }

    [Fact]
    public async Task A_change_that_cannot_be_written_whole_leaves_nothing()
    {
        using var store = await OpenAsync("postgres");
        WriteThree(store);
        Assert.ThrowsAny<Exception>(() =>
            store.Write(new StoreChange([Stored(5), Stored(2)], [], [], Id(5))));
        CheckThree(store);
    }

    [Fact]
    public async Task A_log_cut_anywhere_opens_at_the_last_whole_change()
    {
        long[] ends;
        using (var store = await OpenAsync("file"))
        {
            var sizes = new List<long>();
            for (byte i = 1; i <= 3; i++)
            {
                store.Write(new StoreChange([Stored(i)], [], [new StoredUndo(Id(i), new byte[] { i })], Id(i)));
                sizes.Add(new FileInfo(_folder["file/blocks.log"]).Length);
            }

            ends = [.. sizes];
        }

        var whole = await File.ReadAllBytesAsync(_folder["file/blocks.log"]);
        Assert.Equal(ends[^1], whole.Length);
        for (var cut = 0; cut <= whole.Length; cut++)
        {
            await File.WriteAllBytesAsync(_folder["file/blocks.log"], whole[..cut]);
            using var store = await OpenAsync("file");
            var expected = ends.Count(end => end <= cut);
            Assert.Equal(expected, store.Load().Count());
            Assert.Equal(expected == 0 ? null : Id((byte)expected), store.GetTip());
        }
    }

    [Fact]
    public async Task A_log_with_a_flipped_bit_opens_before_it()
    {
        using (var store = await OpenAsync("file"))
        {
            WriteThree(store);
        }

        var bytes = await File.ReadAllBytesAsync(_folder["file/blocks.log"]);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(_folder["file/blocks.log"], bytes);
        using (var again = await OpenAsync("file"))
        {
            Assert.Equal(Id(2), again.GetTip());
        }

        // What was cut off is kept beside it.
        var left = await File.ReadAllBytesAsync(_folder["file/blocks.log"]);
        Assert.Equal(bytes[left.Length..], await File.ReadAllBytesAsync(_folder["file/blocks.log.cut"]));
    }

    [Fact]
    public async Task Nothing_of_a_write_that_failed_is_ever_read()
    {
        // A record of a tip that never was, where the rest of a failed write is left when a shorter one is written over it.
        using (var other = FileBlockStore.Open(_folder["other"]))
        {
            other.Write(new StoreChange([Stored(4)], [], [], Id(9)));
        }

        var stale = (await File.ReadAllBytesAsync(_folder["other/blocks.log"]))[8..];
        byte[] bytes = [.. new byte[stale.Length - 120], .. stale, .. new byte[300]];
        var fails = true;
        using (var store = FileBlockStore.Open(_folder["file"], (log, record, at) =>
        {
            RandomAccess.Write(log, record, at);
            if (fails)
            {
                throw new IOException("disk full");
            }
        }))
        {
            var before = new FileInfo(_folder["file/blocks.log"]).Length;
            Assert.Throws<IOException>(() => store.Write(
                new StoreChange([Stored(1) with { Bytes = bytes }], [], [], Id(1))));
            Assert.Null(store.GetTip());
            Assert.Null(store.GetBlock(Id(1)));
            Assert.Equal(before, new FileInfo(_folder["file/blocks.log"]).Length);
            fails = false;
            store.Write(new StoreChange([Stored(2)], [], [], Id(2)));
        }

        using var again = await OpenAsync("file");
        Assert.Equal(Id(2), again.GetTip());
        Assert.Equal([Id(2)], again.Load().Select(block => block.Id));
    }

    [Fact]
    public async Task What_stands_behind_the_end_is_cut_before_the_next_write()
    {
        using (var other = FileBlockStore.Open(_folder["other"]))
        {
            other.Write(new StoreChange([Stored(4)], [], [], Id(9)));
        }

        var stale = (await File.ReadAllBytesAsync(_folder["other/blocks.log"]))[8..];
        var leaves = true;
        using (var store = FileBlockStore.Open(_folder["file"], (log, record, at) =>
        {
            RandomAccess.Write(log, record, at);
            if (leaves)
            {
                // As a failed write leaves it whose bytes could not be cut off either.
                RandomAccess.Write(log, new byte[stale.Length], at + record.Length);
                RandomAccess.Write(log, stale, at + record.Length + stale.Length);
            }
        }))
        {
            store.Write(new StoreChange([Stored(1)], [], [], Id(1)));
            leaves = false;
            store.Write(new StoreChange([Stored(2)], [], [], Id(2)));
        }

        using var again = await OpenAsync("file");
        Assert.Equal(Id(2), again.GetTip());
        Assert.Equal([Id(1), Id(2)], again.Load().Select(block => block.Id));
    }

    [Fact]
    public async Task A_change_of_more_undo_data_than_a_record_may_have_is_there_whole_or_not_at_all()
    {
        const int largest = 4_096;
        var undo = Enumerable.Range(1, 10).Select(i => new StoredUndo(Id((byte)i), new byte[900 + i])).ToList();
        long before;
        using (var store = FileBlockStore.Open(_folder["file"], RandomAccess.Write, largest))
        {
            WriteThree(store);
            before = new FileInfo(_folder["file/blocks.log"]).Length;
            store.Write(new StoreChange([Stored(4)], [], undo, Id(4)));
            Check(store);
        }

        var whole = await File.ReadAllBytesAsync(_folder["file/blocks.log"]);
        for (var cut = before; cut < whole.Length; cut += 97)
        {
            await File.WriteAllBytesAsync(_folder["file/blocks.log"], whole[..(int)cut]);
            using var half = FileBlockStore.Open(_folder["file"], RandomAccess.Write, largest);
            Assert.Equal(Id(1), half.GetTip());
            Assert.Equal(3, half.Load().Count());
            Assert.Null(half.GetBlock(Id(4)));
            half.Write(new StoreChange([Stored(4)], [], undo, Id(4)));
            Check(half);
        }

        using var again = await OpenAsync("file");
        Check(again);

        void Check(IBlockStore store)
        {
            Assert.Equal(Id(4), store.GetTip());
            Assert.Equal(4, store.Load().Count());
            Assert.All(undo, each => Assert.Equal(each.Bytes.Length, store.GetUndo(each.Id)!.Value.Length));
        }
    }

    [Fact]
    public async Task Does_not_touch_a_file_that_is_no_log()
    {
        Directory.CreateDirectory(_folder["file"]);
        await File.WriteAllTextAsync(_folder["file/blocks.log"], "Dear diary, today I mined.");
        await Assert.ThrowsAsync<InvalidDataException>(() => OpenAsync("file"));
        Assert.Equal("Dear diary, today I mined.", await File.ReadAllTextAsync(_folder["file/blocks.log"]));
    }

    private static Hash256 Id(byte number) => Hash256.DoubleSha256([number]);

    private static StoredBlock Stored(byte number) =>
        new(Id(number), Id((byte)(number - 1)), number, -number, new byte[] { number, 0, 255 });

    private static void WriteThree(IBlockStore store)
    {
        store.Write(new StoreChange(
            [Stored(1), Stored(2)], [],
            [new StoredUndo(Id(1), new byte[] { 7 }), new StoredUndo(Id(2), ReadOnlyMemory<byte>.Empty)], Id(2)));
        store.Write(new StoreChange([Stored(3)], [], [], Id(1)));
    }

    private static void CheckThree(IBlockStore store)
    {
        Assert.Equal(Id(1), store.GetTip());
        var blocks = store.Load().ToList();
        Assert.Equal([1, 2, 3], blocks.Select(block => block.Height));
        Assert.Equal([Id(1), Id(2), Id(3)], blocks.Select(block => block.Id));
        Assert.Equal([Id(0), Id(1), Id(2)], blocks.Select(block => block.Parent));
        Assert.All(blocks, block => Assert.Equal([(byte)block.Height, 0, 255], block.Bytes.ToArray()));
        Assert.Equal([-1, -2, -3], blocks.Select(block => block.Note));
        var bytes = store.GetBlock(Id(3));
        Assert.Equal([3, 0, 255], bytes!.Value.ToArray());
        Assert.Null(store.GetBlock(Id(9)));
        var first = store.GetUndo(Id(1));
        var second = store.GetUndo(Id(2));
        Assert.Equal([7], first!.Value.ToArray());
        Assert.Empty(second!.Value.ToArray());
        Assert.Null(store.GetUndo(Id(3)));
    }

    private async Task<IBlockStore> OpenAsync(string kind)
    {
        if (kind == "postgres" && !_databases.ContainsKey(kind))
        {
            _databases[kind] = await postgres.NewDatabaseAsync();
        }

        return kind switch
        {
            "memory" => new MemoryBlockStore(),
            "file" => FileBlockStore.Open(_folder["file"]),
            _ => PostgresBlockStore.Open(_databases[kind], "chain_x"),
        };
    }
}
