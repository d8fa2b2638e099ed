using System.Buffers.Binary;
using System.Security.Cryptography;
using Market.Trading.Audit;
using Market.Trading.Codec;

namespace Market.Trading.Tests;

/// <summary>A journal with every kind of command, a batch each, and what an audit finds where something of it is changed.</summary>
public sealed class JournalAuditTests
{
    private static readonly AccountId Ann = new(1), Bob = new(2);

    private static readonly BookDefinition Definition = new(Scripts.Rules, Scripts.Limits);

    // Where fields of commands begin.
    private static readonly int[] Fields = [0, 1, 9, 10, 11, 12, 13, 14, 17, 22, 30, 62, 78];

    private static readonly Command[] Script =
    [
        Place(Ann, Side.Sell, 50, 300, "a"),
        Place(Ann, Side.Sell, 60, 300, "b"),
        Place(Bob, Side.Buy, 40, 300, "c", TimeInForce.GoodTilDate, expires: 7),
        Place(Bob, Side.Buy, 50, 100, "d", TimeInForce.ImmediateOrCancel),
        Command.LockTrade(new TradeId(1)),
        Command.Amend(Ann, new OrderId(2), 55, 200),
        Command.Reduce(Ann, new OrderId(1), 50, Reason.ByOwner),
        Place(Bob, Side.Buy, 55, 100, "e"),
        Command.CloseTrade(new TradeId(1), TradeOutcome.Settled, TradeOutcome.Settled),
        Command.Expire(new OrderId(3), 9),
        Place(Bob, Side.Buy, 30, 100, "f"),
        Place(Bob, Side.Buy, 35, 100, "g"),
        Place(Bob, Side.Sell, 90, 100, "h"),
        Command.Cancel(Bob, new OrderId(6)),
        Command.Cancel(Bob, Name("g")),
        Command.CloseTrade(new TradeId(2), TradeOutcome.Returned, TradeOutcome.Forfeited),
        Place(Bob, Side.Buy, 30, 100, "i"),
        Command.CancelAll(Bob, CancelScope.Buys),
        Command.Withdraw(new OrderId(2), Reason.BackingSpent),
        Command.SetStatus(TradingStatus.CancelOnly),
        Place(Ann, Side.Sell, 70, 100, "z"),
        Command.SetStatus(TradingStatus.Open),
        Place(Ann, Side.Sell, 70, 100, "j"),
    ];

    [Fact]
    public void A_whole_journal_agrees_and_ends_in_the_same_book()
    {
        var (lines, book) = Write();
        Assert.Equal(Enum.GetValues<CommandKind>()[1..], Script.Select(c => c.Kind).Distinct().Order());
        var audit = Run(lines);
        Assert.Null(audit.Difference);
        Assert.Equal(book.StateHash(), audit.StateHash);
        Assert.Equal((Script.Length, Script.Length, 3, 0L),
            (audit.Sequence, audit.Commands.Values.Sum(), audit.Snapshots, audit.From));

        // From the second snapshot on it comes to the same.
        var late = Run([lines[0], .. lines.Skip(lines.FindIndex(2, line => line.Snapshot is not null))]);
        Assert.Equal(DifferenceKind.End, JournalDifferenceOf(late));
    }

    [Fact]
    public void It_may_begin_with_a_later_snapshot_and_says_so()
    {
        var (lines, book) = Write();
        var second = lines.FindIndex(2, line => line.Snapshot is not null);
        var after = lines[second..^1];
        var late = Run([lines[0], .. after, new JournalLine
        {
            Tail = new JournalTail { Sequence = Script.Length, Batches = after.Count(line => line.Batch is not null) },
        }]);
        Assert.Null(late.Difference);
        Assert.Equal((lines[second].Snapshot!.Sequence, Convert.ToHexString(book.StateHash())),
            (late.From, Convert.ToHexString(late.StateHash!)));
    }

