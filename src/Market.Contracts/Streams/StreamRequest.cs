namespace Market.Contracts;

/// <summary>What a client sends over the plain WebSocket (/api/v1/ws): the JSON of this record in a text message. Each is
/// answered by a <see cref="StreamEvent"/> with the same id, in the order of asking.</summary>
public sealed record StreamRequest
{
    /// <summary>Characters of an id.</summary>
    public const int MaxId = 64;

    /// <summary>What is asked for: one of <see cref="StreamOps"/>.</summary>
    public required string Op { get; init; }

    /// <summary>Comes back with the answer: up to 64 characters of the client's choice.</summary>
    public string? Id { get; init; }

    /// <summary>With subscribe, unsubscribe and resync: a channel's whole name (book:P2SHARE-BTC), or its first part (book) where
    /// the instrument is named beside it.</summary>
    public string? Topic { get; init; }

    /// <summary>The channel's instrument, where the topic does not name it.</summary>
    public string? Instrument { get; init; }

    /// <summary>With candles beside an instrument: their interval.</summary>
    public string? Interval { get; init; }

    /// <summary>With subscribe: the position of the last message that was seen of the channel. Where the server still has what came
    /// after it, that follows; else a snapshot does.</summary>
    public string? Since { get; init; }

    /// <summary>With auth: a session's token.</summary>
    public string? Token { get; init; }

    /// <summary>With auth in the place of a token: the id of an API key.</summary>
    public string? Key { get; init; }

    /// <summary>With an API key: Unix milliseconds.</summary>
    public string? Timestamp { get; init; }

    /// <summary>With an API key: hex of <see cref="ApiKeyRequest.Code"/> over <see cref="ApiKeyRequest.SocketText"/>.</summary>
    public string? Signature { get; init; }

    /// <summary>The whole name of the channel that is meant; empty where none is.</summary>
    public string ChannelName() =>
        string.Join(':', new[] { Topic, Instrument, Interval }.Where(part => part is not null));
}
