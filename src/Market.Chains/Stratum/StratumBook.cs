using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains.Stratum;

/// <summary>What a worker did, as its miner asks.</summary>
/// <param name="Address">Whom its shares pay.</param>
/// <param name="Name">The part of the user name behind the address; empty for none.</param>
/// <param name="Agent">What its firmware calls itself; empty where it does not.</param>
/// <param name="Connections">Open now.</param>
/// <param name="LastResult">When it had the last one; null before.</param>
/// <param name="Accepted">Results accepted.</param>
/// <param name="Stale">Results that were late.</param>
/// <param name="Rejected">Results refused for another reason, by reason.</param>
/// <param name="Best">The greatest difficulty of a hash.</param>
/// <param name="Rates">Of 5 minutes, an hour, a day.</param>
public sealed record StratumWorker(
    string Address, string Name, string Agent, int Connections, DateTimeOffset? LastResult, long Accepted, long Stale,
    ImmutableDictionary<StratumReject, long> Rejected, double Best, ImmutableArray<HashRate> Rates)
{
    /// <summary>Shares of its work that the sharechain took, weak ones among them.</summary>
    public long Shares { get; init; }

    /// <summary>Bitcoin blocks among its results.</summary>
    public long MainBlocks { get; init; }

    /// <summary>Of those the ones that the mainchain's node took as its newest.</summary>
    public long MainBlocksAccepted { get; init; }
}

/// <summary>A Bitcoin block that a miner found here, and what became of it.</summary>
/// <param name="At">When it was handed in.</param>
/// <param name="Block">Its id.</param>
/// <param name="Worker">The user name.</param>
/// <param name="Result">What the mainchain's node said; null where it was not asked.</param>
public sealed record StratumBlock(DateTimeOffset At, BlockId Block, string Worker, SubmitResult? Result);

/// <summary>
/// Keeps account of workers, each from its first accepted result on: a name that costs no work has none. Bounded: of those that are
/// not connected the one seen longest ago goes first. Safe for several threads.
/// </summary>
internal sealed class StratumBook
{
    /// <summary>Workers kept.</summary>
    public const int MostWorkers = 20_000;

    private const int MostBlocks = 100;
    private static readonly TimeSpan[] Spans = [TimeSpan.FromMinutes(5), TimeSpan.FromHours(1), TimeSpan.FromDays(1)];

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, Account> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _byAddress = new(StringComparer.OrdinalIgnoreCase);
    private readonly Queue<StratumBlock> _blocks = [];

    // Counted by itself: it does not go down where a worker is forgotten.
    private readonly Account _all = new();

    /// <summary>Bitcoin blocks found, the oldest first.</summary>
    public ImmutableArray<StratumBlock> Blocks
    {
        get
        {
            lock (_lock)
            {
                return [.. _blocks];
            }
        }
    }

    /// <summary>A worker had its first result accepted on a connection.</summary>
    /// <param name="worker">The user name.</param>
    /// <param name="agent">Its firmware's name for itself.</param>
    public void Connect(string worker, string agent)
    {
        lock (_lock)
        {
            _all.Connections++;
            if (Open(worker) is { } account)
            {
                account.Connections++;
                account.Agent = agent.Length > 0 ? agent : account.Agent;
            }
        }
    }

    /// <summary>A connection on which a worker had results accepted is closed.</summary>
    public void Disconnect(string worker)
    {
        lock (_lock)
        {
            _all.Connections--;
            if (_workers.TryGetValue(worker, out var account) && account.Connections > 0)
            {
                account.Connections--;
            }
        }
    }

    /// <summary>Counts a result.</summary>
    public void Count(StratumResult result, DateTimeOffset now)
    {
        lock (_lock)
        {
            (result.Reject == StratumReject.None ? Open(result.Worker) : _workers.GetValueOrDefault(result.Worker))
                ?.Count(result, now);
            _all.Count(result, now);
        }
    }

    /// <summary>What the chains said of a share handed in.</summary>
    public void Count(string worker, ShareResult result, DateTimeOffset now)
    {
        lock (_lock)
        {
            _workers.GetValueOrDefault(worker)?.Count(result);
            _all.Count(result);
            if (result.MainBlock is { } block)
            {
                _blocks.Enqueue(new StratumBlock(now, block, worker, result.MainResult));
                if (_blocks.Count > MostBlocks)
                {
                    _blocks.Dequeue();
                }
            }
        }
    }

    /// <summary>All workers, in the order in which they came.</summary>
    public ImmutableArray<StratumWorker> Workers(DateTimeOffset now)
    {
        lock (_lock)
        {
            return [.. _workers.Select(each => View(each.Key, each.Value, now))];
        }
    }

    /// <summary>All workers as if they were one without a name, those that are forgotten among them.</summary>
    public StratumWorker All(DateTimeOffset now)
    {
        lock (_lock)
        {
            return View("", _all, now);
        }
    }

    /// <summary>The workers of one address; what others there are costs nothing.</summary>
    public ImmutableArray<StratumWorker> Workers(string address, DateTimeOffset now)
    {
        lock (_lock)
        {
            return _byAddress.TryGetValue(address, out var names) ? [.. names.Select(name => View(name, _workers[name], now))] : [];
        }
    }

    private static string AddressOf(string worker)
    {
        var end = worker.IndexOf('.', StringComparison.Ordinal);
        return end < 0 ? worker : worker[..end];
    }

    private static StratumWorker View(string worker, Account account, DateTimeOffset now)
    {
        var address = AddressOf(worker);
        var name = address.Length == worker.Length ? "" : worker[(address.Length + 1)..];
        return new StratumWorker(
            address, name, account.Agent, account.Connections, account.Last,
            account.Accepted, account.Stale, account.Rejected.ToImmutableDictionary(), account.Best,
            [.. account.Rates.Select(rate => rate.At(now))])
        {
            Shares = account.Shares,
            MainBlocks = account.MainBlocks,
            MainBlocksAccepted = account.MainBlocksAccepted,
        };
    }

    // Null where all that are kept are connected.
    private Account? Open(string worker)
    {
        if (_workers.TryGetValue(worker, out var known))
        {
            return known;
        }

        if (_workers.Count >= MostWorkers)
        {
            var gone = _workers.Keys.Where(name => _workers[name].Connections == 0);
            if (gone.MinBy(name => _workers[name].Last) is not { } idle)
            {
                return null;
            }

            Close(idle);
        }

        var account = new Account();
        _workers.Add(worker, account);
        var address = AddressOf(worker);
        if (!_byAddress.TryGetValue(address, out var names))
        {
            _byAddress.Add(address, names = new HashSet<string>(StringComparer.Ordinal));
        }

        names.Add(worker);
        return account;
    }

    private void Close(string worker)
    {
        _workers.Remove(worker);
        var address = AddressOf(worker);
        var names = _byAddress[address];
        names.Remove(worker);
        if (names.Count == 0)
        {
            _byAddress.Remove(address);
        }
    }

    private sealed class Account
    {
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

        public HashRateWindow[] Rates { get; } = [.. Spans.Select(span => new HashRateWindow(span))];

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
            MainBlocksAccepted += result.MainResult is { Code: SubmitCode.Accepted } ? 1 : 0;
        }
    }
}
