using FsCheck;
using FsCheck.Fluent;
using Market.Trading.Codec;

namespace Market.Trading.Tests;

public sealed class PropertyTests
{
    private static readonly Config Config = Config.QuickThrowOnFailure.WithMaxTest(300);

    public static TheoryData<bool> BothRules => [false, true];

    [Theory, MemberData(nameof(BothRules))]
    public void Agrees_with_the_plain_model_event_by_event(bool dear) => ForAll(dear, (rules, commands) =>
    {
        var book = new OrderBook(rules, Scripts.Limits);
        var model = new ModelBook(rules, Scripts.Limits);
        var events = new EventBuffer();
        foreach (var command in commands)
        {
            events.Clear();
            book.Execute(command, events);
            Assert.Equal(model.Execute(command), events.Events.ToArray());
            book.Verify();
        }
        foreach (var side in new[] { Side.Buy, Side.Sell })
        {
            var levels = new BookLevel[100];
            var count = book.CopyLevels(side, levels);
            Assert.Equal(model.Levels(side), levels.Take(count).Select(l => (l.Price, l.Quantity, l.Orders)));
        }
    });

    [Theory, MemberData(nameof(BothRules))]
    public void Conserves_every_base_unit_of_every_order(bool dear) => ForAll(dear, (rules, commands) =>
    {
        var book = new OrderBook(rules, Scripts.Limits);
        var events = new EventBuffer();
        foreach (var command in commands) book.Execute(command, events);
        var left = new Dictionary<ulong, long>();
        foreach (var e in events.Events)
        {
            var o = e.Order.Value;
            switch (e.Kind)
            {
                case EventKind.Accepted: left[o] = e.Quantity; break;
                case EventKind.Cancelled or EventKind.Reduced or EventKind.Settled or EventKind.Forfeited:
                    left[o] -= e.Quantity;
                    break;
                case EventKind.Amended: left[o] += e.Quantity; break;
                case EventKind.Done: Assert.True(left.Remove(o, out var rest) && rest == 0); break;
                default: break;
            }
        }
        Assert.Equal(book.LiveOrders, left.Count);
        foreach (var (id, quantity) in left)
        {
            Assert.True(book.TryGetOrder(new OrderId(id), out var state));
            Assert.Equal(quantity, state.Remaining + state.InSwap);
        }
    });

    [Theory, MemberData(nameof(BothRules))]
    public void Gives_the_same_state_and_events_when_replayed_from_the_journal_or_a_snapshot(bool dear) =>
        ForAll(dear, (rules, commands) =>
    {
        var first = new OrderBook(rules, Scripts.Limits);
        var events = new EventBuffer();
        var journal = new RecordWriter();
        foreach (var command in commands)
        {
            JournalCodec.Write(journal, command);
            first.Execute(command, events);
        }

        // Another hash key lays the tables out differently and must change nothing.
        var second = new OrderBook(rules, Scripts.Limits, hashKey: 77);
        var again = new EventBuffer();
        var half = commands.Length / 2;
        var rest = journal.Written.Span;
        for (var i = 0; i < commands.Length; i++)
        {
            if (i == half)
            {
                var snapshot = new RecordWriter();
                second.WriteSnapshot(snapshot);
                second = OrderBook.TryRestore(snapshot.Written.Span, rules, Scripts.Limits, hashKey: 78);
                Assert.NotNull(second);
            }
            Assert.True(JournalCodec.TryRead(ref rest, out Command command));
            second.Execute(command, again);
        }
        Assert.True(rest.IsEmpty);
        Assert.Equal(events.Events.ToArray(), again.Events.ToArray());
        Assert.Equal(first.StateHash(), second.StateHash());
    });

    [Fact]
    public void Every_event_survives_its_binary_form() => ForAll(false, (rules, commands) =>
    {
        var book = new OrderBook(rules, Scripts.Limits);
        var events = new EventBuffer();
        foreach (var command in commands) book.Execute(command, events);
        var writer = new RecordWriter();
        foreach (var e in events.Events) JournalCodec.Write(writer, e);
        var rest = writer.Written.Span;
        foreach (var e in events.Events)
        {
            Assert.True(JournalCodec.TryRead(ref rest, out BookEvent read));
            Assert.Equal(e, read);
        }
        Assert.True(rest.IsEmpty);
    });

    [Fact]
    public void A_damaged_snapshot_is_refused_or_makes_a_sound_book() => ForAll(false, (rules, commands) =>
    {
        var book = new OrderBook(rules, Scripts.Limits);
        var events = new EventBuffer();
        foreach (var command in commands) book.Execute(command, events);
        var writer = new RecordWriter();
        book.WriteSnapshot(writer);
        var bytes = writer.Written.ToArray();
        Assert.Null(OrderBook.TryRestore(bytes.AsSpan(..^1), rules, Scripts.Limits));
        Assert.Null(OrderBook.TryRestore([.. bytes, 0], rules, Scripts.Limits));
        for (var at = commands.Length % 7; at < bytes.Length; at += 7)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[at] ^= (byte)(1 + (at * 37 & 0xfe));
            OrderBook.TryRestore(damaged, rules, Scripts.Limits)?.Verify();
        }
    }, tests: 40);

    private static void ForAll(bool dear, Action<InstrumentRules, Command[]> check, int tests = 300)
    {
        var rules = dear ? Scripts.Dear : Scripts.Rules;
        Check.One(Config.WithMaxTest(tests), Prop.ForAll(Scripts.Of(rules), commands => check(rules, commands)));
    }
}
