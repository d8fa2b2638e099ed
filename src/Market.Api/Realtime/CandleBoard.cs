using Market.Contracts;

namespace Market.Api.Realtime;

/// <summary>The newest candles of every interval, kept up by each trade.</summary>
public sealed class CandleBoard
{
    /// <summary>Candles kept of each interval; a day of minutes is 1,440.</summary>
    public const int Kept = 1_500;

    private readonly string _instrument;
    private readonly Dictionary<CandleInterval, ListTopic<Candle>> _topics = [];

    /// <summary>An empty board.</summary>
    public CandleBoard(string instrument, TimeProvider clock)
    {
        _instrument = instrument;
        foreach (var interval in Enum.GetValues<CandleInterval>())
        {
            _topics.Add(interval, new ListTopic<Candle>(
                Channels.Candles(instrument, interval), Kept, newestFirst: false, c => c.Start, clock));
        }
    }

    /// <summary>The channel of an interval.</summary>
    public ListTopic<Candle> Of(CandleInterval interval) => _topics[interval];

    /// <summary>Seconds of an interval.</summary>
    public static int Seconds(CandleInterval interval) => interval switch
    {
        CandleInterval.TenSeconds => 10,
        CandleInterval.Minute => 60,
        CandleInterval.FiveMinutes => 300,
        CandleInterval.Hour => 3_600,
        CandleInterval.Day => 86_400,
        _ => throw new ArgumentOutOfRangeException(nameof(interval)),
    };

    /// <summary>Takes in a trade.</summary>
    public void Add(Trade trade)
    {
        foreach (var (interval, topic) in _topics)
        {
            var seconds = Seconds(interval);
            var start = DateTimeOffset.FromUnixTimeSeconds(trade.Time.ToUnixTimeSeconds() / seconds * seconds);
            var last = topic.Items(1).FirstOrDefault();
            // Trades come in order of time; a clock set back adds to the newest candle rather than rewriting old ones.
            if (last is not null && last.Start >= start) topic.Put(Extend(last, trade));
            else topic.Put(First(interval, start, trade));
        }
    }

    private Candle First(CandleInterval interval, DateTimeOffset start, Trade trade) => new()
    {
        Instrument = _instrument, Interval = interval, Start = start,
        Open = trade.Price, High = trade.Price, Low = trade.Price, Close = trade.Price,
        Volume = trade.Quantity, QuoteVolume = trade.Notional, Trades = 1, Valuation = trade.Valuation,
    };

    private static Candle Extend(Candle candle, Trade trade) => candle with
    {
        High = trade.Price.Sats > candle.High.Sats ? trade.Price : candle.High,
        Low = trade.Price.Sats < candle.Low.Sats ? trade.Price : candle.Low,
        Close = trade.Price,
        Valuation = trade.Valuation,
        Volume = new Quantity(candle.Volume.Units + trade.Quantity.Units),
        QuoteVolume = new Sats(candle.QuoteVolume.Value + trade.Notional.Value),
        Trades = candle.Trades + 1,
    };
}
