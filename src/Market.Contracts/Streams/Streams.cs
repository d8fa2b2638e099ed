using System.Text.Json;

namespace Market.Contracts;

/// <summary>
/// One message of a stream; the same over SignalR (hub /hub/market, client method "event"), as server-sent events
/// (/api/v1/streams, the JSON of this record in each data line) and over a plain WebSocket (/api/v1/ws, the JSON of this record in
/// each text message).
/// </summary>
public sealed record StreamEvent
{
    /// <summary>The channel, as it was subscribed to; empty in an answer that is of none.</summary>
    public required string Channel { get; init; }

    /// <summary>The channel's first part: book of book:P2SHARE-BTC.</summary>
    public string Topic => Channels.TopicOf(Channel);

    /// <summary>The channel's instrument; left out where it is of none.</summary>
    public string? Instrument => Channels.InstrumentOf(Channel);

    /// <summary>What it is.</summary>
    public required StreamEventType Type { get; init; }

    /// <summary>For a book channel the book's sequence; elsewhere the channel's own number. Both rise by 1 with each message of the
    /// channel; after a jump comes a snapshot. 0 in answers.</summary>
    public required long Sequence { get; init; }

    /// <summary>Where the channel stands after this message: given back it lets a reader go on from here, as since of a
    /// <see cref="StreamRequest"/> or as Last-Event-ID. Not to be read otherwise. Answers but resumed have none.</summary>
    public string? Position { get; init; }

    /// <summary>Over a WebSocket, in an answer: the id of the <see cref="StreamRequest"/>.</summary>
    public string? Id { get; init; }

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

    /// <summary>What was asked for is refused, or the channel cannot be told now; the data is a problem.</summary>
    Refused,

    /// <summary>The channel goes on after the position that the reader gave: what it missed follows, and no snapshot.</summary>
    Resumed,

    /// <summary>Over a WebSocket, an answer: the channel is subscribed, and its snapshot follows where there is a state.</summary>
    Subscribed,

    /// <summary>Over a WebSocket, an answer: nothing more comes of the channel.</summary>
    Unsubscribed,

    /// <summary>Over a WebSocket, an answer: the connection is an account's.</summary>
    SignedIn,

    /// <summary>Over a WebSocket, an answer: all orders of the account are cancelled when the connection ends.</summary>
    Tied,

    /// <summary>Over a WebSocket, the answer to a ping.</summary>
    Pong,
}

/// <summary>Where streams are.</summary>
public static class Streams
{
    /// <summary>The SignalR hub. Server methods: Subscribe(string[] channels), Unsubscribe(string[] channels),
    /// Resume(string channel, string? since), SignIn(string token), and those of orders; what may be refused with a problem is
    /// answered by a <see cref="HubAnswer{T}"/>. Client method: "event" with a <see cref="StreamEvent"/>.</summary>
    public const string HubPath = "/hub/market";

    /// <summary>Server-sent events: ?channels=book:P2SHARE-BTC,trades:P2SHARE-BTC and for private channels the header
    /// Authorization: Bearer (token).</summary>
    public const string SsePath = "/api/v1/streams";

    /// <summary>The plain WebSocket. The client sends <see cref="StreamRequest"/>s, the server <see cref="StreamEvent"/>s, each the
    /// JSON of a text message.</summary>
    public const string SocketPath = "/api/v1/ws";

    /// <summary>The header by which a reader of server-sent events says which id it saw last.</summary>
    public const string LastEventId = "Last-Event-ID";

    /// <summary>The SignalR client method that events arrive at.</summary>
    public const string ClientMethod = "event";

    /// <summary>The hub's method to subscribe.</summary>
    public const string SubscribeMethod = "Subscribe";

    /// <summary>The hub's method to go on with one channel: its name and the position of the last message that was seen of it, or
    /// null; answered by a <see cref="HubAnswer{T}"/> of <see cref="StreamGoesOn"/>. For who comes back, and for who wants the
    /// answer as a problem.</summary>
    public const string ResumeMethod = "Resume";

    /// <summary>The hub's method to unsubscribe.</summary>
    public const string UnsubscribeMethod = "Unsubscribe";

    /// <summary>The hub's method to sign in with a session token.</summary>
    public const string SignInMethod = "SignIn";

    /// <summary>The hub's method to sign in with an API key: its id, a timestamp and hex of the code over
    /// <see cref="ApiKeyRequest.HubText"/>.</summary>
    public const string ApiKeySignInMethod = "SignInWithApiKey";

    /// <summary>The hub's method that has all orders of the signed in account cancelled when the connection ends: true once that
    /// is sure.</summary>
    public const string CancelOnDisconnectMethod = "CancelOnDisconnect";

    /// <summary>The hub's method for a new order: a <see cref="PlaceOrder"/>, answered by a <see cref="HubAnswer{T}"/> of
    /// <see cref="PlacedOrder"/>.</summary>
    public const string PlaceOrderMethod = "PlaceOrder";

    /// <summary>The hub's method for several new orders: <see cref="PlaceOrders"/>, answered by a <see cref="HubAnswer{T}"/> of
    /// <see cref="PlacedOrders"/>.</summary>
    public const string PlaceOrdersMethod = "PlaceOrders";

    /// <summary>The hub's method that amends an order: its <see cref="OrderName"/> and an <see cref="AmendOrder"/>, answered by a
    /// <see cref="HubAnswer{T}"/> of <see cref="PlacedOrder"/>.</summary>
    public const string AmendOrderMethod = "AmendOrder";

    /// <summary>The hub's method that cancels an order: its <see cref="OrderName"/>, answered by a <see cref="HubAnswer{T}"/> of
    /// <see cref="Order"/>.</summary>
    public const string CancelOrderMethod = "CancelOrder";

    /// <summary>The hub's method that cancels several orders: <see cref="CancelOrders"/>, answered by a
    /// <see cref="HubAnswer{T}"/> of <see cref="CancelledAnswers"/>.</summary>
    public const string CancelOrdersMethod = "CancelOrders";

    /// <summary>The hub's method that cancels all open orders: <see cref="CancelAllOrders"/>, answered by a
    /// <see cref="HubAnswer{T}"/> of <see cref="CancelledOrders"/>.</summary>
    public const string CancelAllOrdersMethod = "CancelAllOrders";
}

/// <summary>The names of channels.</summary>
public static class Channels
{
    private const string SwapTopic = "swap";

    /// <summary>The part of a channel's name before its first colon.</summary>
    public static string TopicOf(string channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        var end = channel.IndexOf(':', StringComparison.Ordinal);
        return end < 0 ? channel : channel[..end];
    }

    /// <summary>The instrument that a channel's name has after its first colon; null where it has none.</summary>
    public static string? InstrumentOf(string channel)
    {
        var topic = TopicOf(channel);
        if (topic.Length == channel.Length || topic == SwapTopic) return null;
        var rest = channel[(topic.Length + 1)..];
        var end = rest.IndexOf(':', StringComparison.Ordinal);
        return end < 0 ? rest : rest[..end];
    }

    /// <summary>Every swap that moves: first a snapshot with the newest (array of <see cref="SwapSummary"/>), then each as
    /// an update.</summary>
    public const string Swaps = "swaps";

    /// <summary>The expiry series, whenever one is new, is listed, closes or is gone: an <see cref="ExpirySeriesList"/>.</summary>
    public const string Series = "series";

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
    public static string Swap(string id) => $"{SwapTopic}:{id}";
}
