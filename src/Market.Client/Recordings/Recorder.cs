using Market.Chains;
using Market.Client.Api;
using Market.Contracts;

namespace Market.Client.Recordings;

/// <summary>
/// Follows the public streams of instruments into a recording: book, trades, ticker and discount. After a break it goes on where it
/// stood, also after a start; what the market does not tell any more is begun anew with snapshots, and the gap is written down.
/// </summary>
/// <param name="api">The market.</param>
/// <param name="writer">Where it goes.</param>
/// <param name="instruments">Which, 1 to <see cref="MostInstruments"/>.</param>
/// <param name="clock">Tells the time.</param>
public sealed class Recorder(MarketApi api, RecordingWriter writer, IReadOnlyList<Instrument> instruments, TimeProvider clock)
{
    /// <summary>A stream has 32 channels at most, and an instrument has four.</summary>
    public const int MostInstruments = 8;

    private const int FlushedAtBytes = 1024 * 1024;
    private static readonly TimeSpan FlushEvery = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private IReadOnlyList<Fees> _fees = [];
    private RecordedState _state = new();
    private string? _seen;

    /// <summary>Is told of breaks and gaps, in words.</summary>
    public Action<string>? OnSaid { get; init; }

    /// <summary>Events that were written by this process.</summary>
    public long Events { get; private set; }

    /// <summary>Gaps among them.</summary>
    public long Gaps { get; private set; }

    /// <summary>Goes on from the state of an earlier recording.</summary>
    /// <param name="before">Its newest file; null where there is none.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task ResumeAsync(string? before, CancellationToken cancellation)
    {
        if (before is null)
        {
            return;
        }

        var (state, isSame) = (new RecordedState(), true);
        await foreach (var line in Recording.ReadAsync(before, cancellation).ConfigureAwait(false))
        {
            // Another choice of instruments is another stream, and another market another book.
            isSame &= line.Head is not { } head || (head.Server == api.Server.ToString()
                && head.Instruments.Select(each => each.Id).Order(StringComparer.Ordinal)
                    .SequenceEqual(instruments.Select(each => each.Id).Order(StringComparer.Ordinal)));
            state.Take(line);
        }

        if (isSame && state.Seen is not null)
        {
            (_state, _seen) = (state, state.Seen);
        }
    }

    /// <summary>Records until cancelled; what was told until then is on disk when it returns.</summary>
    /// <exception cref="MarketApiException">The market refuses the streams.</exception>
    /// <exception cref="IOException">The disk takes no more.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var fees = new List<Fees>();
        foreach (var instrument in instruments)
        {
            fees.Add(await api.GetFeesAsync(instrument.Id, cancellation).ConfigureAwait(false));
        }

        _fees = fees;
        Begin();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var flushing = FlushAsync(ended.Token);
        try
        {
            await FollowAsync(flushing, ended.Token).ConfigureAwait(false);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            Flush();
            await flushing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(Task flushing, CancellationToken cancellation)
    {
        var stream = new MarketStream(api, clock) { Seen = _seen, OnBreak = why => OnSaid?.Invoke($"The stream broke: {why}") };
        var channels = instruments.SelectMany(each => RecordedState.ChannelsOf(each.Id)).ToList();
        await foreach (var happened in stream.ReadAsync(channels, cancellation).ConfigureAwait(false))
        {
            if (flushing.IsFaulted)
            {
                await flushing.ConfigureAwait(false);
            }

            lock (_lock)
            {
                if (!Write(happened))
                {
                    stream.Resync();
                }

                _seen = stream.Seen;
                if (writer.Kept >= FlushedAtBytes)
                {
                    Flush();
                }
            }
        }
    }

    // False where the book is lost.
    private bool Write(StreamEvent happened)
    {
        if (happened.Type is not (StreamEventType.Snapshot or StreamEventType.Delta or StreamEventType.Update))
        {
            OnSaid?.Invoke($"The market says of {happened.Channel}: {happened.Type}.");
            return true;
        }

        if (_state.Gap(happened) is { } gap)
        {
            Gaps++;
            writer.Add(new RecordedLine { Gap = gap });
            OnSaid?.Invoke($"A gap in {gap.Channel}{(gap.Since is { } since ? $" since {since:u}" : "")}: {gap.Reason}");
        }

        if (happened.Instrument is { } id && happened.Channel == Channels.Book(id) && !_state.HasBook(id))
        {
            return false;
        }

        writer.Add(new RecordedLine { Event = happened });
        Events++;
        return true;
    }

    private Task FlushAsync(CancellationToken cancellation) =>
        new Supervised("Writing the recording", clock, _ => false, _ => { }) { EndsBy = _ => true }.RepeatAsync(
            _ =>
            {
                Flush();
                return Task.CompletedTask;
            },
            FlushEvery, cancellation);

    private void Flush()
    {
        lock (_lock)
        {
            writer.Flush(_seen);
            if (writer.IsFull)
            {
                Begin();
            }
        }
    }

    private void Begin() => writer.Begin(
        new RecordedHead
        {
            Format = RecordedHead.FormatName,
            Version = RecordedHead.CurrentVersion,
            Server = api.Server.ToString(),
            Begun = clock.GetUtcNow(),
            Instruments = instruments,
            Fees = _fees,
        },
        _state.Opening(),
        _seen);
}