    [Fact]
    public void Whatever_field_of_a_command_is_changed_the_first_difference_is_at_that_command()
    {
        var (lines, _) = Write();
        foreach (var (line, at) in lines.Select((line, at) => (line, at)).Where(each => each.line.Batch is not null))
        {
            foreach (var i in Fields.Where(i => i < line.Batch!.Commands.Length))
            {
                var command = Script[line.Batch!.First - 1];
                if (SaysNothing(command, i)) continue;
                var commands = line.Batch.Commands.ToArray();
                commands[i] ^= 1;
                var audit = Run(With(lines, at, line with { Batch = line.Batch with { Commands = commands } }));
                Assert.True(audit.Difference is not null, $"{command.Kind}, byte {i}");
                Assert.Equal(line.Batch.First, audit.Difference.Sequence);
            }
        }
    }

    [Fact]
    public void Whatever_is_changed_of_the_events_the_first_difference_is_at_their_command()
    {
        var (lines, _) = Write();
        foreach (var (line, at) in lines.Select((line, at) => (line, at)).Where(each => each.line.Batch is not null))
        {
            foreach (var i in new[] { 0, line.Batch!.Events.Length - 1 })
            {
                var events = line.Batch.Events.ToArray();
                events[i] ^= 1;
                var audit = Run(With(lines, at, line with { Batch = line.Batch with { Events = events } }));
                Assert.Equal((DifferenceKind.Event, line.Batch.First), (JournalDifferenceOf(audit), audit.Difference!.Sequence));
            }
        }
    }

    [Fact]
    public void A_batch_that_is_gone_or_twice_there_and_a_file_that_was_cut_short_are_found()
    {
        var (lines, _) = Write();
        var at = lines.FindLastIndex(line => line.Batch is not null) - 2;
        var number = lines[at].Batch!.First;
        Assert.Equal(new(DifferenceKind.Sequence, number - 1, $"Commands {number} to {number} are missing."),
            Run([.. lines[..at], .. lines[(at + 1)..]]).Difference);
        Assert.Equal((DifferenceKind.Sequence, number),
            Of(Run([.. lines[..at], lines[at], .. lines[at..]])));
        Assert.Equal((DifferenceKind.End, (long)Script.Length), Of(Run(lines[..^1])));
        Assert.Equal((DifferenceKind.End, (long)Script.Length - 1), Of(Run([.. lines[..^3], lines[^1]])));
    }

    [Fact]
    public void Lines_that_are_none_of_a_journal_or_stand_elsewhere_are_said_by_their_kind()
    {
        var (lines, _) = Write();
        var (head, batch, next) = (lines[0], lines[2].Batch!, lines[3].Batch!);
        var nowhere = (DifferenceKind.Format, 0L);
        Assert.Equal(nowhere, Of(Run(lines[1..])));
        Assert.Equal(nowhere, Of(Run([head, .. lines])));
        Assert.Equal(nowhere, Of(Run([new JournalLine { Head = head.Head! with { Version = 2 } }])));
        Assert.Equal(nowhere, Of(Run([new JournalLine { Head = head.Head with { Format = "market-recording" } }])));
        Assert.Equal(nowhere, Of(Run([head, lines[2]])));
        Assert.Equal(nowhere, Of(Run([head, lines[^1]])));
        Assert.Equal(nowhere, Of(Run([head, new JournalLine()])));
        Assert.Equal((DifferenceKind.End, (long)Script.Length), Of(Run([.. lines, lines[2]])));
        Assert.Equal((DifferenceKind.Command, 1L), Of(Run(First(batch with { Commands = batch.Commands[..^1] }))));
        Assert.Equal((DifferenceKind.Sequence, 2L),
            Of(Run(First(batch with { Commands = [.. batch.Commands, .. next.Commands] }))));
        Assert.Equal((DifferenceKind.Sequence, 2L), Of(Run(First(batch with { Last = 2 }))));
        Assert.Equal((DifferenceKind.Event, 1L), Of(Run(First(batch with { Events = [.. batch.Events, .. next.Events] }))));
        Assert.Equal((DifferenceKind.Order, 1L),
            Of(Run(First(batch with { Orders = [.. batch.Orders, batch.Orders[0] with { Id = 99 }] }))));

        List<JournalLine> First(WrittenBatch changed) => With(lines, 2, new JournalLine { Batch = changed });
    }

