using System.Diagnostics;
using System.Text.Json;
using Market.Contracts;

namespace Market.Api.Realtime;

/// <summary>A message on its way to readers. It is written as JSON when the first reader takes it, and once for all of them: not
/// under a channel's lock, and not where nobody reads.</summary>
/// <param name="channel">The channel's name; empty for none.</param>
/// <param name="type">What it is.</param>
/// <param name="time">When it was told.</param>
/// <param name="payload">Its data, which nobody changes any more; null for none.</param>
public sealed class StreamMessage(string channel, StreamEventType type, DateTimeOffset time, object? payload)
{
    private StreamEvent? _event;
    private byte[]? _json;
    private object? _shared;
    private Activity? _told;

    /// <summary>The channel's name; empty for none.</summary>
    public string Channel => channel;

    /// <summary>What it is.</summary>
    public StreamEventType Type => type;

    /// <summary>The channel's line (<see cref="StreamPosition"/>); 0 where a reader stands where it stood before.</summary>
    public long Line { get; init; }

    /// <summary>Its number in the channel; 0 in answers.</summary>
    public long Sequence { get; init; }

    /// <summary>The id of the request that it answers; null for none.</summary>
    public string? Id { get; init; }

    /// <summary>Whether it tells something of the channel's state; else it answers, and is never let go.</summary>
    public bool IsState => type is StreamEventType.Snapshot or StreamEventType.Delta or StreamEventType.Update;

    /// <summary>The message as it stands on the wire.</summary>
    public StreamEvent Event => _event ??= new StreamEvent
    {
        Channel = channel,
        Type = type,
        Sequence = Sequence,
        Position = Line == 0 ? null : StreamPosition.Of(Line, Sequence),
        Id = Id,
        Time = time,
        Data = payload is null ? null : JsonSerializer.SerializeToElement(payload, payload.GetType(), MarketJson.Options),
    };

    /// <summary>The same as JSON in UTF-8.</summary>
    public ReadOnlyMemory<byte> Json => _json ??= JsonSerializer.SerializeToUtf8Bytes(Event, MarketJson.Options);

    /// <summary>It is told to readers: what follows until the first of them takes it belongs to what is published now.</summary>
    internal void IsTold() => _told = Traces.Begin(Traces.Told)?
        .SetTag("market.channel", channel).SetTag("market.sequence", Sequence);

    /// <summary>A reader takes it.</summary>
    internal void IsTaken()
    {
        if (_told is not null) Traces.End(Interlocked.Exchange(ref _told, null));
    }

    /// <summary>What a door makes of it for all its readers: made for the first of them, and kept as long as the message. One
    /// door alone asks for it.</summary>
    /// <typeparam name="T">What it makes.</typeparam>
    /// <param name="make">Makes it; may be done twice where two readers are first.</param>
    public T Shared<T>(Func<StreamMessage, T> make) where T : class
    {
        ArgumentNullException.ThrowIfNull(make);
        if (Volatile.Read(ref _shared) is T shared) return shared;
        var made = make(this);
        return (T)(Interlocked.CompareExchange(ref _shared, made, null) ?? made);
    }
}
