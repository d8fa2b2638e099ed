using System.Net.Http.Json;
using System.Text.Json;
using Market.Api.Realtime;
using Market.Contracts;

namespace Market.Api.Tests.Orders;

/// <summary>A reader of the book, the tape, the candles and the ticker, as a bot keeps them: by what the channels say they mean.
/// </summary>
internal sealed class TapeReader
{
    private static readonly string[] Channels =
    [
        Contracts.Channels.Book("P2SHARE-BTC"), Contracts.Channels.Trades("P2SHARE-BTC"),
        Contracts.Channels.Candles("P2SHARE-BTC", CandleInterval.Minute),
        Contracts.Channels.Candles("P2SHARE-BTC", CandleInterval.Hour), Contracts.Channels.Ticker("P2SHARE-BTC"),
    ];

    private readonly StreamClient _client;
    private readonly Client.Api.BookFollower _book = new("P2SHARE-BTC");
    private readonly SortedDictionary<long, Trade> _trades = [];
    private readonly Dictionary<string, SortedDictionary<DateTimeOffset, Candle>> _candles = [];
    private readonly Dictionary<string, long> _sequences = [];
    private Ticker? _ticker;

    private TapeReader(StreamClient client) => _client = client;

    public static async Task<TapeReader> JoinAsync(TradingHost host)
    {
        var topics = host.Get<Topics>();
        var client = topics.Open(null);
        foreach (var channel in Channels) Assert.True((await topics.SubscribeAsync(client, channel, default)).IsOk);
        return new TapeReader(client);
    }

    /// <summary>All that it knows, as text, once it has read what waits.</summary>
    public async Task<string> TellAsync()
    {
        while (await _client.ReadyAsync(default) is { } message) Take(message.Event);
        return Text(
            [.. _book.Bids], [.. _book.Asks], _trades.Values.Reverse(), _candles[Channels[2]].Values,
            _candles[Channels[3]].Values, _ticker!);
    }

    /// <summary>The same as the routes tell it.</summary>
    public static async Task<string> AskAsync(TradingHost host)
    {
        using var http = host.Http();
        var book = await GetAsync<BookSnapshot>(http, Routes.Book);
        return Text(
            book.Bids, book.Asks, (await GetAsync<Page<Trade>>(http, Routes.Trades)).Items,
            await GetAsync<List<Candle>>(http, $"{Routes.Candles}?interval=minute"),
            await GetAsync<List<Candle>>(http, $"{Routes.Candles}?interval=hour"), await GetAsync<Ticker>(http, Routes.Ticker));
    }

    /// <summary>The candles as the table gives them.</summary>
    public static async Task<string> TableAsync(TradingHost host, CandleInterval interval)
    {
        using var http = host.Http();
        var name = JsonNamingPolicy.CamelCase.ConvertName(interval.ToString());
        return Json(await GetAsync<List<Candle>>(http, $"{Routes.Candles}?interval={name}&from=2020-01-01"));
    }

    /// <summary>The candles that it knows.</summary>
    public string Candles(CandleInterval interval) =>
        Json(_candles[Contracts.Channels.Candles("P2SHARE-BTC", interval)].Values);

    public static async Task<T> GetAsync<T>(HttpClient http, string route) => (await http.GetFromJsonAsync<T>(
        route.Replace("{instrument}", "P2SHARE-BTC", StringComparison.Ordinal), MarketJson.Options))!;

    private void Take(StreamEvent message)
    {
        // Numbers rise, whatever a reader missed.
        Assert.True(message.Sequence >= _sequences.GetValueOrDefault(message.Channel));
        _sequences[message.Channel] = message.Sequence;
        var isWhole = message.Type == StreamEventType.Snapshot;
        if (message.Channel == Channels[0]) Assert.True(_book.Apply(message));
        else if (message.Channel == Channels[1])
        {
            if (isWhole) _trades.Clear();
            foreach (var trade in Items<Trade>(message)) _trades[long.Parse(trade.Id)] = trade;
        }
        else if (message.Channel == Channels[^1]) _ticker = message.Data!.Value.Deserialize<Ticker>(MarketJson.Options);
        else
        {
            if (isWhole) _candles[message.Channel] = [];
            foreach (var candle in Items<Candle>(message))
            {
                if (candle.Trades == 0) _candles[message.Channel].Remove(candle.Start);
                else _candles[message.Channel][candle.Start] = candle;
            }
        }
    }

    private static T[] Items<T>(StreamEvent message) => message.Type == StreamEventType.Snapshot
        ? message.Data!.Value.Deserialize<T[]>(MarketJson.Options)!
        : [message.Data!.Value.Deserialize<T>(MarketJson.Options)!];

    private static string Text(IReadOnlyList<BookLevel> bids, IReadOnlyList<BookLevel> asks, IEnumerable<Trade> trades,
        IEnumerable<Candle> minutes, IEnumerable<Candle> hours, Ticker ticker) => string.Join('\n',
        Json(bids), Json(asks), Json(trades), Json(minutes), Json(hours), Json(ticker with { Time = default }));

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, MarketJson.Options);
}