    [Fact]
    public void A_snapshot_of_another_book_is_found_and_so_is_one_with_another_hash()
    {
        var (lines, _) = Write();
        var at = lines.FindIndex(2, line => line.Snapshot is not null);
        var kept = lines[at].Snapshot!;
        Assert.Equal((DifferenceKind.Snapshot, kept.Sequence),
            Of(Run(With(lines, at, new JournalLine { Snapshot = kept with { Hash = new byte[32] } }))));
        var other = kept.State.ToArray();
        other[^1] ^= 1;
        Assert.Equal((DifferenceKind.Snapshot, kept.Sequence), Of(Run(With(lines, at,
            new JournalLine { Snapshot = kept with { State = other, Hash = SHA256.HashData(other) } }))));
    }

    [Fact]
    public void The_table_of_orders_is_held_against_commands_and_book()
    {
        var (lines, _) = Write();
        var at = lines.FindIndex(line => line.Batch is { Orders.Count: > 0 } batch && batch.Orders[0].Live);
        var order = lines[at].Batch!.Orders[0];
        Assert.Equal((DifferenceKind.Order, 1L), Of(Run(WithOrder(order with { ClientOrderId = "other" }))));
        Assert.Equal(
            (DifferenceKind.Order, (long)Script.Length), Of(Run(WithOrder(order with { Remaining = order.Remaining - 10 }))));
        Assert.Equal((DifferenceKind.Order, (long)Script.Length), Of(Run(WithOrder(order with { Live = false }))));
        Assert.Equal((DifferenceKind.Order, 1L), Of(Run(With(lines, at,
            new JournalLine { Batch = lines[at].Batch! with { Orders = [] } }))));

        // One that is done says how it ended, and one that nobody placed is none.
        at = lines.FindIndex(line => line.Batch is { Orders: [{ Live: false, Settled: > 0 }] });
        order = lines[at].Batch!.Orders[0];
        foreach (var changed in new[]
        {
            order with { Settled = order.Settled + 1 }, order with { Remaining = 1 }, order with { InSwap = 1 },
            order with { Price = order.Price + 1 },
        })
        {
            Assert.Equal(DifferenceKind.Order, JournalDifferenceOf(Run(WithOrder(changed))));
        }
        Assert.Equal((DifferenceKind.Order, (long)Script.Length), Of(Run([.. lines[..^1], new JournalLine
        {
            Tail = lines[^1].Tail! with { Orders = [order with { Id = 99, Live = true, Remaining = 10 }] },
        }])));

        List<JournalLine> WithOrder(WrittenOrder changed) =>
            With(lines, at, new JournalLine { Batch = lines[at].Batch! with { Orders = [changed] } });
    }

    [Fact]
    public void New_rules_go_on_with_the_book_as_it_is()
    {
        var wider = Definition with { Limits = Scripts.Limits with { ClientIdMemory = 5 } };
        var (lines, book) = Write(wider);
        var audit = Run(lines);
        Assert.Null(audit.Difference);
        Assert.Equal(book.StateHash(), audit.StateHash);
        // As if they had been the same all along, it is another book.
        var at = lines.FindIndex(2, line => line.Snapshot is not null);
        Assert.Equal(DifferenceKind.Snapshot, JournalDifferenceOf(Run(With(lines, at, new JournalLine
        {
            Snapshot = lines[at].Snapshot! with { Definition = Definition },
        }))));
    }

    // Market's commands are nobody's whatever account they name, the market reduces what its owner may, and what is over at nine is
    // over at eight.
    private static bool SaysNothing(Command command, int at) =>
        (at is >= 1 and <= 8 && command.Kind is CommandKind.Withdraw or CommandKind.CloseTrade or CommandKind.SetStatus
            or CommandKind.LockTrade or CommandKind.Expire)
        || (command.Kind == CommandKind.Reduce && at == 1)
        || (command.Kind == CommandKind.Expire && at >= 17)
        // One that is refused all the same.
        || (command.Kind == CommandKind.Place && command.ClientId == Name("z") && at > 8);

    private static DifferenceKind JournalDifferenceOf(JournalAudit audit) => audit.Difference!.Kind;

    private static (DifferenceKind Kind, long Sequence) Of(JournalAudit audit) =>
        (audit.Difference!.Kind, audit.Difference.Sequence);

    private static List<JournalLine> With(List<JournalLine> lines, int at, JournalLine line) =>
        [.. lines[..at], line, .. lines[(at + 1)..]];

