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
    private readonly Queue<StreamMessage> _queue = new();

    // Of the one that reads.
    private readonly Queue<ChannelFailedException> _failed = new();
    private readonly Dictionary<Topic, State> _topics = [];
    private readonly Wakening _wake = new();
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

        /// <summary>Its state could not be read: not before it is time to look is that tried again.</summary>
        public bool Failed;

        /// <summary>What came while its snapshot was being loaded; null once it has it.</summary>
        public List<StreamMessage>? Held;

        /// <summary>What is answered before its first message; null once it is.</summary>
        public StreamMessage? Answer;
    }

    /// <summary>The reader's account; may be set later by signing in.</summary>
    public string? Account { get; set; }

    /// <summary>Waits for a place to read a channel's state from elsewhere, and gives it; null where nothing is waited for.
    /// </summary>
    /// <remarks>Throws <see cref="ReadRefusedException"/> where there is none.</remarks>
    internal Func<CancellationToken, ValueTask<IDisposable>>? EnterReads { get; set; }

    /// <summary>Whether an answer was lost, since so many wait: whoever asks without reading is to be let go.</summary>
    public bool HasLostAnswers { get; private set; }

    /// <summary>Channels subscribed.</summary>
    public int Count
    {
        get { lock (_gate) return _topics.Count; }
    }

    /// <summary>Notes the subscription; until <see cref="Start"/> everything is held back. False when it was there, the
    /// reader is gone or has too many. One that was there gets a snapshot once the reader has caught up.</summary>
    internal bool Join(Topic topic, StreamAsk ask)
    {
        var answer = ask.Answered ? topic.Answer(StreamEventType.Subscribed, ask.Id) : null;
        lock (_gate)
        {
            if (!_topics.TryGetValue(topic, out var there))
            {
                return !_closed && _topics.Count < MaxChannels
                    && _topics.TryAdd(topic, new State { Held = [], Answer = answer });
            }
            if (answer is not null) Put(answer);
            there.Behind |= there.Held is null;
            there.Failed = false;
        }
        _wake.Set();
        return false;
    }

    /// <summary>Whether the reader has the subscription.</summary>
    internal bool Has(Topic topic)
    {
        lock (_gate) return _topics.ContainsKey(topic);
    }

    /// <summary>Gives the answer and the snapshot, then what was held back since unless the snapshot has it. What waits of the
    /// channel gives way to it, and a reader whose queue is full gets a snapshot once it has caught up: subscribing over and over
    /// fills no memory.</summary>
    /// <param name="topic">The channel.</param>
    /// <param name="snapshot">Its state; null where it has none.</param>
    /// <param name="at">The number of the last message that the state has.</param>
    internal void Start(Topic topic, StreamMessage? snapshot, long at)
    {
        lock (_gate)
        {
            if (!_topics.TryGetValue(topic, out var state)) return;
            if (state.Answer is { } answer) Put(answer);
            var held = state.Held;
            (state.Held, state.Answer) = (null, null);
            if (_queue.Count >= QueueLimit) state.Behind = true;
            else
            {
                if (snapshot is not null)
                {
                    LetGo(topic.Channel);
                    _queue.Enqueue(snapshot);
                }
                foreach (var change in held ?? [])
                {
                    if (change.Sequence > at) _queue.Enqueue(change);
                }
            }
        }
        _wake.Set();
    }

    /// <summary>Gives what the reader missed of a channel that it has just joined. False where its queue has no room for that: it
    /// gets a snapshot.</summary>
    internal bool Resume(Topic topic, StreamMessage resumed, IReadOnlyList<StreamMessage> missed)
    {
        lock (_gate)
        {
            if (!_topics.TryGetValue(topic, out var state) || _queue.Count + missed.Count >= QueueLimit) return false;
            _queue.Enqueue(resumed);
            foreach (var message in missed) _queue.Enqueue(message);
            (state.Held, state.Answer) = (null, null);
        }
        _wake.Set();
        return true;
    }

    /// <summary>Forgets the subscription.</summary>
    internal void Leave(Topic topic)
    {
        lock (_gate) _topics.Remove(topic);
    }

    /// <summary>Forgets what waits of a channel that is subscribed no more.</summary>
    internal void Forget(string channel)
    {
        lock (_gate) LetGo(channel);
    }

    /// <summary>Queues a change. Called under the topic's lock, so in the topic's order.</summary>
    internal void Offer(Topic topic, StreamMessage change)
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
        _wake.Set();
    }

    /// <summary>Queues something that is no topic's state, such as a refusal.</summary>
    internal void Tell(StreamMessage message)
    {
        lock (_gate) Put(message);
        _wake.Set();
    }

    /// <summary>The next message; null when it is time to look whether the reader may still read. Only one caller at a time.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ChannelFailedException">A channel's state cannot be read now; the others go on.</exception>
    public async ValueTask<StreamMessage?> NextAsync(CancellationToken cancel)
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
    /// <exception cref="ChannelFailedException">A channel's state cannot be read now; the others go on.</exception>
    public async ValueTask<StreamMessage?> ReadyAsync(CancellationToken cancel)
    {
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            if (Take() is { } next) return next;
            if (_failed.TryDequeue(out var failed)) throw failed;
            var behind = TakeBehind();
            if (behind.Length == 0) return null;
            foreach (var topic in behind) await CatchUpAsync(topic, cancel);
        }
    }

    /// <summary>The next message that waits; null for none. Only one caller at a time.</summary>
    internal StreamMessage? Waiting() => Take();

    /// <summary>It is time to look.</summary>
    internal void Look()
    {
        lock (_gate)
        {
            foreach (var (_, state) in _topics) state.Failed = false;
        }
        Volatile.Write(ref _toLook, true);
        _wake.Set();
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
            if (message.Channel != channel || !message.IsState) _queue.Enqueue(message);
        }
    }

    private void Put(StreamMessage message)
    {
        if (_queue.Count < 2 * QueueLimit) _queue.Enqueue(message);
        else HasLostAnswers = true;
    }

    private StreamMessage? Take()
    {
        StreamMessage? next;
        lock (_gate) _queue.TryDequeue(out next);
        next?.IsTaken();
        return next;
    }

    /// <summary>The topics to be told anew; from here on their changes are held for after the snapshot.</summary>
    private Topic[] TakeBehind()
    {
        lock (_gate)
        {
            var behind = _topics.Where(t => t.Value is { Behind: true, Failed: false }).ToArray();
            foreach (var (_, state) in behind)
            {
                state.Behind = false;
                state.Held = [];
            }
            return [.. behind.Select(t => t.Key)];
        }
    }

    // One that fails keeps no other from being told.
    private async ValueTask CatchUpAsync(Topic topic, CancellationToken cancel)
    {
        try
        {
            await topic.RefreshAsync(this, cancel);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            lock (_gate)
            {
                if (_topics.TryGetValue(topic, out var state)) (state.Behind, state.Failed, state.Held) = (true, true, null);
            }
            _failed.Enqueue(new ChannelFailedException(topic.Channel, e));
        }
    }
}
