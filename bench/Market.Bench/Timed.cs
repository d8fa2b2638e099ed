namespace Market.Bench;

/// <summary>An action and how much processor time it took, each time.</summary>
/// <param name="name">What it does.</param>
/// <param name="runs">How many times it runs for one figure: so often that a figure is a millisecond or more.</param>
/// <param name="action">What is measured.</param>
/// <param name="perRun">How many things one run does; figures are for one of them.</param>
internal sealed class Timed(string name, int runs, Action action, int perRun = 1)
{
    private readonly List<double> _seconds = [];

    public string Name => name;

    /// <summary>Seconds for one thing.</summary>
    public double Median => _seconds.Order().ElementAt(_seconds.Count / 2);

    /// <summary>Seconds for one thing.</summary>
    public double Best => _seconds.Min();

    /// <summary>All take turns, so that a slow second of the machine falls on all alike.</summary>
    public static void Interleave(int warmUpRounds, int rounds, params ReadOnlySpan<Timed> all)
    {
        for (var round = 0; round < warmUpRounds + rounds; round++)
        {
            foreach (var timed in all)
            {
                timed.Take(isCounted: round >= warmUpRounds);
            }
        }
    }

    private void Take(bool isCounted)
    {
        // The process's own time: what else the machine does in between is not counted.
        var start = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < runs; i++)
        {
            action();
        }

        var seconds = (Environment.CpuUsage.TotalTime - start).TotalSeconds;
        if (isCounted)
        {
            _seconds.Add(seconds / ((double)runs * perRun));
        }
    }
}
