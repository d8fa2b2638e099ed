using System.Net;

namespace Market.Bench.Streams;

/// <summary>Readers that read until it is disposed of.</summary>
internal sealed class FanOutCrowd : IAsyncDisposable
{
    private readonly List<FanOutReader> _readers = [];
    private readonly List<Task> _reading = [];
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Messages that came to all of them.</summary>
    public long Count => _readers.Sum(reader => reader.Count);

    /// <summary>Messages that came to the one with the fewest.</summary>
    public long Least => _readers.Min(reader => reader.Count);

    /// <summary>Bytes that came to all of them.</summary>
    public long Bytes => _readers.Sum(reader => reader.Bytes);

    /// <summary>When the last message came, by the environment's milliseconds.</summary>
    public long Last => _readers.Max(reader => reader.Last);

    /// <summary>Those whose connection ended, by why.</summary>
    public string Ended => string.Join(", ", _readers.Select(reader => reader.Ended).OfType<string>().CountBy(ended => ended)
        .Select(why => $"{why.Value} {why.Key}").DefaultIfEmpty("none"));

    /// <summary>Connects so many.</summary>
    /// <param name="server">The server.</param>
    /// <param name="door">What they come by.</param>
    /// <param name="count">How many.</param>
    /// <param name="atOnce">How many connect at once.</param>
    /// <param name="silentBuffer">Of readers that read nothing: the bytes that the system takes for them. Null for those that
    /// read.</param>
    public static async Task<FanOutCrowd> OpenAsync(
        IPEndPoint server, ReaderDoor door, int count, int atOnce, int? silentBuffer = null)
    {
        var crowd = new FanOutCrowd();
        for (var i = 0; i < count; i++) crowd._readers.Add(new FanOutReader(door));
        foreach (var some in crowd._readers.Chunk(atOnce))
        {
            await Task.WhenAll(some.Select(r => r.OpenAsync(server, silentBuffer)));
            // At once: the server asks whether they are there.
            if (silentBuffer is null) crowd._reading.AddRange(some.Select(reader => reader.ReadAsync()));
        }
        return crowd;
    }

    /// <summary>Says for all of them that they are still there, until <see cref="Stop"/>.</summary>
    public async Task BeatAsync(TimeSpan every)
    {
        while (!_stop.IsCancellationRequested)
        {
            await Task.Delay(every, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var reader in _readers.Where(reader => reader.Ended is null)) await reader.BeatAsync();
        }
    }

    /// <summary>Ends <see cref="BeatAsync"/>.</summary>
    public void Stop() => _stop.Cancel();

    public async ValueTask DisposeAsync()
    {
        foreach (var reader in _readers) reader.Dispose();
        await Task.WhenAll(_reading);
        _stop.Dispose();
    }
}
