using System.Globalization;
using System.Text.Json;
using Market.Contracts;

namespace Market.Web.Pages;

/// <summary>The trading page, rendered with everything it shows; the streams take over from there.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class IndexModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    internal const int Trades = 60;
    internal const int Candles = 360;
    internal const int Swaps = 12;
    internal const int Depth = 200;

    // The first is shown where the address names none.
    private static readonly CandleInterval[] Intervals = Enum.GetValues<CandleInterval>();

    /// <summary>What the page shows; the same goes to the scripts as JSON.</summary>
    public TradeState State { get; private set; } = null!;

    /// <summary>Bins to choose from, satoshis.</summary>
    public IReadOnlyList<long> Bins { get; private set; } = [];

    /// <summary>The bin of the first view: the one that the address names, where it is one of them.</summary>
    public long Bin { get; private set; }

    /// <summary>The state as JSON that is safe inside a script element.</summary>
    public string Json => JsonSerializer.Serialize(State, MarketJson.Options);

    /// <summary>What stands still; null while all is live.</summary>
    public string? Trouble => StatusText.Trouble(Status, Instrument.Id);

    /// <summary>A length of candles as addresses and streams name it.</summary>
    public static string NameOf(CandleInterval interval) => JsonNamingPolicy.CamelCase.ConvertName(interval.ToString());

    /// <summary>GET.</summary>
    public async Task OnGetAsync(CancellationToken cancel)
    {
        var id = Instrument.Id;
        var interval = Array.Find(Intervals, one => NameOf(one) == Request.Query["candle"]);
        var swaps = await Reader.SwapsAsync(id, null, Swaps, null, cancel);
        State = new TradeState
        {
            Instrument = Instrument,
            Book = await Reader.BookAsync(id, Depth, cancel),
            Trades = await Reader.TradesAsync(id, Trades, cancel),
            Interval = interval,
            Candles = await Reader.CandlesAsync(id, interval, Candles, cancel),
            Ticker = await Reader.TickerAsync(id, cancel),
            Discount = await Reader.DiscountAsync(id, cancel),
            Chains = Chains,
            Swaps = swaps.Items,
            SwapCounts = await Reader.SwapCountsAsync(id, cancel),
            Fees = await Reader.FeesAsync(id, cancel),
        };
        var book = State.Book;
        var price = book.Bids.Count > 0 ? book.Bids[0].Price.Sats : book.Asks.Count > 0 ? book.Asks[0].Price.Sats : 0;
        Bins = BookRows.Bins(State.Instrument.Rules.TickSize.Sats, price);
        Bin = long.TryParse(Request.Query["bin"], NumberStyles.None, CultureInfo.InvariantCulture, out var bin)
            && Bins.Contains(bin) ? bin : BookRows.Fitting(book, Bins);
    }

    /// <summary>The gap between the best prices, or which of them is missing.</summary>
    /// <param name="money">What it is told in.</param>
    public string SpreadText(ShownMoney money) => State.Book switch
    {
        { Bids: [var bid, ..], Asks: [var ask, ..] } => $"spread {money.Text(ask.Price.Sats - bid.Price.Sats)} {money.Name}",
        { Bids: [], Asks: [] } => "the book is empty",
        { Bids: [] } => "nobody bids",
        _ => "nobody asks",
    };
}

/// <summary>What the trading page starts from.</summary>
public sealed record TradeState
{
    /// <summary>The instrument.</summary>
    public required Instrument Instrument { get; init; }

    /// <summary>The book.</summary>
    public required BookSnapshot Book { get; init; }

    /// <summary>Newest first.</summary>
    public required IReadOnlyList<Trade> Trades { get; init; }

    /// <summary>Of the candles.</summary>
    public required CandleInterval Interval { get; init; }

    /// <summary>Oldest first.</summary>
    public required IReadOnlyList<Candle> Candles { get; init; }

    /// <summary>The instrument at a glance.</summary>
    public required Ticker Ticker { get; init; }

    /// <summary>The last price's discount.</summary>
    public required Discount? Discount { get; init; }

    /// <summary>Both tips.</summary>
    public required ChainTips Chains { get; init; }

    /// <summary>Newest first.</summary>
    public required IReadOnlyList<SwapSummary> Swaps { get; init; }

    /// <summary>How swaps ended.</summary>
    public required SwapCounts SwapCounts { get; init; }

    /// <summary>What trading costs.</summary>
    public required Fees Fees { get; init; }
}
