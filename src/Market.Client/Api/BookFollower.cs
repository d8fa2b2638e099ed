using System.Text.Json;
using Market.Contracts;

namespace Market.Client.Api;

/// <summary>
/// Keeps one instrument's book from its stream: applies changes, checks sequence and checksum, and says when it must be given a
/// new snapshot. Not safe for several threads.
/// </summary>
/// <param name="instrument">Which.</param>
public sealed class BookFollower(string instrument)
{
    private readonly SortedList<long, BookLevel> _bids = new(Comparer<long>.Create((a, b) => b.CompareTo(a)));
    private readonly SortedList<long, BookLevel> _asks = [];
    private DateTimeOffset _time;

    /// <summary>The instrument.</summary>
    public string Instrument { get; } = instrument;

    /// <summary>False before the first snapshot and after a gap or a wrong checksum.</summary>
    public bool InSync { get; private set; }

    /// <summary>The number of the last change.</summary>
    public long Sequence { get; private set; }

    /// <summary>Buy levels, highest price first.</summary>
    public IList<BookLevel> Bids => _bids.Values;

    /// <summary>Sell levels, lowest price first.</summary>
    public IList<BookLevel> Asks => _asks.Values;

    /// <summary>Takes an event of the book's channel; others are left alone.</summary>
    /// <returns>True where the book changed and is in sync.</returns>
    public bool Apply(StreamEvent happened)
    {
        if (happened.Channel != Channels.Book(Instrument) || happened.Data is not { } data)
        {
            return false;
        }

        return happened.Type switch
        {
            StreamEventType.Snapshot => Reset(data.Deserialize<BookSnapshot>(MarketJson.Options)!),
            StreamEventType.Delta => Change(data.Deserialize<BookDelta>(MarketJson.Options)!),
            _ => false,
        };
    }

    /// <summary>Starts again from a snapshot.</summary>
    public bool Reset(BookSnapshot snapshot)
    {
        _bids.Clear();
        _asks.Clear();
        Put(_bids, snapshot.Bids);
        Put(_asks, snapshot.Asks);
        Sequence = snapshot.Sequence;
        _time = snapshot.Time;
        InSync = Checksum() == snapshot.Checksum;
        return InSync;
    }

    private bool Change(BookDelta delta)
    {
        if (!InSync || delta.Sequence != Sequence + 1)
        {
            InSync = false;
            return false;
        }

        Put(_bids, delta.Bids);
        Put(_asks, delta.Asks);
        Sequence = delta.Sequence;
        _time = delta.Time;
        InSync = Checksum() == delta.Checksum;
        return InSync;
    }

    /// <summary>The book as it is known.</summary>
    /// <param name="depth">Levels a side, the best ones. The checksum is always that of the ten best.</param>
    public BookSnapshot Look(int depth) => new()
    {
        Instrument = Instrument,
        Sequence = Sequence,
        Time = _time,
        Bids = [.. Bids.Take(depth)],
        Asks = [.. Asks.Take(depth)],
        Checksum = Checksum(),
    };

    private uint Checksum() => BookChecksum.Compute([.. Bids.Take(BookChecksum.Depth)], [.. Asks.Take(BookChecksum.Depth)]);

    private static void Put(SortedList<long, BookLevel> side, IReadOnlyList<BookLevel> levels)
    {
        foreach (var level in levels)
        {
            if (level.Quantity.Units == 0)
            {
                side.Remove(level.Price.Sats);
            }
            else
            {
                side[level.Price.Sats] = level;
            }
        }
    }
}
