using Market.Api.Data;
using Market.Contracts;
using Market.Trading;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Realtime;

/// <summary>
/// Where committed trading becomes public: the sequencer tells it each batch after the commit, and it keeps book, trades,
/// candles and ticker and tells their channels. Never call it before the commit.
/// </summary>
public sealed class MarketFeed : IDisposable
{
    /// <summary>Trades kept in memory.</summary>
    public const int KeptTrades = 1_000;

    private static readonly TimeSpan LongestValuation = TimeSpan.FromMinutes(1);

    private readonly Topics _topics;
    private readonly TimeProvider _clock;
    private readonly string _instrument;
    private volatile ValuationRow? _valuation;
    private volatile TradeRow? _last;

    /// <summary>An empty feed.</summary>
    public MarketFeed(MarketInstrument instrument, Topics topics, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(instrument);
        ArgumentNullException.ThrowIfNull(topics);
        _topics = topics;
        _clock = clock;
        _instrument = instrument.Id;
        Doubt = new ValueDoubt(clock);
        Book = new BookTopic(_instrument, clock);
        Trades = new ListTopic<Trade>(Channels.Trades(_instrument), KeptTrades, newestFirst: true, t => t.Id, clock,
            t => DecimalStrings.TryParse(t.Id, out var number) ? number : 0);
        Candles = new CandleBoard(_instrument, clock);
        Ticker = new ValueTopic<Ticker>(Channels.Ticker(_instrument), clock);
        Discount = new ValueTopic<Discount>(Channels.Discount(_instrument), clock);
        topics.Register(Book);
        topics.Register(Trades);
        topics.Register(Ticker);
        topics.Register(Discount);
        foreach (var interval in Enum.GetValues<CandleInterval>()) topics.Register(Candles.Of(interval));
    }

    /// <summary>Whether a share's worth may be another than what was said of it last.</summary>
    public ValueDoubt Doubt { get; }

    /// <summary>The book.</summary>
    public BookTopic Book { get; }

    /// <summary>The newest trades, whatever their status.</summary>
    public ListTopic<Trade> Trades { get; }

    /// <summary>The price of the newest final trade; null before the first. Safe from any thread.</summary>
    public Price? LastPrice => _last is { } last ? new Price(last.Price) : null;

    /// <summary>The newest candles.</summary>
    public CandleBoard Candles { get; }

    /// <summary>The ticker.</summary>
    public ValueTopic<Ticker> Ticker { get; }

    /// <summary>The discount.</summary>
    public ValueTopic<Discount> Discount { get; }

    /// <summary>What is said of a share's worth at a time; null where nothing was said within the minute before. Safe from any
    /// thread.</summary>
    public ValuationRow? ValuationAt(DateTimeOffset time) =>
        _valuation is { } last && (time - last.Time).Duration() <= LongestValuation ? last : null;

    /// <summary>Told after each batch that had trades, on the sequencer's thread: return quickly.</summary>
    public event Action<IReadOnlyList<TradeRow>>? Traded;

    /// <summary>Told after the book was rebuilt: of a batch whose commit was in doubt nobody was told, and it may have been
    /// written. On the sequencer's thread: return quickly.</summary>
    public event Action? Restarted;

    /// <summary>Told after each batch that changed what counts in prices, on the sequencer's thread: return quickly.</summary>
    public event Action? Counted;

    /// <summary>Told when something new was said of a share's worth, by whoever says it: return quickly.</summary>
    public event Action? Valued;

    /// <summary>Reads the newest trades and candles from the tables: before the sequencer runs, and while it waits.</summary>
    /// <param name="db">The tables.</param>
    /// <param name="tell">Whether readers are told, as snapshots: what they know may be another past.</param>
    /// <param name="cancel">Stops reading.</param>
    public async Task LoadAsync(MarketDb db, bool tell, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        var newest = await db.Trades.AsNoTracking().Include(t => t.Valuation).Where(t => t.Instrument == _instrument)
            .OrderByDescending(t => t.Id).Take(KeptTrades).ToListAsync(cancel);
        Trades.Reset(Enumerable.Reverse(newest).Select(t => t.ToContract()), tell);
        foreach (var interval in Enum.GetValues<CandleInterval>())
        {
            Candles.Reset(
                interval, await CandleQuery.ReadAsync(db, _instrument, interval, null, null, CandleBoard.Kept, cancel), tell);
        }
        _last = await TapeRecount.LastAsync(db, _instrument, cancel);
        UpdateTicker();
        if (tell) Counted?.Invoke();
    }

