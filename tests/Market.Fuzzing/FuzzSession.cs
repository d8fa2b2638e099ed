using System.Diagnostics;
using System.Globalization;

namespace Market.Fuzzing;

/// <summary>What a run of one target came to.</summary>
public sealed record FuzzReport(
    string Target, long Runs, TimeSpan Time, long Accepted, int Shapes, int Corpus, int Added, TimeSpan Slowest, int Seed,
    string? Finding)
{
    public static string Header => string.Create(
        CultureInfo.InvariantCulture,
        $"{"target",-18} {"runs",12} {"runs/s",9} {"accepted",9} {"shapes",7} {"corpus",7} {"new",5} {"slowest",9} {"seed",9}");

    public override string ToString()
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{Target,-18} {Runs,12:N0} {Runs / Time.TotalSeconds,9:N0} {(double)Accepted / Math.Max(1, Runs),9:P1} "
            + $"{Shapes,7} {Corpus,7} {Added,5} {Slowest.TotalMilliseconds,6:N0} ms {Seed,9}");
        return Finding is null ? line : $"{line}\n{Finding}";
    }
}

/// <summary>Runs one target on one thread, while another looks whether it comes back.</summary>
public sealed class FuzzSession(FuzzTarget target, FuzzCorpus corpus, int seed, TimeSpan? hang = null)
{
    private const int FreshSeeds = 64;
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(100);

    private readonly HashSet<ulong> _shapes = [];
    private long _runs;
    private long _accepted;
    private int _added;
    private TimeSpan _slowest;
    private volatile byte[]? _input;
    private long _started;
    private volatile string? _finding;

    /// <summary>An input that takes longer hangs.</summary>
    public static TimeSpan Hang { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Runs until the time is over, so many inputs were run, or something is found.</summary>
    public FuzzReport Run(TimeSpan time, long mostRuns = long.MaxValue)
    {
        var clock = Stopwatch.StartNew();
        if (corpus.TakeUnfinished() is { } unfinished)
        {
            _finding = $"The last run ended within an input: {corpus.AddFound(unfinished)}";
        }
        else
        {
            var worker = new Thread(() => Work(clock, time, mostRuns)) { IsBackground = true, Name = "fuzz" };
            worker.Start();
            while (!worker.Join(WatchInterval))
            {
                var input = _input;
                if (input is not null && Stopwatch.GetElapsedTime(Volatile.Read(ref _started)) > (hang ?? Hang) && input == _input)
                {
                    _finding = $"It hangs: {corpus.AddFound(input)}";
                    break;
                }
            }
        }

        return new FuzzReport(
            target.Name, _runs, clock.Elapsed, _accepted, _shapes.Count, corpus.Inputs.Count, _added, _slowest, seed, _finding);
    }

    private void Work(Stopwatch clock, TimeSpan time, long mostRuns)
    {
        using var running = corpus.OpenRunning(Mutator.MaxLength * 2);
        var mutator = new Mutator(target, seed);
        var values = new RandomValues(seed);
        var first = new Queue<byte[]>(corpus.Inputs);
        for (var i = 0; i < FreshSeeds; i++)
        {
            first.Enqueue(target.Fresh(values));
        }

        while (clock.Elapsed < time && _runs < mostRuns && _finding is null)
        {
            var isKnown = _runs < corpus.Inputs.Count && _added == 0;
            var input = first.Count > 0 ? first.Dequeue() : mutator.Next(corpus.Inputs);
            running.Set(input);
            Volatile.Write(ref _started, Stopwatch.GetTimestamp());
            _input = input;
            RunOne(input, isKnown);
            _input = null;
            _runs++;
        }
    }

    private void RunOne(byte[] input, bool isKnown)
    {
        try
        {
            var outcome = target.Run(input);
            _accepted += outcome.Accepted ? 1 : 0;
            if (_shapes.Add(outcome.Shape) && !isKnown)
            {
                corpus.Add(input);
                _added++;
            }
        }
        catch (Exception error)
        {
            _finding = $"{corpus.AddFound(input)} ({input.Length} bytes)\n{error}";
        }

        var took = Stopwatch.GetElapsedTime(_started);
        _slowest = took > _slowest ? took : _slowest;
    }
}
