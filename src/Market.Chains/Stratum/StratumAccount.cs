namespace Market.Chains.Stratum;

/// <summary>What is kept of one worker, or of all as if they were one. One thread at a time.</summary>
/// <param name="place">Its place in the order in which they came.</param>
internal sealed class StratumAccount(long place)
{
    private static readonly TimeSpan[] Spans = [TimeSpan.FromMinutes(5), TimeSpan.FromHours(1), TimeSpan.FromDays(1)];

    /// <summary>Its place in the order in which they came.</summary>
    public long Place { get; } = place;

    public string Agent { get; set; } = "";

    public int Connections { get; set; }

    public DateTimeOffset? Last { get; private set; }

    public long Accepted { get; private set; }

    public long Stale { get; private set; }

    public long Shares { get; private set; }

    public long MainBlocks { get; private set; }

    public long MainBlocksAccepted { get; private set; }

    public double Best { get; private set; }

    public Dictionary<StratumReject, long> Rejected { get; } = [];

    /// <summary>Where it stands among those that are not connected; null while it is connected.</summary>
    public LinkedListNode<string>? Idle { get; set; }

    public HashRateWindow[] Rates { get; } = [.. Spans.Select(span => new HashRateWindow(span))];

    /// <summary>Work was given to it; the first time counts.</summary>
    public void Begin(DateTimeOffset since)
    {
        foreach (var rate in Rates)
        {
            rate.Begin(since);
        }
    }

    public void Count(StratumResult result, DateTimeOffset now)
    {
        Last = now;
        Best = Math.Max(Best, result.Hash);
        switch (result.Reject)
        {
            case StratumReject.None:
                Accepted++;
                foreach (var rate in Rates)
                {
                    rate.Add(result.Difficulty, now);
                }

                break;
            case StratumReject.Stale:
                Stale++;
                break;
            default:
                Rejected[result.Reject] = Rejected.GetValueOrDefault(result.Reject) + 1;
                break;
        }
    }

    public void Count(ShareResult result)
    {
        Shares += result.Code == SubmitCode.Accepted || result is { IsWeak: true, Code: SubmitCode.SideChain } ? 1 : 0;
        MainBlocks += result.MainBlock is null ? 0 : 1;
        MainBlocksAccepted += result.IsMainBlock ? 1 : 0;
    }
}
