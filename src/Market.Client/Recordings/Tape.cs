using System.Runtime.CompilerServices;
using System.Text.Json;
using Market.Contracts;
using Market.Strategies;

namespace Market.Client.Recordings;

/// <summary>What a recording has of one instrument, as a back-test plays it.</summary>
/// <param name="path">A file or a folder.</param>
/// <param name="instrument">The instrument; null for the only one of the recording.</param>
public sealed class Tape(string path, string? instrument)
{
    /// <summary>The instrument with its rules, once the first head was read.</summary>
    public Instrument? Instrument { get; private set; }

    /// <summary>What swaps of it cost when the recording began.</summary>
    public Fees? Fees { get; private set; }

    /// <summary>Reads heads until the instrument is known.</summary>
    /// <exception cref="InvalidDataException">The recording has it not, or has several and none is named.</exception>
    public async Task OpenAsync(CancellationToken cancellation = default)
    {
        await foreach (var line in Recording.ReadAsync(path, cancellation).ConfigureAwait(false))
        {
            if (line.Head is { } head && Choose(head))
            {
                return;
            }
        }

        throw new InvalidDataException(instrument is null ? $"{path} has no recording." : $"{path} has nothing of {instrument}.");
    }

    /// <summary>The events in their order. After <see cref="OpenAsync"/>.</summary>
    /// <exception cref="InvalidDataException">It is no recording.</exception>
    public async IAsyncEnumerable<TapeEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var id = Instrument?.Id ?? throw new InvalidOperationException("It is not open.");
        var sorter = new TapeSorter();
        DateTimeOffset? last = null;
        await foreach (var line in Recording.ReadAsync(path, cancellation).ConfigureAwait(false))
        {
            // Of other instruments, and of other channels' gaps, nothing is played.
            if (line.Gap is { } gap && gap.Channel == Channels.Book(id) && last is { } since)
            {
                foreach (var ready in sorter.Take(new TapeEvent.Gap(since)))
                {
                    yield return ready;
                }
            }

            if (line.Event is not { } happened || happened.Instrument != id)
            {
                continue;
            }

            last = last > happened.Time ? last : happened.Time;
            if (EventOf(happened) is { } next)
            {
                foreach (var ready in sorter.Take(next))
                {
                    yield return ready;
                }
            }
        }

        foreach (var ready in sorter.End())
        {
            yield return ready;
        }
    }

    private bool Choose(RecordedHead head)
    {
        if (instrument is null && head.Instruments.Count != 1)
        {
            throw new InvalidDataException(
                $"The recording has {string.Join(", ", head.Instruments.Select(each => each.Id))}: name one with --instrument.");
        }

        Instrument = head.Instruments.FirstOrDefault(each => instrument is null || each.Id == instrument);
        Fees = head.Fees.FirstOrDefault(each => each.Instrument == Instrument?.Id);
        return Instrument is not null;
    }

    private static TapeEvent? EventOf(StreamEvent happened) => (happened.Topic, happened.Type, happened.Data) switch
    {
        ("book", StreamEventType.Snapshot, { } data) => new TapeEvent.Book(happened.Time, Read<BookSnapshot>(data)),
        ("book", StreamEventType.Delta, { } data) => new TapeEvent.Change(happened.Time, Read<BookDelta>(data)),
        ("trades", StreamEventType.Update, { } data) => new TapeEvent.Traded(happened.Time, Read<Trade>(data)),
        ("discount", _, { } data) when Read<Said>(data) is var said =>
            new TapeEvent.Valued(happened.Time, Bounded(said.ModelPrice), Bounded(said.FaceValue)),
        _ => null,
    };

    // Of a discount no more than is quoted around: what else is said of it may change.
    private sealed record Said(double ModelPrice, double FaceValue);

    private static T Read<T>(JsonElement data) =>
        data.Deserialize<T>(MarketJson.Options) ?? throw new InvalidDataException("An event of the recording is empty.");

    // What is no amount of satoshis is not known.
    private static decimal Bounded(double sats) => sats is >= 0 and < 1e16 ? (decimal)sats : 0;
}
