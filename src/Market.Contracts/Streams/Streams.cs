using System.Text.Json;

namespace Market.Contracts;

/// <summary>
/// One message of a stream; the same over SignalR (hub /hub/market, client method "event") and as server-sent events
/// (/api/v1/streams, the JSON of this record in each data line).
/// </summary>
public sealed record StreamEvent
{
    /// <summary>The channel, as it was subscribed to.</summary>
    public required string Channel { get; init; }

    /// <summary>What it is.</summary>
    public required StreamEventType Type { get; init; }

    /// <summary>For a book channel the book's sequence; elsewhere the channel's own rising number, which a slow reader may
    /// see jump.</summary>
    public required long Sequence { get; init; }

    /// <summary>When the server sent it.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The payload of the channel; with type refused a <see cref="Problem"/>.</summary>
    public JsonElement? Data { get; init; }
}

/// <summary>What a stream message is.</summary>
public enum StreamEventType
{
    /// <summary>The whole state: comes first, and again when a slow reader missed something.</summary>
    Snapshot,

    /// <summary>A change to the state (books).</summary>
    Delta,

    /// <summary>A new item or the newest state.</summary>
    Update,

    /// <summary>The channel cannot be subscribed; the data is a problem.</summary>
    Refused,
}

/// <summary>Where streams are.</summary>
public static class Streams
{
    /// <summary>The SignalR hub. Server methods: Subscribe(string[] channels), Unsubscribe(string[] channels),
    /// SignIn(string token). Client method: "event" with a <see cref="StreamEvent"/>.</summary>
    public const string HubPath = "/hub/market";

    /// <summary>Server-sent events: ?channels=book:P2SHARE-BTC,trades:P2SHARE-BTC and for private channels the header
    /// Authorization: Bearer (token).</summary>
    public const string SsePath = "/api/v1/streams";

    /// <summary>The SignalR client method that events arrive at.</summary>
    public const string ClientMethod = "event";

    /// <summary>The hub's method to subscribe.</summary>
    public const string SubscribeMethod = "Subscribe";

    /// <summary>The hub's method to unsubscribe.</summary>
    public const string UnsubscribeMethod = "Unsubscribe";

    /// <summary>The hub's method to sign in with a session token.</summary>
    public const string SignInMethod = "SignIn";
}

/// <summary>The names of channels.</summary>
public static class Channels
{
    /// <summary>Every swap that moves: first a snapshot with the newest (array of <see cref="SwapSummary"/>), then each as
    /// an update.</summary>
    public const string Swaps = "swaps";

    /// <summary>Private: own orders. Snapshot of the open ones (array of <see cref="Order"/>), then each change.</summary>
    public const string Orders = "orders";

    /// <summary>Private: own fills, each a <see cref="Fill"/>, and again when its trade's status changes.</summary>
    public const string Fills = "fills";

    /// <summary>Private: own swaps. Snapshot of the moving ones (array of <see cref="SwapDetail"/>), then each change.
    /// </summary>
    public const string MySwaps = "my-swaps";

    /// <summary>Both tips of an instrument: <see cref="ChainTips"/>.</summary>
    public static string Chains(string instrument) => $"chains:{instrument}";

    /// <summary>The book: a <see cref="BookSnapshot"/>, then <see cref="BookDelta"/>s.</summary>
    public static string Book(string instrument) => $"book:{instrument}";

    /// <summary>Trades: a snapshot with the newest (array of <see cref="Trade"/>, newest first), then each as it is made and again
    /// when its status changes: one of a known id takes the place of what was known.</summary>
    public static string Trades(string instrument) => $"trades:{instrument}";

    /// <summary>The <see cref="Ticker"/>.</summary>
    public static string Ticker(string instrument) => $"ticker:{instrument}";

    /// <summary>The <see cref="Contracts.Discount"/>.</summary>
    public static string Discount(string instrument) => $"discount:{instrument}";

    /// <summary>Candles: a snapshot with the newest (array of <see cref="Candle"/>, oldest first), then each that changes, by its
    /// start: a known one takes a new form, a new one its place in time, and one of 0 trades is no more.</summary>
    public static string Candles(string instrument, CandleInterval interval) =>
        $"candles:{instrument}:{JsonNamingPolicy.CamelCase.ConvertName(interval.ToString())}";

    /// <summary>One swap: its <see cref="SwapDetail"/> at each change.</summary>
    public static string Swap(string id) => $"swap:{id}";
}
