using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Market.Trading;
using Market.Trading.Audit;
using Market.Trading.Codec;

namespace Market.Cli.Tests;

/// <summary>`market replay` on files, and what it ends with.</summary>
public sealed class ReplayCommandTests : IDisposable
{
    private static readonly BookDefinition Definition = new(
        new InstrumentRules(), new BookLimits { MaxOrders = 10, MaxOpenTrades = 10, ClientIdMemory = 10 });

    private readonly string _folder = Directory.CreateTempSubdirectory("market-replay-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("journal.jsonl")]
    [InlineData("journal.jsonl.gz")]
    public async Task A_journal_that_agrees_ends_with_nought_and_a_tampered_one_with_three_and_its_command(string name)
    {
        var lines = Write(out var book);
        var path = Path.Combine(_folder, name);
        Save(path, lines);
        var (code, result, error) = await CapturedConsole.RunAsync("replay", path, "--json");
        Assert.True(code == 0, error);
        var told = JsonDocument.Parse(result).RootElement;
        Assert.Equal((true, 3), (told.GetProperty("agrees").GetBoolean(), told.GetProperty("sequence").GetInt32()));
        Assert.Equal(Convert.ToHexStringLower(book.StateHash()), told.GetProperty("book").GetString());

        var batch = lines[3].Batch!;
        batch.Commands[14] ^= 1;
        Save(path, lines);
        (code, result, _) = await CapturedConsole.RunAsync("replay", path);
        Assert.Equal(3, code);
        Assert.Contains("DIFFERS at command 2 (Event)", result, StringComparison.Ordinal);

        // Cut short: what there is of it agrees, and that it is not all is said.
        batch.Commands[14] ^= 1;
        Save(path, lines);
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(path, bytes[..^20], TestContext.Current.CancellationToken);
        (code, result, _) = await CapturedConsole.RunAsync("replay", path);
        Assert.Equal(3, code);
        Assert.Contains("(End)", result, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_is_said_with_what_to_do()
    {
        var none = Path.Combine(_folder, "none.jsonl");
        await File.WriteAllTextAsync(none, "no journal\n", TestContext.Current.CancellationToken);
        var (code, result, _) = await CapturedConsole.RunAsync("replay", none);
        Assert.Equal(3, code);
        Assert.Contains("(Format)", result, StringComparison.Ordinal);
        (code, _, var error) = await CapturedConsole.RunAsync("replay");
        Assert.Equal(1, code);
        Assert.Contains("[no-journal]", error, StringComparison.Ordinal);
        (code, _, error) = await CapturedConsole.RunAsync("journal", "export", "--instrument", "P2SHARE-BTC", "--out", none);
        Assert.Equal(1, code);
        Assert.Contains("[file-exists]", error, StringComparison.Ordinal);
    }

    private static void Save(string path, IEnumerable<JournalLine> lines)
    {
        using var file = File.Create(path);
        using var to = path.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(file, CompressionLevel.Fastest)
            : (Stream)file;
        foreach (var line in lines)
        {
            JsonSerializer.Serialize(to, line, JsonSerializerOptions.Web);
            to.WriteByte((byte)'\n');
        }
    }

    private static List<JournalLine> Write(out OrderBook book)
    {
        book = new OrderBook(Definition.Rules, Definition.Limits);
        var lines = new List<JournalLine>
        {
            new() { Head = new JournalHead { Format = "market-journal", Version = 1, Instrument = "P2SHARE-BTC" } },
            Snapshot(book),
        };
        foreach (var (side, price) in new[] { (Side.Sell, 1_000L), (Side.Sell, 2_000), (Side.Buy, 1_000) })
        {
            var command = Command.Limit(new AccountId(1 + (ulong)side), side, price, 500_000_000);
            var (commands, written, events) = (new RecordWriter(), new RecordWriter(), new EventBuffer());
            JournalCodec.Write(commands, command);
            book.Execute(command, events);
            foreach (ref readonly var happened in events.Events)
            {
                JournalCodec.Write(written, happened);
            }

            lines.Add(new JournalLine
            {
                Batch = new WrittenBatch
                {
                    First = (long)book.Sequence,
                    Last = (long)book.Sequence,
                    Commands = commands.Written.ToArray(),
                    Events = written.Written.ToArray(),
                    Orders = new[] { OrderOf(command, events.Events[0].Order) },
                },
            });
        }

        foreach (var batch in lines.Select(line => line.Batch).OfType<WrittenBatch>())
        {
            Assert.True(book.TryGetOrder(new OrderId((ulong)batch.Orders[0].Id), out var state));
            ((WrittenOrder[])batch.Orders)[0] = batch.Orders[0] with { Remaining = state.Remaining, InSwap = state.InSwap };
        }

        lines.Add(Snapshot(book));
        lines.Add(new JournalLine { Tail = new JournalTail { Sequence = 3, Batches = 3 } });
        return lines;
    }

    private static JournalLine Snapshot(OrderBook book)
    {
        var writer = new RecordWriter();
        book.WriteSnapshot(writer);
        return new JournalLine
        {
            Snapshot = new KeptSnapshot
            {
                Sequence = (long)book.Sequence,
                Definition = Definition,
                State = writer.Written.ToArray(),
                Hash = SHA256.HashData(writer.Written.Span),
            },
        };
    }

    private static WrittenOrder OrderOf(Command command, OrderId id) => new()
    {
        Id = (long)id.Value,
        Account = (long)command.Account.Value,
        ClientOrderId = command.ClientId.ToString(),
        Body = new byte[16],
        Side = (short)command.Side,
        Type = 0,
        TimeInForce = 0,
        Flags = 0,
        SelfTrade = 0,
        Expires = 0,
        Price = command.Price,
        Remaining = 0,
        InSwap = 0,
        Settled = 0,
        Live = true,
    };
}
