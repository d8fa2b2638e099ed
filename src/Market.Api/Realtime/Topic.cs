using Market.Contracts;

namespace Market.Api.Realtime;

/// <summary>One channel's state and readers. State changes and readers' queues move under one lock, so a reader's snapshot
/// and the changes after it fit together without gap or overlap; so do what a reader missed that comes back and what
/// follows.</summary>
public abstract class Topic
{
    /// <summary>How long a channel that is made on demand stays when its last reader has gone, and is told, for it to come back.
    /// </summary>
    public static TimeSpan Lingers { get; } = TimeSpan.FromMinutes(2);

    private readonly HashSet<StreamClient> _clients = [];
    private readonly TimeProvider _clock;
    private readonly Replay _replay;
    private readonly long _line = StreamPosition.NextLine();
    private long _sequence;
    private bool _closed;
    private DateTimeOffset _left;

    /// <summary>A channel that nobody reads.</summary>
    /// <param name="channel">Its name on the wire.</param>
    /// <param name="clock">The time of messages.</param>
    /// <param name="replay">What it keeps for readers that come back.</param>
    private protected Topic(string channel, TimeProvider clock, Replay replay)
    {
        ArgumentNullException.ThrowIfNull(clock);
        (Channel, _clock, _replay) = (channel, clock, replay);
        _left = clock.GetUtcNow();
    }

    /// <summary>Guards state and readers.</summary>
    protected Lock Gate { get; } = new();

    /// <summary>The channel's name on the wire.</summary>
    public string Channel { get; }

    /// <summary>Whether it has made room for another channel: nobody reads it any more, and nobody comes to.</summary>
    internal bool IsClosed
    {
        get { lock (Gate) return _closed; }
    }

    /// <summary>Closes it, unless somebody reads it. Whoever found it by its name and comes too late finds it closed.</summary>
    internal bool TryClose()
    {
        lock (Gate)
        {
            if (_clients.Count > 0) return false;
            _closed = true;
            _replay.Clear();
            return true;
        }
    }

    /// <summary>As <see cref="TryClose"/>, unless somebody read it within the last <see cref="Lingers"/>.</summary>
    internal bool TryCloseLeft()
    {
        lock (Gate) return _clock.GetUtcNow() - _left >= Lingers && TryClose();
    }

    /// <summary>Closes it, whoever reads it.</summary>
    internal void End()
    {
        lock (Gate)
        {
            _closed = true;
            foreach (var client in _clients) client.Leave(this);
            _clients.Clear();
        }
    }

    /// <summary>What of a message's payload fills the room for readers that come back.</summary>
    protected virtual int PartsOf(object payload) => 1;

    /// <summary>The whole state, taken under the lock; null when there is none yet.</summary>
    protected abstract object? State();

    /// <summary>The snapshot's sequence; the topic's own counter unless it has a better one.</summary>
    protected virtual long Sequence => _sequence;

    /// <summary>Where the state must be read from elsewhere: reads it. Changes meanwhile are held back for the reader.
    /// </summary>
    protected virtual ValueTask<object?> LoadAsync(CancellationToken cancel) => ValueTask.FromResult<object?>(null);

    /// <summary>Whether <see cref="LoadAsync"/> is used in the place of <see cref="State"/>.</summary>
    protected virtual bool Loads => false;

    /// <summary>Subscribes a reader: a snapshot, or what it missed since its position where that is still there, then every change.
    /// False when it has too many channels, or this one already, or this one is closed.</summary>
    internal async ValueTask<bool> AddAsync(StreamClient client, CancellationToken cancel, StreamAsk? ask = null)
    {
        ask ??= StreamAsk.Plain;
        lock (Gate)
        {
            if (_closed || !client.Join(this, ask)) return false;
            _clients.Add(client);
            if (StreamPosition.After(ask.Since, _line) is { } since && _replay.After(since, Sequence) is { } missed
                && client.Resume(this, Message(StreamEventType.Resumed, since, null, ask.Id), missed)) return true;
        }
        try
        {
            await RefreshAsync(client, cancel);
            return true;
        }
        catch
        {
            Remove(client);
            throw;
        }
    }

