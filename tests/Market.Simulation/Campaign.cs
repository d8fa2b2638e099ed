using Market.Swaps.Agent;

namespace Market.Simulation;

/// <summary>A seed in which somebody honest lost.</summary>
/// <param name="Seed">Its number.</param>
/// <param name="Loss">What was lost, in words.</param>
public sealed record SimulatedLoss(long Seed, string Loss);

/// <summary>Many runs: each seed is one, whatever the others are and whoever runs it.</summary>
public sealed class Campaign
{
    private const int Batch = 64;
    private readonly AgentPolicy _policy;
    private readonly bool _hasMargins;
    private readonly Counts _counts = new();
    private readonly List<SimulatedLoss> _losses = [];
    private readonly Lock _lock = new();
    private long _next;
    private long _done;

    /// <summary>A campaign of the shipping core.</summary>
    /// <param name="without">Laws that are taken out, to see that each is missed.</param>
    /// <param name="hasMargins">False for plans without the margins of law 12.</param>
    public Campaign(AgentLaws without = AgentLaws.None, bool hasMargins = true)
    {
        _policy = AgentPolicy.Default with { Laws = AgentLaws.All & ~without };
        _hasMargins = hasMargins;
    }

    /// <summary>Seeds that were run.</summary>
    public long Done => Interlocked.Read(ref _done);

    /// <summary>The losses that were found, lowest seed first.</summary>
    public IReadOnlyList<SimulatedLoss> Losses
    {
        get
        {
            lock (_lock)
            {
                return [.. _losses.OrderBy(loss => loss.Seed)];
            }
        }
    }

    /// <summary>How often each thing happened, by name.</summary>
    public IEnumerable<(string What, long Times)> Counted
    {
        get
        {
            lock (_lock)
            {
                return [.. Enum.GetValues<Event>().Select(what => (what.ToString(), _counts.Of(what)))];
            }
        }
    }

    /// <summary>Runs seeds on several threads, until all are run or as many losses are found as are wanted.</summary>
    /// <param name="from">The first.</param>
    /// <param name="seeds">How many.</param>
    /// <param name="threads">At a time.</param>
    /// <param name="mostLosses">Enough of them.</param>
    /// <param name="cancellation">Stops before that.</param>
    public void Run(long from, long seeds, int threads, int mostLosses, CancellationToken cancellation)
    {
        _next = from;
        var end = from + seeds;
        var workers = new Thread[threads];
        for (var i = 0; i < threads; i++)
        {
            workers[i] = new Thread(() => Work(end, mostLosses, cancellation)) { IsBackground = true };
            workers[i].Start();
        }

        foreach (var worker in workers)
        {
            worker.Join();
        }
    }

    /// <summary>Runs one seed and tells what happened in it.</summary>
    /// <returns>What was lost, in words; null where nothing; and a line for each thing that happened.</returns>
    public (string? Loss, IReadOnlyList<string> Trace) Replay(long seed)
    {
        var loss = RunOne(seed, isTold: true, out var world);
        IReadOnlyList<string> told = world is null ? [] : [Headline(world), .. world.Trace];
        return (loss, [.. told, loss ?? "Nobody honest lost anything."]);
    }

    private static string Headline(World world)
    {
        var scenario = world.Scenario;
        return $"Seed {scenario.Seed}, {scenario.Theme}: "
            + $"{(scenario.Rules.Coin == SwapRules.Mainnet.Coin ? "a mainnet's" : "a devnet's")} plan; "
            + $"{(scenario.Deviant is { } role ? $"the {role} deviates" : "both keep to the rules")}; the initiator locks "
            + $"{scenario.InitiatorAmount}, the participant {scenario.ParticipantAmount}; nodes "
            + $"{(scenario.Replaces ? "" : "do not ")}replace by fee; friends find {scenario.Friends:0%} of blocks.";
    }

    private string? RunOne(long seed, bool isTold, out World? world)
    {
        world = null;
        try
        {
            world = new World(Scenario.Draw(seed, _hasMargins), _policy, isTold);
            return world.Run().Loss is { } loss ? $"{world.Scenario.Theme}: {loss}" : null;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or OverflowException
            or System.Text.Json.JsonException or NullReferenceException or IndexOutOfRangeException or KeyNotFoundException
            or FormatException)
        {
            return $"The run broke: {e}";
        }
    }

    private void Work(long end, int mostLosses, CancellationToken cancellation)
    {
        var counts = new Counts();
        while (!cancellation.IsCancellationRequested)
        {
            var first = Interlocked.Add(ref _next, Batch) - Batch;
            if (first >= end)
            {
                break;
            }

            for (var seed = first; seed < Math.Min(first + Batch, end) && !cancellation.IsCancellationRequested; seed++)
            {
                var loss = RunOne(seed, isTold: false, out var world);
                if (world is not null)
                {
                    counts.Add(world.Counts);
                }

                Interlocked.Increment(ref _done);
                if (loss is not null && Note(new SimulatedLoss(seed, loss)) >= mostLosses)
                {
                    Interlocked.Exchange(ref _next, end);
                    break;
                }
            }
        }

        lock (_lock)
        {
            _counts.Add(counts);
        }
    }

    private int Note(SimulatedLoss loss)
    {
        lock (_lock)
        {
            _losses.Add(loss);
            return _losses.Count;
        }
    }
}
