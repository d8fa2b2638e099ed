using System.Text.Json;
using Market.Client.Api;
using Market.Contracts;

namespace Market.Client.Recordings;

/// <summary>
/// What the events of a recording come to: the books, the newest ticker and discount, and where the streams stand. A file begins
/// with it, and a recorder that is started again goes on from it.
/// </summary>
public sealed class RecordedState
{
    private static readonly string[] Newest = [Channels.TopicOf(Channels.Ticker("")), Channels.TopicOf(Channels.Discount(""))];

    private readonly Dictionary<string, BookFollower> _books = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StreamEvent> _last = new(StringComparer.Ordinal);

    /// <summary>Where the streams stand; null before the first event.</summary>
    public string? Seen { get; private set; }

    /// <summary>The channels of an instrument that are recorded.</summary>
    public static IReadOnlyList<string> ChannelsOf(string instrument) =>
        [Channels.Book(instrument), Channels.Trades(instrument), Channels.Ticker(instrument), Channels.Discount(instrument)];

    /// <summary>Takes a line that is in a file.</summary>
    public void Take(RecordedLine line)
    {
        ArgumentNullException.ThrowIfNull(line);
        Seen = line.Seen ?? Seen;
        if (line.Event is { } happened)
        {
            Gap(happened);
        }
        else if (line.Gap is { } gap && Channels.InstrumentOf(gap.Channel) is { } instrument
            && gap.Channel == Channels.Book(instrument))
        {
            _books.Remove(instrument);
        }
    }

    /// <summary>Takes an event and says what is missing before it. One of a book that is not known afterwards
    /// (<see cref="HasBook"/>) is of no use to a reader.</summary>
    /// <returns>The gap; null where the event follows on those before.</returns>
    public RecordedGap? Gap(StreamEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        var before = _last.GetValueOrDefault(happened.Channel);
        if (happened.Type is StreamEventType.Snapshot or StreamEventType.Delta or StreamEventType.Update)
        {
            _last[happened.Channel] = happened;
        }

        if (happened.Channel != Channels.Book(happened.Instrument ?? ""))
        {
            // The newest trades in the midst of it: those between may be more. Of the others nothing but the newest counts.
            return happened.Type == StreamEventType.Snapshot && before is not null && happened.Sequence != before.Sequence
                && !Newest.Contains(happened.Topic)
                ? New(happened.Channel, before, "The market began the channel anew.")
                : null;
        }

        var book = BookOf(happened.Instrument!);
        var (wasInSync, sequence) = (book.InSync, book.Sequence);
        var follows = book.Apply(happened);
        return happened.Type switch
        {
            StreamEventType.Snapshot when wasInSync && book.Sequence != sequence =>
                New(happened.Channel, before, "The market began the book anew."),
            StreamEventType.Delta when wasInSync && !follows =>
                New(happened.Channel, before, "A change does not follow on the book: a number or the checksum is off."),
            _ => null,
        };
    }

    /// <summary>Whether the book of an instrument is known.</summary>
    public bool HasBook(string instrument) => _books.TryGetValue(instrument, out var book) && book.InSync;

    /// <summary>The events that a new file begins with: a snapshot of each book that is known, and the newest ticker and discount.
    /// </summary>
    public IEnumerable<StreamEvent> Opening()
    {
        foreach (var book in _books.Values.Where(book => book.InSync))
        {
            yield return new StreamEvent
            {
                Channel = Channels.Book(book.Instrument),
                Type = StreamEventType.Snapshot,
                Sequence = book.Sequence,
                Time = _last[Channels.Book(book.Instrument)].Time,
                Data = JsonSerializer.SerializeToElement(book.Look(int.MaxValue), MarketJson.Options),
            };
        }

        foreach (var newest in _last.Values.Where(each => Newest.Contains(each.Topic)))
        {
            yield return newest;
        }
    }

    private BookFollower BookOf(string instrument)
    {
        if (!_books.TryGetValue(instrument, out var book))
        {
            book = _books[instrument] = new BookFollower(instrument);
        }

        return book;
    }

    private static RecordedGap New(string channel, StreamEvent? before, string reason) =>
        new() { Channel = channel, Since = before?.Time, Reason = reason };
}
