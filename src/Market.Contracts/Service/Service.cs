namespace Market.Contracts;

/// <summary>The server's clock.</summary>
public sealed record ServerTime
{
    /// <summary>Now.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Milliseconds since 1970: what a signed request's timestamp is compared with.</summary>
    public required long UnixMilliseconds { get; init; }
}

/// <summary>How a part of the market is doing.</summary>
public enum Health
{
    /// <summary>As it should be.</summary>
    Live,

    /// <summary>Behind, but working.</summary>
    Lagging,

    /// <summary>Not reachable.</summary>
    Down,
}

/// <summary>How one part is doing.</summary>
public sealed record ComponentStatus
{
    /// <summary>"mainchain" or "database"; of each instrument "sharechain", "matching", "swaps" and "workers".</summary>
    public required string Name { get; init; }

    /// <summary>The instrument that it is a part of; absent where all share it.</summary>
    public string? Instrument { get; init; }

    /// <summary>How it is doing.</summary>
    public required Health Health { get; init; }

    /// <summary>The same in words.</summary>
    public required string Detail { get; init; }
}

/// <summary>How the market is doing.</summary>
public sealed record ServerStatus
{
    /// <summary>The server's version.</summary>
    public required string Version { get; init; }

    /// <summary>The network.</summary>
    public required string Network { get; init; }

    /// <summary>When the server started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Its clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The worst of the components.</summary>
    public required Health Health { get; init; }

    /// <summary>Part by part.</summary>
    public required IReadOnlyList<ComponentStatus> Components { get; init; }

    /// <summary>Both tips of each instrument.</summary>
    public required IReadOnlyList<ChainTips> Chains { get; init; }

    /// <summary>Swaps on their way, of all instruments.</summary>
    public required int SwapsMoving { get; init; }

    /// <summary>Clients of the streams.</summary>
    public required int StreamClients { get; init; }
}

/// <summary>What trading an instrument costs.</summary>
public sealed record Fees
{
    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>The market's fee for makers, as a fraction of the notional.</summary>
    public required decimal Maker { get; init; }

    /// <summary>The market's fee for takers, as a fraction of the notional.</summary>
    public required decimal Taker { get; init; }

    /// <summary>The sharechain's fees.</summary>
    public required ChainFees Sharechain { get; init; }

    /// <summary>The mainchain's fees.</summary>
    public required ChainFees Mainchain { get; init; }
}

/// <summary>What a swap's transactions cost on one chain, at the rates of now.</summary>
public sealed record ChainFees
{
    /// <summary>The chain.</summary>
    public required ChainName Chain { get; init; }

    /// <summary>Sat (base units) per virtual byte, for the next blocks.</summary>
    public required double FeeRate { get; init; }

    /// <summary>The lowest rate that the node relays.</summary>
    public required double MinRelayFeeRate { get; init; }

    /// <summary>Locking with one input and change.</summary>
    public required Sats Funding { get; init; }

    /// <summary>Claiming with the preimage.</summary>
    public required Sats Claim { get; init; }

    /// <summary>Taking back after the locktime.</summary>
    public required Sats Refund { get; init; }
}

/// <summary>A request that was refused, as it was written down.</summary>
public sealed record AuditedRefusal
{
    /// <summary>Rises with each refusal.</summary>
    public required string Id { get; init; }

    /// <summary>When it was refused.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The key that had proved itself; absent where none had.</summary>
    public string? Key { get; init; }

    /// <summary>The address that asked; the operator sees it.</summary>
    public string? Address { get; init; }

    /// <summary>The request's method.</summary>
    public required string Method { get; init; }

    /// <summary>The request's path, without its query.</summary>
    public required string Path { get; init; }

    /// <summary>The problem code.</summary>
    public required string Code { get; init; }

    /// <summary>What was said to the one who asked.</summary>
    public string? Detail { get; init; }

    /// <summary>The trace id that the answer named.</summary>
    public required string TraceId { get; init; }

    /// <summary>Refusals before this one that came too fast to be written down.</summary>
    public required int Dropped { get; init; }
}

/// <summary>The bounds a client runs into.</summary>
public sealed record Limits
{
    /// <summary>Bytes of a request's body.</summary>
    public required int MaxBodyBytes { get; init; }

    /// <summary>Bytes of a share block's body.</summary>
    public required int MaxBlockBytes { get; init; }

    /// <summary>Nesting of a request's JSON.</summary>
    public required int MaxJsonDepth { get; init; }

    /// <summary>Items on a page.</summary>
    public required int MaxPageSize { get; init; }

    /// <summary>Levels of a book snapshot, each side.</summary>
    public required int MaxBookDepth { get; init; }

    /// <summary>Open orders of one account in an instrument; its tier bounds those in all of them together.</summary>
    public required int MaxOpenOrders { get; init; }

    /// <summary>Outpoints behind one order.</summary>
    public required int MaxOutpoints { get; init; }

    /// <summary>Requests and hub calls that one client may make in a window, each counted by its weight.</summary>
    public required int RequestsPerWindow { get; init; }

    /// <summary>What operations weigh, by operation id. One that is not named
    /// weighs 1, and a hub call as much as the channels that it names.</summary>
    public required IReadOnlyDictionary<string, int> Weights { get; init; }

    /// <summary>Of operations whose weight grows with <c>limit</c>, by operation id: so many things asked for, or a part of them,
    /// weigh it once.</summary>
    public required IReadOnlyDictionary<string, int> ListWeights { get; init; }

    /// <summary>TCP connections that one client may hold; behind a proxy that is the proxy's affair.</summary>
    public required int ConnectionsPerClient { get; init; }

    /// <summary>Requests of one client that are answered at once, streams included.</summary>
    public required int RequestsAtOnce { get; init; }

    /// <summary>Streams, hub connections and node feeds that one client may hold together.</summary>
    public required int StreamsPerClient { get; init; }

    /// <summary>The window, in seconds.</summary>
    public required int WindowSeconds { get; init; }

    /// <summary>Channels of one stream.</summary>
    public required int MaxChannels { get; init; }

    /// <summary>Messages that are kept for a slow reader of a stream before it gets the latest state instead.</summary>
    public required int StreamQueue { get; init; }

    /// <summary>What each tier gives to a key, from the lowest: <c>/api/v1/standing</c> says which is the asking key's.</summary>
    public required IReadOnlyList<TierGift> Tiers { get; init; }

    /// <summary>Calls of one kind of work that wait for a place; half of them may be such that pay.</summary>
    public required int MaxWaiting { get; init; }

    /// <summary>Seconds that a call waits for a place at most.</summary>
    public required int MaxWaitSeconds { get; init; }

    /// <summary>Credits that one key can store.</summary>
    public required long MaxCredits { get; init; }

    /// <summary>Seconds that a session lasts.</summary>
    public required int SessionSeconds { get; init; }

    /// <summary>Seconds that a signed request's clock may be off.</summary>
    public required int MaxClockSkewSeconds { get; init; }
}