    private static JournalAudit Run(IEnumerable<JournalLine> lines)
    {
        var audit = new JournalAudit();
        foreach (var line in lines)
            if (!audit.Take(line)) break;
        audit.End();
        return audit;
    }

    /// <summary>The script's journal, with a snapshot before, in the middle (with other rules from there on where they are given)
    /// and behind.</summary>
    private static (List<JournalLine> Lines, OrderBook Book) Write(BookDefinition? then = null)
    {
        var book = new OrderBook(Definition.Rules, Definition.Limits);
        var (prices, settled) = (new Dictionary<long, long>(), new Dictionary<long, long>());
        var lines = new List<JournalLine>
        {
            new() { Head = new JournalHead { Format = "market-journal", Version = 1, Instrument = "P2SHARE-BTC" } },
            Snapshot(book, Definition),
        };
        foreach (var command in Script)
        {
            var (commands, events, seen) = (new RecordWriter(), new RecordWriter(), new EventBuffer());
            JournalCodec.Write(commands, command);
            book.Execute(command, seen);
            foreach (ref readonly var e in seen.Events)
            {
                JournalCodec.Write(events, e);
                if (e.Kind is EventKind.Accepted or EventKind.Amended) prices[(long)e.Order.Value] = e.Price;
                if (e.Kind == EventKind.Done) settled[(long)e.Order.Value] = e.Quantity;
            }
            lines.Add(new JournalLine
            {
                Batch = new WrittenBatch
                {
                    First = (long)book.Sequence,
                    Last = (long)book.Sequence,
                    Commands = commands.Written.ToArray(),
                    Events = events.Written.ToArray(),
                    Orders = seen.Events[0].Kind == EventKind.Accepted ? [OrderOf(command, seen.Events[0].Order)] : [],
                },
            });
            if (book.Sequence != 12) continue;
            if (then is not null)
            {
                var writer = new RecordWriter();
                book.WriteSnapshot(writer);
                book = OrderBook.TryRestore(writer.Written.Span, then.Rules, then.Limits)!;
            }
            lines.Add(Snapshot(book, then ?? Definition));
        }
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Batch is not { Orders: [var order] } batch) continue;
            var written = book.TryGetOrder(new OrderId((ulong)order.Id), out var state)
                ? order with
                {
                    Live = true,
                    Price = state.Price,
                    Remaining = state.Remaining,
                    InSwap = state.InSwap,
                    Settled = state.Settled,
                }
                : order with { Price = prices[order.Id], Settled = settled[order.Id] };
            lines[i] = new JournalLine { Batch = batch with { Orders = [written] } };
        }
        lines.Add(Snapshot(book, then ?? Definition));
        lines.Add(new JournalLine { Tail = new JournalTail { Sequence = Script.Length, Batches = Script.Length } });
        return (lines, book);
    }

    private static JournalLine Snapshot(OrderBook book, BookDefinition definition)
    {
        var writer = new RecordWriter();
        book.WriteSnapshot(writer);
        return new JournalLine
        {
            Snapshot = new KeptSnapshot
            {
                Sequence = (long)book.Sequence,
                Definition = definition,
                State = writer.Written.ToArray(),
                Hash = SHA256.HashData(writer.Written.Span),
            },
        };
    }

    private static WrittenOrder OrderOf(in Command c, OrderId id)
    {
        var body = new byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(body, c.Body);
        return new WrittenOrder
        {
            Id = (long)id.Value,
            Account = (long)c.Account.Value,
            ClientOrderId = c.ClientId.ToString(),
            Body = body,
            Side = (short)c.Side,
            Type = (short)c.Type,
            TimeInForce = (short)c.TimeInForce,
            Flags = (short)c.Flags,
            SelfTrade = (short)c.SelfTrade,
            Expires = c.Time,
            Price = c.Price,
            Remaining = 0,
            InSwap = 0,
            Settled = 0,
            Live = false,
        };
    }

    private static Command Place(AccountId account, Side side, long price, long quantity, string name,
        TimeInForce timeInForce = TimeInForce.GoodTilCancelled, long expires = 0) =>
        Command.Limit(account, side, price, quantity, timeInForce, clientId: Name(name), body: 5, expires: expires);

    private static ClientOrderId Name(string text) =>
        ClientOrderId.TryParse(text, out var id) ? id : throw new ArgumentException(text);
}
