using System.Threading.Channels;

namespace Market.Chains;

/// <summary>Hands one stream of events to many readers, each with its own bounded queue.</summary>
public sealed class ChainEvents
{
    /// <summary>Events a reader may lag behind.</summary>
    public const int QueueLimit = 4096;

    private readonly Lock _lock = new();
    private readonly List<Reader> _readers = [];

    /// <summary>Tells every reader. Never waits and never throws.</summary>
    public void Publish(ChainEvent happened)
    {
        lock (_lock)
        {
            foreach (var reader in _readers)
            {
                reader.Offer(happened);
            }
        }
    }

    /// <summary>A reader that hears what is published from this call on, until cancelled.</summary>
    public IAsyncEnumerable<ChainEvent> Subscribe(CancellationToken cancellation = default)
    {
        var reader = new Reader();
        lock (_lock)
        {
            _readers.Add(reader);
        }

        // Who is cancelled before reading anything never enters the loop that would let go of the reader.
        var ending = cancellation.UnsafeRegister(_ => Remove(reader), null);
        return ReadAsync(reader, ending, cancellation);
    }

    /// <summary>Readers that are kept queues for.</summary>
    internal int ReaderCount
    {
        get
        {
            lock (_lock)
            {
                return _readers.Count;
            }
        }
    }

    private void Remove(Reader reader)
    {
        lock (_lock)
        {
            _readers.Remove(reader);
        }
    }

    private async IAsyncEnumerable<ChainEvent> ReadAsync(
        Reader reader,
        CancellationTokenRegistration ending,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        try
        {
            while (await reader.WaitAsync(cancellation).ConfigureAwait(false))
            {
                foreach (var happened in reader.Take())
                {
                    yield return happened;
                }
            }
        }
        finally
        {
            Remove(reader);
            await ending.DisposeAsync().ConfigureAwait(false);
        }
    }

    private sealed class Reader
    {
        private static readonly ChainEvent.Gap Lost = new();

        private readonly Channel<ChainEvent> _queue = Channel.CreateBounded<ChainEvent>(
            new BoundedChannelOptions(QueueLimit) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

        private volatile bool _lost;

        public void Offer(ChainEvent happened)
        {
            if (!_queue.Writer.TryWrite(happened))
            {
                _lost = true;
            }
        }

        public ValueTask<bool> WaitAsync(CancellationToken cancellation) =>
            _queue.Reader.WaitToReadAsync(cancellation);

        public IEnumerable<ChainEvent> Take()
        {
            while (_queue.Reader.TryRead(out var happened))
            {
                if (_lost)
                {
                    // The queue overflowed at some point behind here: what is left of it is stale, so it goes too.
                    _lost = false;
                    for (var left = QueueLimit; left > 0 && _queue.Reader.TryRead(out _); left--)
                    {
                        // dropped
                    }

                    yield return Lost;
                    yield break;
                }

                yield return happened;
            }
        }
    }
}
