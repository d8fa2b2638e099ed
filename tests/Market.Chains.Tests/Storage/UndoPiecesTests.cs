using System.Buffers.Binary;
using System.Security.Cryptography;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains.Postgres;
using Market.Chains.Storage;
using Market.Testing.Chains;
using Npgsql;

namespace Market.Chains.Tests.Storage;

/// <summary>Undo data that no record of a log, and no value of a database, holds: in pieces, there whole or not at all.</summary>
public sealed class UndoPiecesTests(TestPostgres postgres) : IDisposable
{
    private const int Largest = 4_096;
    private const int LargestValue = 1_000;
    private const int Prefix = 12;
    private const int MostRecords = 20;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(4_000, 5_000, 200)]
    [InlineData(10, 9_000, 9_000)]
    [InlineData(8_192, 1_024, 1_025)]
    public async Task A_log_cut_in_any_record_opens_at_the_change_before(params int[] lengths)
    {
        var undo = Undo(lengths);
        long before;
        using (var store = Open())
        {
            WriteOne(store);
            before = new FileInfo(_folder["blocks.log"]).Length;
            store.Write(new StoreChange([Stored(2)], [], undo, Id(2)));
            Check(store);
        }

        var whole = await File.ReadAllBytesAsync(_folder["blocks.log"]);
        var cuts = Cuts(whole, before).ToList();
        Assert.True(cuts.Count > 5 * 4);
        foreach (var cut in cuts)
        {
            await File.WriteAllBytesAsync(_folder["blocks.log"], whole[..cut]);
            using (var half = Open())
            {
                Assert.Equal(Id(1), half.GetTip());
                Assert.Equal([Id(1)], half.Load().Select(block => block.Id));
                Assert.Equal([7], half.GetUndo(Id(1))!.Value.ToArray());
                Assert.All(undo, each => Assert.True(
                    half.GetUndo(each.Id) is not { } some || some.Span.SequenceEqual(each.Bytes.Span)));

                // Another change comes between, as where the chain goes on elsewhere first.
                half.Write(new StoreChange([Stored(9)], [], [], Id(1)));
                half.Write(new StoreChange([Stored(2)], [], undo, Id(2)));
                Check(half);
            }

            using var again = Open();
            Check(again);
        }

        void Check(FileBlockStore store)
        {
            Assert.Equal(Id(2), store.GetTip());
            Assert.Contains(Id(2), store.Load().Select(block => block.Id));
            Assert.All(undo, each => Assert.Equal(each.Bytes.ToArray(), store.GetUndo(each.Id)!.Value.ToArray()));
        }
    }

    // As where a chain comes back to blocks that it left, and the crash falls between.
    [Fact]
    public async Task What_is_there_whole_counts_until_the_last_piece_of_the_same_has_come()
    {
        var undo = Undo(9_000);
        long before;
        using (var store = Open())
        {
            WriteOne(store);
            store.Write(new StoreChange([Stored(2)], [], undo, Id(2)));
            before = new FileInfo(_folder["blocks.log"]).Length;
            store.Write(new StoreChange([Stored(3)], [], undo, Id(2)));
        }

        var whole = await File.ReadAllBytesAsync(_folder["blocks.log"]);
        foreach (var cut in Cuts(whole, before))
        {
            await File.WriteAllBytesAsync(_folder["blocks.log"], whole[..cut]);
            using var half = Open();
            Assert.Equal(Id(2), half.GetTip());
            Assert.Equal(undo[0].Bytes.ToArray(), half.GetUndo(undo[0].Id)!.Value.ToArray());
        }
    }

    [Fact]
    public void A_disk_that_is_full_at_any_piece_leaves_the_change_before()
    {
        var undo = Undo(4_500, 3_000);
        using (var store = Open())
        {
            WriteOne(store);
        }

        var last = 0;
        for (var full = 1; last == 0 && full <= MostRecords; full++)
        {
            var written = 0;
            using var store = FileBlockStore.Open(_folder["."], (log, bytes, at) =>
            {
                // Half of it finds room.
                RandomAccess.Write(log, ++written == full ? bytes[..(bytes.Length / 2)] : bytes, at);
                if (written == full)
                {
                    throw new IOException("disk full");
                }
            }, Largest);
            Assert.Equal(Id(1), store.GetTip());
            if (Record.Exception(() => store.Write(new StoreChange([Stored(2)], [], undo, Id(2)))) is IOException)
            {
                Assert.Equal(Id(1), store.GetTip());
                Assert.Null(store.GetUndo(undo[0].Id));
                Assert.Null(store.GetBlock(Id(2)));
                continue;
            }

            last = full;
        }

        Assert.InRange(last, 6, MostRecords);
        using var again = Open();
        Assert.Equal(Id(2), again.GetTip());
        Assert.All(undo, each => Assert.Equal(each.Bytes.ToArray(), again.GetUndo(each.Id)!.Value.ToArray()));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(2_000)]
    public async Task A_piece_that_does_not_follow_the_one_before_it_is_no_log_of_ours(int from)
    {
        LogRecord.Piece[] pieces = [new(Id(2), 3_000, 0, new byte[1_000]), new(Id(2), 3_000, from, new byte[1_000])];
        var change = new StoreChange([], [], [], Id(1));
        await File.WriteAllBytesAsync(
            _folder["blocks.log"],
            [.. "MKTCHN1\n"u8, .. pieces.SelectMany(piece => Framed(LogRecord.Encode(change, [piece])))]);
        Assert.Throws<InvalidDataException>(Open);
    }

    // Put together here by the words of the format, as programs without pieces wrote it.
    [Fact]
    public async Task A_log_without_pieces_is_read_and_written_as_ever()
    {
        var first = new ByteWriter().Hash256(Id(1)).CompactSize(1).Hash256(Id(1)).Hash256(Id(0)).Int32(1).Int32(-1)
            .VarBytes([1, 0, 255]).CompactSize(0).CompactSize(1).Hash256(Id(1)).VarBytes([7]).ToArray();
        var second = new ByteWriter().Hash256(Id(1)).CompactSize(0).CompactSize(1).Hash256(Id(9)).CompactSize(0).ToArray();
        byte[] log = [.. "MKTCHN1\n"u8, .. Framed(first), .. Framed(second)];
        await File.WriteAllBytesAsync(_folder["blocks.log"], log);
        using (var old = Open())
        {
            Assert.Equal(Id(1), old.GetTip());
            Assert.Equal([1, 0, 255], old.GetBlock(Id(1))!.Value.ToArray());
            Assert.Equal([7], old.GetUndo(Id(1))!.Value.ToArray());
            Assert.Equal([Id(9)], old.LoadInvalid());
        }

        File.Delete(_folder["blocks.log"]);
        using (var store = Open())
        {
            WriteOne(store);
            store.Write(new StoreChange([], [Id(9)], [], Id(1)));
        }

        Assert.Equal(log, await File.ReadAllBytesAsync(_folder["blocks.log"]));
    }

    [Fact]
    public async Task A_database_holds_undo_data_of_any_length_and_those_of_before()
    {
        var database = await postgres.NewDatabaseAsync();
        using (var store = PostgresBlockStore.Open(database, "chain_x", LargestValue))
        {
            WriteOne(store);
            store.Write(new StoreChange([Stored(2)], [], [], Id(1)));
            foreach (var length in new[] { 999, 1_000, 1_001, 4_500, 2_000, 10, 3_333 })
            {
                var undo = Undo(length);
                store.Write(new StoreChange([], [], undo, Id(2)));
                Assert.Equal(undo[0].Bytes.ToArray(), store.GetUndo(Id(2))!.Value.ToArray());
            }
        }

        // Whatever size of pieces another program has.
        using (var again = PostgresBlockStore.Open(database, "chain_x"))
        {
            Assert.Equal(Undo(3_333)[0].Bytes.ToArray(), again.GetUndo(Id(2))!.Value.ToArray());
            again.Write(new StoreChange([], [], Undo(5), Id(2)));
        }

        await RunAsync(database, "drop table chain_x.undo_piece; delete from chain_x.version where number = 3");
        using var old = PostgresBlockStore.Open(database, "chain_x", LargestValue);
        Assert.Equal([7], old.GetUndo(Id(1))!.Value.ToArray());
        Assert.Equal(Undo(5)[0].Bytes.ToArray(), old.GetUndo(Id(2))!.Value.ToArray());
        old.Write(new StoreChange([], [], Undo(2_500), Id(2)));
        Assert.Equal(Undo(2_500)[0].Bytes.ToArray(), old.GetUndo(Id(2))!.Value.ToArray());
    }

    [Fact]
    public async Task A_database_that_fails_or_is_gone_at_any_piece_has_the_change_whole_or_not_at_all()
    {
        var database = await postgres.NewDatabaseAsync();
        using var store = PostgresBlockStore.Open(database, "chain_x", LargestValue);
        WriteOne(store);
        await RunAsync(database, """
            create sequence step;
            create table plan (fails bigint, ends bigint);
            insert into plan values (0, 0);
            create function cut() returns trigger language plpgsql as $$
            declare at bigint := nextval('step');
            begin
                if at = (select fails from plan) then raise exception 'disk full'; end if;
                if at = (select ends from plan) then perform pg_terminate_backend(pg_backend_pid()); end if;
                return new;
            end $$;
            create trigger cut before insert on chain_x.undo_piece for each row execute function cut();
            """);

        var undo = Undo(4_500);
        for (var piece = 1; piece <= 4; piece++)
        {
            await RunAsync(database, $"select setval('step', 1, false); update plan set fails = {piece}, ends = 0");
            Assert.ThrowsAny<PostgresException>(() => store.Write(new StoreChange([Stored(2)], [], undo, Id(2))));
            Assert.Equal(Id(1), store.GetTip());
            Assert.Null(store.GetUndo(Id(2)));
            Assert.Null(store.GetBlock(Id(2)));
        }

        // The connection's end is no failure: it is written anew over another.
        for (var piece = 1; piece <= 4; piece++)
        {
            await RunAsync(database, $"select setval('step', 1, false); update plan set fails = 0, ends = {piece}");
            var next = Undo(4_500 + piece);
            store.Write(new StoreChange(piece == 1 ? [Stored(2)] : [], [], next, Id(2)));
            Assert.Equal(next[0].Bytes.ToArray(), store.GetUndo(Id(2))!.Value.ToArray());
            Assert.Equal(piece + 4L, await AskAsync(database, "select last_value from step"));
        }

        Assert.Equal(Id(2), store.GetTip());
    }

    // In each record from its first byte to its last but one, and between them.
    private static IEnumerable<int> Cuts(byte[] log, long from)
    {
        for (var at = (int)from; at < log.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(log.AsSpan(at));
            int[] cuts = [at, at + 1, at + Prefix, at + Prefix + (length / 2), at + Prefix + length - 1];
            foreach (var cut in cuts)
            {
                yield return cut;
            }

            at += Prefix + length;
        }
    }

    private static byte[] Framed(byte[] body)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, body.Length);
        return [.. length, .. SHA256.HashData(body)[..8], .. body];
    }

    private static async Task RunAsync(string database, string text)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(text);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> AskAsync(string database, string text)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(text);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private FileBlockStore Open() => FileBlockStore.Open(_folder["."], RandomAccess.Write, Largest);

    // Of the blocks from the second on.
    private static List<StoredUndo> Undo(params int[] lengths)
    {
        var random = new Random(7);
        return [.. lengths.Select((length, i) =>
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            return new StoredUndo(Id((byte)(i + 2)), bytes);
        })];
    }

    private static Hash256 Id(byte number) => Hash256.DoubleSha256([number]);

    private static StoredBlock Stored(byte number) =>
        new(Id(number), Id((byte)(number - 1)), number, -number, new byte[] { number, 0, 255 });

    private static void WriteOne(IBlockStore store) =>
        store.Write(new StoreChange([Stored(1)], [], [new StoredUndo(Id(1), new byte[] { 7 })], Id(1)));
}
