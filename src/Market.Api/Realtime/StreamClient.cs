using Market.Contracts;

namespace Market.Api.Realtime;

/// <summary>One reader of streams with its bounded queue. A channel that outruns the reader is dropped from the queue's end
/// on, and told anew as a snapshot once the reader has caught up: it gets the latest state, never an unbounded queue.
/// </summary>
public sealed class StreamClient : IDisposable
{
    /// <summary>How often whoever writes to the reader looks whether it is still there, and may still read.</summary>
    public static TimeSpan LookEvery { get; } = TimeSpan.FromSeconds(15);

    /// <summary>Messages that wait for a slow reader before its channels fall back to snapshots.</summary>
    public const int QueueLimit = 512;

    /// <summary>Channels of one reader.</summary>
    public const int MaxChannels = 32;

    private readonly Lock _gate = new();
    private readonly Queue<StreamEvent> _queue = new();
    private readonly Dictionary<Topic, State> _topics = [];
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly ITimer _look;
    private bool _closed;
    private bool _toLook;

    /// <param name="account">The reader's account (x-only hex), or null.</param>
    /// <param name="clock">Says when to look.</param>
    public StreamClient(string? account, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        Account = account;
        _look = clock.CreateTimer(_ => Look(), null, LookEvery, LookEvery);
    }

    private sealed class State
    {
        /// <summary>Missed something: the next thing it gets is a snapshot.</summary>
        public bool Behind;

        /// <summary>What came while its snapshot was being loaded; null once it has it.</summary>
        public List<StreamEvent>? Held;
    }

    /// <summary>The reader's account; may be set later by signing in.</summary>
    public string? Account { get; set; }

    /// <summary>Channels subscribed.</summary>
    public int Count
    {
        get { lock (_gate) return _topics.Count; }
    }

    /// <summary>Notes the subscription; until <see cref="Start"/> everything is held back. False when it was there, the
    /// reader is gone or has too many. One that was there gets a snapshot once the reader has caught up.</summary>
    internal bool Join(Topic topic)
    {
        lock (_gate)
        {
            if (!_topics.TryGetValue(topic, out var there))
                return !_closed && _topics.Count < MaxChannels && _topics.TryAdd(topic, new State { Held = [] });
            there.Behind |= there.Held is null;
        }
        Wake();
        return false;
    }

    /// <summary>Whether the reader has the subscription.</summary>
    internal bool Has(Topic topic)
    {
        lock (_gate) return _topics.ContainsKey(topic);
    }

    /// <summary>Gives the snapshot, then what was held back since unless the snapshot has it. What waits of the channel gives way
    /// to it, and a reader whose queue is full gets a snapshot once it has caught up: subscribing over and over fills no memory.
    /// </summary>
    internal void Start(Topic topic, StreamEvent? snapshot, bool withHeld)
    {
        lock (_gate)
        {
            if (!_topics.TryGetValue(topic, out var state)) return;
            if (_queue.Count >= QueueLimit)
            {
                (state.Held, state.Behind) = (null, true);
                return;
            }
            if (snapshot is not null)
            {
                LetGo(topic.Channel);
                _queue.Enqueue(snapshot);
            }
            if (withHeld)
            {
                foreach (var held in state.Held ?? []) _queue.Enqueue(held);
            }
            else state.Behind = false;
            state.Held = null;
        }
        Wake();
    }

    /// <summary>Forgets the subscription.</summary>
    internal void Leave(Topic topic)
    {
        lock (_gate) _topics.Remove(topic);
    }

    /// <summary>Queues a change. Called under the topic's lock, so in the topic's order.</summary>
    internal void Offer(Topic topic, StreamEvent change)
    {
        lock (_gate)
        {
            if (!_topics.TryGetValue(topic, out var state) || state.Behind) return;
            if (state.Held is { } held)
            {
                if (held.Count >= QueueLimit)
                {
                    held.Clear();
                    state.Behind = true;
                }
                else held.Add(change);
                return;
            }
            if (_queue.Count >= QueueLimit) state.Behind = true;
            else _queue.Enqueue(change);
        }
        Wake();
    }

    /// <summary>Queues something that belongs to no topic, such as a refusal.</summary>
    internal void Tell(StreamEvent message)
    {
        lock (_gate)
        {
            if (_queue.Count < 2 * QueueLimit) _queue.Enqueue(message);
        }
        Wake();
    }

    /// <summary>The next message; null when it is time to look whether the reader may still read. Only one caller at a time.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async ValueTask<StreamEvent?> NextAsync(CancellationToken cancel)
    {
        while (!Interlocked.Exchange(ref _toLook, false))
        {
            if (await ReadyAsync(cancel) is { } next) return next;
            await _wake.WaitAsync(cancel);
        }
        return null;
    }

    /// <summary>The next message that is there without waiting; null for none. Only one caller at a time.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async ValueTask<StreamEvent?> ReadyAsync(CancellationToken cancel)
    {
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            if (Take() is { } next) return next;
            var behind = TakeBehind();
            if (behind.Length == 0) return null;
            foreach (var topic in behind) await topic.RefreshAsync(this, cancel);
        }
    }

    /// <summary>It is time to look.</summary>
    internal void Look()
    {
        Volatile.Write(ref _toLook, true);
        Wake();
    }

    /// <summary>Ends all subscriptions.</summary>
    public void Dispose()
    {
        _look.Dispose();
        Topic[] topics;
        lock (_gate)
        {
            _closed = true;
            topics = [.. _topics.Keys];
        }
        foreach (var topic in topics) topic.Remove(this);
    }

    // A snapshot may be large: of each channel one waits at most, and nothing older.
    private void LetGo(string channel)
    {
        for (var left = _queue.Count; left > 0; left--)
        {
            var message = _queue.Dequeue();
            if (message.Channel != channel || message.Type == StreamEventType.Refused) _queue.Enqueue(message);
        }
    }

    private StreamEvent? Take()
    {
        lock (_gate) return _queue.TryDequeue(out var next) ? next : null;
    }

    /// <summary>The topics to be told anew; from here on their changes are held for after the snapshot.</summary>
    private Topic[] TakeBehind()
    {
        lock (_gate)
        {
            var behind = _topics.Where(t => t.Value.Behind).ToArray();
            foreach (var (_, state) in behind)
            {
                state.Behind = false;
                state.Held = [];
            }
            return [.. behind.Select(t => t.Key)];
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
    }
}