    /// <summary>Sends a reader the whole state, whose changes are held back since. What must be read for it waits its turn as
    /// requests do.</summary>
    /// <exception cref="ReadRefusedException">Its turn did not come.</exception>
    internal async ValueTask RefreshAsync(StreamClient client, CancellationToken cancel)
    {
        using var place = Loads && client.EnterReads is { } enter ? await enter(cancel) : null;
        long before;
        lock (Gate) before = Sequence;
        // Whatever is told is in the tables: what was told before the reading began is in what is read.
        var loaded = Loads ? await LoadAsync(cancel) : null;
        lock (Gate)
        {
            var state = Loads ? loaded : State();
            var at = Loads ? before : Sequence;
            // A state taken here has all that was held back; one that was read earlier may not.
            client.Start(this, state is null ? null : Message(StreamEventType.Snapshot, at, state), at);
        }
    }

    /// <summary>Ends a reader's subscription.</summary>
    internal void Remove(StreamClient client)
    {
        lock (Gate)
        {
            _clients.Remove(client);
            client.Leave(this);
            _left = _clock.GetUtcNow();
        }
    }

    /// <summary>An answer to a reader's request about this channel.</summary>
    internal StreamMessage Answer(StreamEventType type, string? id) => new(Channel, type, _clock.GetUtcNow(), null) { Id = id };

    /// <summary>Tells all readers, and keeps it for those that come back. Called under <see cref="Gate"/>.</summary>
    protected void Send(StreamEventType type, object payload, long? sequence = null)
    {
        ArgumentNullException.ThrowIfNull(payload);
        _sequence++;
        if (type == StreamEventType.Snapshot) _replay.Clear();
        var isKept = type != StreamEventType.Snapshot && _replay.Keeps;
        if (_clients.Count == 0 && !isKept) return;
        var message = Message(type, sequence ?? _sequence, payload, null);
        if (isKept) _replay.Add(message, PartsOf(payload));
        if (_clients.Count > 0) message.IsTold();
        foreach (var client in _clients) client.Offer(this, message);
    }

    private StreamMessage Message(StreamEventType type, long sequence, object? payload, string? id = null) =>
        new(Channel, type, _clock.GetUtcNow(), payload) { Line = _line, Sequence = sequence, Id = id };
}

/// <summary>A channel that tells one value. Who missed one has missed nothing: it is told the newest.</summary>
/// <typeparam name="T">The value.</typeparam>
public sealed class ValueTopic<T>(string channel, TimeProvider clock) : Topic(channel, clock, new Replay(0, 0, null))
    where T : class
{
    private T? _value;

    /// <summary>The newest value.</summary>
    public T? Value
    {
        get { lock (Gate) return _value; }
    }

    /// <summary>Sets and tells the value; an equal one is not told.</summary>
    public void Set(T value)
    {
        lock (Gate)
        {
            if (Equals(_value, value)) return;
            _value = value;
            Send(StreamEventType.Update, value);
        }
    }

    /// <inheritdoc/>
    protected override object? State() => _value;
}

