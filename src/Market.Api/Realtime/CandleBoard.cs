using Market.Api.Data;
using Market.Contracts;

namespace Market.Api.Realtime;

/// <summary>
/// The newest candles of every interval, of final trades only. A trade counts in the candle of the time at which it was made,
/// however long afterwards it becomes final, and in its place there: so the board is always what the table gives.
/// </summary>
public sealed class CandleBoard
{
    /// <summary>Candles kept of each interval; a day of minutes is 1,440.</summary>
    public const int Kept = 1_500;

    private readonly string _instrument;
    private readonly Dictionary<CandleInterval, Line> _lines = [];

    private sealed class Line(ListTopic<Candle> topic)
    {
        public ListTopic<Candle> Topic { get; } = topic;

        /// <summary>The trades at the ends of each candle, by its start.</summary>
        public SortedDictionary<DateTimeOffset, (long First, long Last)> Ends { get; } = [];

        /// <summary>The board knows all that was traded in candles from here on; of those before it has forgotten some.</summary>
        public DateTimeOffset Since { get; set; }

        /// <summary>True where the board has forgotten what was traded then, also where a candle after it has gone since.</summary>
        public bool IsPast(DateTimeOffset start) => start < Since;
    }

    /// <summary>An empty board.</summary>
    public CandleBoard(string instrument, TimeProvider clock)
    {
        _instrument = instrument;
        foreach (var interval in Enum.GetValues<CandleInterval>())
        {
            _lines.Add(interval, new Line(new ListTopic<Candle>(
                Channels.Candles(instrument, interval), Kept, newestFirst: false, c => c.Start, clock, c => c.Start.UtcTicks)));
        }
    }

    /// <summary>The channel of an interval.</summary>
    public ListTopic<Candle> Of(CandleInterval interval) => _lines[interval].Topic;

    /// <summary>Starts anew from what the table gives, oldest first.</summary>
    /// <param name="interval">Of which interval.</param>
    /// <param name="candles">The newest candles.</param>
    /// <param name="tell">Whether readers are told, as a snapshot.</param>
    public void Reset(CandleInterval interval, IReadOnlyList<CountedCandle> candles, bool tell)
    {
        ArgumentNullException.ThrowIfNull(candles);
        var line = _lines[interval];
        line.Ends.Clear();
        foreach (var counted in candles) line.Ends[counted.Candle.Start] = (counted.First, counted.Last);
        line.Since = candles.Count >= Kept ? candles[0].Candle.Start : default;
        line.Topic.Reset(candles.Select(c => c.Candle), tell);
    }

    /// <summary>Counts a trade that has become final.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="trade">The trade.</param>
    public void Count(long id, Trade trade)
    {
        ArgumentNullException.ThrowIfNull(trade);
        foreach (var (interval, line) in _lines)
        {
            var start = CandleTimes.StartOf(interval, trade.Time);
            if (line.IsPast(start)) continue;
            var known = line.Topic.Find(start);
            Put(line, known is null
                ? new CountedCandle(First(interval, start, trade), id, id)
                : Extend(new CountedCandle(known, line.Ends[start].First, line.Ends[start].Last), id, trade));
        }
    }

    /// <summary>A candle was counted again from the table: what it is now, or null where it has no trade any more.</summary>
    public void Recount(CandleInterval interval, DateTimeOffset start, CountedCandle? now)
    {
        var line = _lines[interval];
        if (line.IsPast(start)) return;
        if (now is not null)
        {
            Put(line, now);
            return;
        }
        line.Ends.Remove(start);
        if (line.Topic.Find(start) is { } gone)
            line.Topic.Remove(start, gone with { Trades = 0, Volume = new Quantity(0), QuoteVolume = new Sats(0) });
    }

    private static void Put(Line line, CountedCandle counted)
    {
        line.Ends[counted.Candle.Start] = (counted.First, counted.Last);
        if (line.Ends.Count > Kept)
        {
            line.Ends.Remove(line.Ends.First().Key);
            line.Since = line.Ends.First().Key;
        }
        line.Topic.Put(counted.Candle);
    }

    private Candle First(CandleInterval interval, DateTimeOffset start, Trade trade) => new()
    {
        Instrument = _instrument,
        Interval = interval,
        Start = start,
        Open = trade.Price,
        High = trade.Price,
        Low = trade.Price,
        Close = trade.Price,
        Volume = trade.Quantity,
        QuoteVolume = trade.Notional,
        Trades = 1,
        Valuation = trade.Valuation,
    };

    private static CountedCandle Extend(CountedCandle counted, long id, Trade trade)
    {
        var candle = counted.Candle;
        return new CountedCandle(candle with
        {
            Open = id < counted.First ? trade.Price : candle.Open,
            High = trade.Price.Sats > candle.High.Sats ? trade.Price : candle.High,
            Low = trade.Price.Sats < candle.Low.Sats ? trade.Price : candle.Low,
            Close = id > counted.Last ? trade.Price : candle.Close,
            Valuation = id > counted.Last ? trade.Valuation : candle.Valuation,
            Volume = new Quantity(candle.Volume.Units + trade.Quantity.Units),
            QuoteVolume = new Sats(candle.QuoteVolume.Value + trade.Notional.Value),
            Trades = candle.Trades + 1,
        }, Math.Min(counted.First, id), Math.Max(counted.Last, id));
    }
}
