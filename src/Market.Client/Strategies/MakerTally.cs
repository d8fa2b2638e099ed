using System.Globalization;
using Market.Contracts;
using Market.Strategies;

namespace Market.Client.Strategies;

/// <summary>
/// Counts what a market maker traded since it began, and on paper also what it would have: a quote that stands nowhere counts as
/// filled only by what others trade at a price worse for the taker than the quote's, which would have met the quote first. What
/// is traded at the very price may have been another's turn, and what stands in the book is not taken.
/// </summary>
/// <param name="isPaper">True where nothing is placed.</param>
public sealed class MakerTally(bool isPaper)
{
    private readonly List<Quote> _quotes = [];
    private string _instrument = "";
    private long? _last;
    private (long Shares, long Sats)? _told;
    private long? _profitTold;

    /// <summary>Base units of shares gained since the start.</summary>
    public long Shares { get; private set; }

    /// <summary>Satoshis gained since the start.</summary>
    public long Sats { get; private set; }

    /// <summary>Quotes that stand on paper.</summary>
    public IReadOnlyList<Quote> Standing => _quotes;

    /// <summary>Notes a quote on paper.</summary>
    /// <param name="quote">The quote.</param>
    /// <returns>False where one stands there already.</returns>
    public bool Quote(Quote quote)
    {
        ArgumentNullException.ThrowIfNull(quote);
        if (_quotes.Exists(quote.IsAt))
        {
            return false;
        }

        _quotes.Add(quote);
        return true;
    }

    /// <summary>Moves the quotes on paper that follow face value.</summary>
    /// <param name="face">Face value, satoshis a share.</param>
    /// <param name="tick">Prices are multiples of it.</param>
    public void Move(decimal face, Price tick)
    {
        for (var i = 0; i < _quotes.Count; i++)
        {
            if (_quotes[i] is { Discount: { } part } quote)
            {
                _quotes[i] = quote with { Price = MakerCore.PriceOf(quote.Side, part, quote.Worst, face, tick) };
            }
        }
    }

    /// <summary>Takes all quotes on paper back.</summary>
    public void Withdraw() => _quotes.Clear();

    /// <summary>Turns to an instrument: what was traded there before counts for nothing.</summary>
    /// <param name="instrument">Its id.</param>
    public void TurnTo(string instrument)
    {
        if (_instrument != instrument)
        {
            (_instrument, _last) = (instrument, null);
            _quotes.Clear();
        }
    }

    /// <summary>Hears of the newest own trades.</summary>
    /// <param name="fills">In any order, those heard of before among them.</param>
    /// <returns>An event for each that is new.</returns>
    public IReadOnlyList<MakerEvent> Hear(IEnumerable<Fill> fills)
    {
        ArgumentNullException.ThrowIfNull(fills);
        var events = new List<MakerEvent>();
        foreach (var fill in News(fills.Where(fill => fill.Instrument == _instrument), fill => fill.TradeId))
        {
            events.Add(Count(fill.Side, fill.Price, fill.Quantity, fill.Notional.Value, fill.Fee.Value));
        }

        return events;
    }

    /// <summary>Hears of the newest trades of others, by which quotes on paper are filled.</summary>
    /// <param name="trades">In any order, those heard of before among them.</param>
    /// <returns>An event for each fill.</returns>
    public IReadOnlyList<MakerEvent> Hear(IEnumerable<Trade> trades)
    {
        ArgumentNullException.ThrowIfNull(trades);
        var events = new List<MakerEvent>();
        foreach (var trade in News(trades.Where(trade => trade.Status != TradeStatus.Withdrawn), trade => trade.Id))
        {
            var side = trade.TakerSide == Side.Sell ? Side.Buy : Side.Sell;
            var through = _quotes.Where(quote => quote.Side == side && (side == Side.Buy
                ? quote.Price.Sats > trade.Price.Sats
                : quote.Price.Sats < trade.Price.Sats));
            var left = trade.Quantity.Units;
            foreach (var quote in through.OrderBy(quote => side == Side.Buy ? -quote.Price.Sats : quote.Price.Sats).ToList())
            {
                var units = Math.Min(left, quote.Quantity.Units);
                if (units == 0)
                {
                    break;
                }

                left -= units;
                var at = _quotes.IndexOf(quote);
                _quotes.RemoveAt(at);
                if (units < quote.Quantity.Units)
                {
                    _quotes.Insert(at, quote with { Quantity = new Quantity(quote.Quantity.Units - units) });
                }

                var filled = new Quantity(units);
                events.Add(Count(side, quote.Price, filled, Contracts.Sats.Notional(quote.Price, filled).Value, 0));
            }
        }

        return events;
    }

    /// <summary>Position and profit, where they changed since they were told last.</summary>
    /// <param name="worth">The value of a share, satoshis.</param>
    public IReadOnlyList<MakerEvent> Stand(decimal worth)
    {
        var events = new List<MakerEvent>();
        if (_told != (Shares, Sats))
        {
            _told = (Shares, Sats);
            events.Add(New(MakerEventKind.Position) with
            {
                Shares = Shares,
                Sats = Sats,
            });
        }

        var profit = (long)decimal.Floor(Sats + worth * Shares / Quantity.UnitsPerShare);
        if (_profitTold != profit)
        {
            _profitTold = profit;
            events.Add(New(MakerEventKind.Profit) with
            {
                Worth = worth,
                Profit = profit,
            });
        }

        return events;
    }

    /// <summary>The event of a quote.</summary>
    /// <param name="quote">The quote.</param>
    public MakerEvent Quoted(Quote quote)
    {
        ArgumentNullException.ThrowIfNull(quote);
        return Of(MakerEventKind.Quote, quote.Side, quote.Price, quote.Quantity) with { Discount = quote.Discount };
    }

    private MakerEvent Count(Side side, Price price, Quantity quantity, long notional, long fee)
    {
        var sign = side == Side.Buy ? 1 : -1;
        Shares += sign * quantity.Units;
        Sats -= sign * notional + fee;
        return Of(MakerEventKind.Fill, side, price, quantity);
    }

    private MakerEvent Of(MakerEventKind kind, Side side, Price price, Quantity quantity) => New(kind) with
    {
        Side = side,
        Price = price,
        Quantity = quantity,
    };

    private MakerEvent New(MakerEventKind kind) => new()
    {
        Event = kind,
        Paper = isPaper,
        Instrument = _instrument,
    };

    private static long NumberOf(string id) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    // The first look only finds out what was before.
    private List<T> News<T>(IEnumerable<T> heard, Func<T, string> idOf)
    {
        // An id that is no number is not the market's: nothing of it is counted.
        var known = heard.Select(each => (Item: each, Number: NumberOf(idOf(each)))).Where(each => each.Number > 0)
            .OrderBy(each => each.Number).ToList();
        var since = _last;
        _last = Math.Max(since ?? 0, known.Count == 0 ? 0 : known[^1].Number);
        return since is { } last ? [.. known.Where(each => each.Number > last).Select(each => each.Item)] : [];
    }
}