/// <summary>A channel that tells items by key; its snapshot has the newest, in their order.</summary>
/// <typeparam name="T">The item.</typeparam>
/// <param name="channel">The channel's name.</param>
/// <param name="limit">How many are kept.</param>
/// <param name="newestFirst">The snapshot's order.</param>
/// <param name="keyOf">What makes two the same item.</param>
/// <param name="clock">The time of messages.</param>
/// <param name="orderOf">Rises with newer items; null where they come in their order.</param>
public sealed class ListTopic<T>(
    string channel, int limit, bool newestFirst, Func<T, object> keyOf, TimeProvider clock, Func<T, long>? orderOf = null)
    : Topic(channel, clock, new Replay(StreamClient.QueueLimit, StreamClient.QueueLimit, null)) where T : class
{
    private readonly LinkedList<T> _items = new();
    private readonly Dictionary<object, LinkedListNode<T>> _byKey = [];

    /// <summary>The items in the snapshot's order, at most so many of the newest.</summary>
    public IReadOnlyList<T> Items(int atMost = int.MaxValue)
    {
        lock (Gate) return Newest(atMost);
    }

    /// <summary>The item of a key; null where none is kept.</summary>
    public T? Find(object key)
    {
        lock (Gate) return _byKey.TryGetValue(key, out var node) ? node.Value : null;
    }

    /// <summary>Adds or replaces an item and tells it. One that is older than all that are kept is told only.</summary>
    public void Put(T item)
    {
        lock (Gate)
        {
            Keep(item);
            Send(StreamEventType.Update, item);
        }
    }

    /// <summary>Removes the item of a key and tells its last form.</summary>
    public void Remove(object key, T last)
    {
        lock (Gate)
        {
            if (_byKey.Remove(key, out var node)) _items.Remove(node);
            Send(StreamEventType.Update, last);
        }
    }

    /// <summary>Adds items at the start, oldest first, without telling.</summary>
    public void Fill(IEnumerable<T> oldestFirst)
    {
        ArgumentNullException.ThrowIfNull(oldestFirst);
        lock (Gate)
        {
            foreach (var item in oldestFirst) Keep(item);
        }
    }

    /// <summary>Begins the list anew, oldest first; readers are told it whole where <paramref name="tell"/> is set.</summary>
    public void Reset(IEnumerable<T> oldestFirst, bool tell)
    {
        ArgumentNullException.ThrowIfNull(oldestFirst);
        lock (Gate)
        {
            _items.Clear();
            _byKey.Clear();
            foreach (var item in oldestFirst) Keep(item);
            if (tell) Send(StreamEventType.Snapshot, Newest(limit));
        }
    }

    /// <inheritdoc/>
    protected override object? State() => Newest(limit);

    private void Keep(T item)
    {
        var key = keyOf(item);
        if (_byKey.TryGetValue(key, out var node))
        {
            node.Value = item;
            return;
        }
        var before = Before(item);
        if (before is null && _items.Count >= limit) return;
        _byKey.Add(key, before is null ? _items.AddFirst(item) : _items.AddAfter(before, item));
        if (_items.Count <= limit) return;
        _byKey.Remove(keyOf(_items.First!.Value));
        _items.RemoveFirst();
    }

    /// <summary>The newest item that is older; null where there is none.</summary>
    private LinkedListNode<T>? Before(T item)
    {
        var before = _items.Last;
        if (orderOf is null) return before;
        while (before is not null && orderOf(before.Value) > orderOf(item)) before = before.Previous;
        return before;
    }

    private List<T> Newest(int atMost)
    {
        var list = new List<T>(Math.Min(atMost, _items.Count));
        for (var node = _items.Last; node is not null && list.Count < atMost; node = node.Previous) list.Add(node.Value);
        if (!newestFirst) list.Reverse();
        return list;
    }
}

/// <summary>A channel whose state is read from elsewhere for each new reader: private ones and single swaps.</summary>
/// <param name="channel">The channel's name.</param>
/// <param name="load">Reads the state.</param>
/// <param name="clock">The time of messages.</param>
/// <param name="room">What such channels share for readers that come back; null where this one has all of it.</param>
public sealed class LoadedTopic(
    string channel, Func<CancellationToken, ValueTask<object?>> load, TimeProvider clock, ReplayRoom? room = null)
    : Topic(channel, clock, new Replay(Kept, Kept, room))
{
    /// <summary>Messages kept of one channel.</summary>
    public const int Kept = 64;

    /// <summary>Tells a change.</summary>
    public void Tell(object change)
    {
        lock (Gate) Send(StreamEventType.Update, change);
    }

    /// <inheritdoc/>
    protected override bool Loads => true;

    /// <inheritdoc/>
    protected override ValueTask<object?> LoadAsync(CancellationToken cancel) => load(cancel);

    /// <inheritdoc/>
    protected override object? State() => null;
}
