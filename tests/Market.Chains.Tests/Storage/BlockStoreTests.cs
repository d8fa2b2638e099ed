using Market.Bitcoin;
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
        await using var store = await OpenAsync(kind);
        Assert.Null(await store.GetTipAsync());
        Assert.Null(await store.GetSnapshotAsync());
        Assert.Empty(await store.LoadAsync().ToListAsync());
        Assert.Null(await store.GetUndoAsync(Id(1)));
    }

    [Theory, MemberData(nameof(All))]
    public async Task Gives_back_what_was_written_in_its_order(string kind)
    {
        await using var store = await OpenAsync(kind);
        await WriteThreeAsync(store);
        await CheckThreeAsync(store);
    }

    [Theory, MemberData(nameof(Durable))]
    public async Task Keeps_it_across_reopening(string kind)
    {
        await using (var store = await OpenAsync(kind))
        {
            await WriteThreeAsync(store);
            await store.WriteSnapshotAsync(new StoredSnapshot(Id(1), new byte[] { 1, 2 }));
            await store.WriteSnapshotAsync(new StoredSnapshot(Id(2), new byte[] { 3 }));
        }

        await using var again = await OpenAsync(kind);
        await CheckThreeAsync(again);
        var snapshot = await again.GetSnapshotAsync();
        Assert.Equal(Id(2), snapshot!.Block);
        Assert.Equal([3], snapshot.Bytes.ToArray());
        await again.WriteAsync(new StoreChange([Stored(4)], [], Id(4)));
        Assert.Equal(Id(4), await again.GetTipAsync());
        Assert.Equal(4, (await again.LoadAsync().ToListAsync()).Count);
    }

    [Theory, MemberData(nameof(Durable))]
    public async Task Refuses_a_second_writer(string kind)
    {
        await using var store = await OpenAsync(kind);
        await Assert.ThrowsAnyAsync<Exception>(async () => await (await OpenAsync(kind)).DisposeAsync());
    }

    [Fact]
    public async Task A_change_that_cannot_be_written_whole_leaves_nothing()
    {
        await using var store = await OpenAsync("postgres");
        await WriteThreeAsync(store);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
            await store.WriteAsync(new StoreChange([Stored(5), Stored(2)], [], Id(5))));
        await CheckThreeAsync(store);
    }

    [Fact]
    public async Task A_log_cut_anywhere_opens_at_the_last_whole_change()
    {
        long[] ends;
        await using (var store = await OpenAsync("file"))
        {
            var sizes = new List<long>();
            for (byte i = 1; i <= 3; i++)
            {
                await store.WriteAsync(new StoreChange([Stored(i)], [(Id(i), new byte[] { i })], Id(i)));
                sizes.Add(new FileInfo(_folder["file/blocks.log"]).Length);
            }

            ends = [.. sizes];
        }

        var whole = await File.ReadAllBytesAsync(_folder["file/blocks.log"]);
        Assert.Equal(ends[^1], whole.Length);
        for (var cut = 0; cut <= whole.Length; cut++)
        {
            await File.WriteAllBytesAsync(_folder["file/blocks.log"], whole[..cut]);
            await using var store = await OpenAsync("file");
            var expected = ends.Count(end => end <= cut);
            Assert.Equal(expected, (await store.LoadAsync().ToListAsync()).Count);
            Assert.Equal(expected == 0 ? null : Id((byte)expected), await store.GetTipAsync());
        }
    }

    [Fact]
    public async Task A_log_with_a_flipped_bit_opens_before_it()
    {
        await using (var store = await OpenAsync("file"))
        {
            await WriteThreeAsync(store);
        }

        var bytes = await File.ReadAllBytesAsync(_folder["file/blocks.log"]);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(_folder["file/blocks.log"], bytes);
        await using var again = await OpenAsync("file");
        Assert.Equal(Id(2), await again.GetTipAsync());
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
        new(Id(number), Id((byte)(number - 1)), number, new byte[] { number, 0, 255 });

    private static async Task WriteThreeAsync(IBlockStore store)
    {
        await store.WriteAsync(new StoreChange(
            [Stored(1), Stored(2)], [(Id(1), new byte[] { 7 }), (Id(2), ReadOnlyMemory<byte>.Empty)], Id(2)));
        await store.WriteAsync(new StoreChange([Stored(3)], [], Id(1)));
    }

    private static async Task CheckThreeAsync(IBlockStore store)
    {
        Assert.Equal(Id(1), await store.GetTipAsync());
        var blocks = await store.LoadAsync().ToListAsync();
        Assert.Equal([1, 2, 3], blocks.Select(block => block.Height));
        Assert.Equal([Id(1), Id(2), Id(3)], blocks.Select(block => block.Id));
        Assert.Equal([Id(0), Id(1), Id(2)], blocks.Select(block => block.Parent));
        Assert.All(blocks, block => Assert.Equal([(byte)block.Height, 0, 255], block.Bytes.ToArray()));
        var first = await store.GetUndoAsync(Id(1));
        var second = await store.GetUndoAsync(Id(2));
        Assert.Equal([7], first!.Value.ToArray());
        Assert.Empty(second!.Value.ToArray());
        Assert.Null(await store.GetUndoAsync(Id(3)));
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
            "file" => await FileBlockStore.OpenAsync(_folder["file"]),
            _ => await PostgresBlockStore.OpenAsync(_databases[kind], "chain_x"),
        };
    }
}