    /// <summary>Takes its channels away.</summary>
    public void Dispose()
    {
        foreach (var topic in (Topic[])
            [Book, Trades, Ticker, Discount, .. Enum.GetValues<CandleInterval>().Select(interval => Candles.Of(interval))])
        {
            _topics.Remove(topic);
        }
    }

    /// <summary>The sequencer has rebuilt its book: all orders that stand, in any order, and the journal's last sequence.
    /// </summary>
    public void Rebuilt(long sequence, IEnumerable<StandingOrder> orders)
    {
        Book.Restart(sequence, orders);
        UpdateTicker();
        Restarted?.Invoke();
    }

    /// <summary>A batch is committed.</summary>
    /// <param name="events">Its events.</param>
    /// <param name="trades">The trades that it made, as they were written.</param>
    /// <param name="changes">Trades of before whose status it changed.</param>
    /// <param name="recount">What was counted again because final trades were withdrawn; null where none was.</param>
    /// <param name="time">When.</param>
    public void Committed(ReadOnlySpan<BookEvent> events, IReadOnlyList<TradeRow> trades, IReadOnlyList<TradeChange> changes,
        TapeRecount? recount, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(trades);
        ArgumentNullException.ThrowIfNull(changes);
        Book.Apply(events, time);
        var isWhole = ReferenceEquals(recount, TapeRecount.Whole);
        foreach (var trade in trades) Show(trade, !isWhole && trade.Status == TradeStatus.Final);
        foreach (var change in changes)
            Show(change.Trade, !isWhole && change.Before != TradeStatus.Final && change.Trade.Status == TradeStatus.Final);
        if (recount is not null && !isWhole)
        {
            // Read after the commit, so it has all that this batch counted, too.
            foreach (var (interval, start, candle) in recount.Candles) Candles.Recount(interval, start, candle);
            _last = recount.Last;
        }
        UpdateTicker();
        if (trades.Count > 0) Traded?.Invoke(trades);
        if (changes.Count > 0) Counted?.Invoke();
    }

    private void Show(TradeRow trade, bool isFinalNow)
    {
        var contract = trade.ToContract();
        Trades.Put(contract);
        if (!isFinalNow) return;
        Candles.Count(trade.Id, contract);
        if (_last is not { } last || trade.Id > last.Id) _last = trade;
    }

    /// <summary>Tells an account about one of its orders.</summary>
    public void OrderChanged(string account, Order order) => _topics.TellAccount(Channels.Orders, account, order);

    /// <summary>Tells an account about one of its fills.</summary>
    public void Filled(string account, Fill fill) => _topics.TellAccount(Channels.Fills, account, fill);

    /// <summary>Sets the discount and with it the ticker.</summary>
    public void SetDiscount(Discount discount)
    {
        _valuation = ValuationRow.Of(discount);
        Discount.Set(discount);
        UpdateTicker();
        Valued?.Invoke();
    }

    private void UpdateTicker()
    {
        var now = _clock.GetUtcNow();
        var minutes = Candles.Of(CandleInterval.Minute).Items();
        var day = minutes.Where(c => c.Start > now.AddDays(-1)).ToList();
        var last = LastPrice;
        var (bid, ask) = Book.Best();
        var discount = Discount.Value;
        var fits = discount is not null && discount.Price == last;
        var next = new Ticker
        {
            Instrument = _instrument,
            Time = now,
            Last = last,
            Bid = bid is { } b ? new Price(b) : null,
            Ask = ask is { } a ? new Price(a) : null,
            // More minutes are kept than a day has: the first of them is the market's where it is of this day.
            Since = day.Count > 0 && day.Count == minutes.Count ? day[0].Start : null,
            Change = last is { } price && day.Count > 0 && day[0].Open.Sats > 0
                ? (double)price.Sats / day[0].Open.Sats - 1 : null,
            High = day.Count > 0 ? day.Max(c => c.High) : null,
            Low = day.Count > 0 ? day.Min(c => c.Low) : null,
            Volume = new Quantity(day.Sum(c => c.Volume.Units)),
            QuoteVolume = new Sats(day.Sum(c => c.QuoteVolume.Value)),
            Trades = day.Sum(c => c.Trades),
            OverFpps = fits ? discount!.OverFpps : null,
            D = fits ? discount!.D : null,
            DError = fits ? discount!.DError : null,
            HorizonYears = discount?.Inputs.HorizonYears,
            DTime = discount?.DTime,
            DParams = fits ? discount!.DParams : null,
        };
        if (Ticker.Value is { } before && before with { Time = now } == next) return;
        Ticker.Set(next);
    }
}
