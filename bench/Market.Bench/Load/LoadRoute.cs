using System.Diagnostics;
using System.Globalization;
using System.Net;
using HdrHistogram;

namespace Market.Bench.Load;

/// <summary>One route as the readers ask it, and how it answered.</summary>
/// <param name="name">The route with its places, as the report names it.</param>
/// <param name="paths">What is asked, one of them at random.</param>
internal sealed class LoadRoute(string name, IReadOnlyList<string> paths)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, long> _errors = new(StringComparer.Ordinal);

    public string Name => name;

    public IReadOnlyList<string> Paths => paths;

    /// <summary>How long answers took, in microseconds, to the last byte.</summary>
    public HistogramBase Times { get; } = Latencies.New();

    /// <summary>Answers that were none of success, and failures, by what they were.</summary>
    public IReadOnlyDictionary<string, long> Errors()
    {
        lock (_gate) return new Dictionary<string, long>(_errors);
    }

    /// <summary>Asks once, and counts how long it took and what came of it.</summary>
    public async Task TimeAsync(Func<Task<HttpStatusCode>> ask)
    {
        var start = Stopwatch.GetTimestamp();
        var status = await ask();
        Latencies.Note(Times, start);
        if ((int)status >= 400) Failed(((int)status).ToString(CultureInfo.InvariantCulture));
    }

    public void Failed(string how)
    {
        lock (_gate) _errors[how] = _errors.GetValueOrDefault(how) + 1;
    }
}
