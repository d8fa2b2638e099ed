using System.Collections.Immutable;

namespace Market.Chains.Stratum;

/// <summary>
/// Keeps account of workers, each from its first accepted result on: a name that costs no work has none. Bounded: of those that are
/// not connected the one seen longest ago goes first, of an address that has as many as it may one of its own. Safe for several
/// threads.
/// </summary>
internal sealed class StratumBook
{
    /// <summary>Workers kept.</summary>
    public const int MostWorkers = 20_000;

    /// <summary>Of them those of one address.</summary>
    public const int MostOfAddress = 256;

    private const int MostBlocks = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, StratumAccount> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _byAddress = new(StringComparer.OrdinalIgnoreCase);
    private readonly Queue<StratumBlock> _blocks = [];

    // Those that are not connected, the one seen longest ago first.
    private readonly LinkedList<string> _idle = new();

    // Counted by itself: it does not go down where a worker is forgotten.
    private readonly StratumAccount _all = new(0);
    private long _came;

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
    /// <param name="since">When the connection was first given work.</param>
    public void Connect(string worker, string agent, DateTimeOffset since)
    {
        lock (_lock)
        {
            _all.Connections++;
            _all.Begin(since);
            if (Open(worker) is { } account)
            {
                account.Begin(since);
                account.Connections++;
                Seen(worker, account);
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
                Seen(worker, account);
            }
        }
    }

    /// <summary>Counts a result.</summary>
    public void Count(StratumResult result, DateTimeOffset now)
    {
        lock (_lock)
        {
            var account = result.Reject == StratumReject.None ? Open(result.Worker) : _workers.GetValueOrDefault(result.Worker);
            if (account is not null)
            {
                account.Count(result, now);
                Seen(result.Worker, account);
            }

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
            return [.. _workers.OrderBy(each => each.Value.Place).Select(each => View(each.Key, each.Value, now))];
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

    /// <summary>The workers of one address, in the order in which they came; what others there are costs nothing.</summary>
    /// <param name="address">The address.</param>
    /// <param name="now">The time.</param>
    /// <param name="skip">How many are left out in front.</param>
    /// <param name="most">How many there are of the rest at most.</param>
    /// <param name="all">How many the address has.</param>
    public ImmutableArray<StratumWorker> Workers(string address, DateTimeOffset now, int skip, int most, out int all)
    {
        lock (_lock)
        {
            var names = _byAddress.GetValueOrDefault(address);
            all = names?.Count ?? 0;
            return names is null ? [] :
            [
                .. names.OrderBy(name => _workers[name].Place).Skip(skip).Take(most)
                    .Select(name => View(name, _workers[name], now)),
            ];
        }
    }

    private static string AddressOf(string worker)
    {
        var end = worker.IndexOf('.', StringComparison.Ordinal);
        return end < 0 ? worker : worker[..end];
    }

    private static StratumWorker View(string worker, StratumAccount account, DateTimeOffset now)
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

    // Null where all that would have to give way are connected.
    private StratumAccount? Open(string worker)
    {
        if (_workers.TryGetValue(worker, out var known))
        {
            return known;
        }

        var address = AddressOf(worker);
        if (_byAddress.TryGetValue(address, out var names) && names.Count >= MostOfAddress)
        {
            if (names.Where(name => _workers[name].Idle is not null).MinBy(name => _workers[name].Last) is not { } own)
            {
                return null;
            }

            Close(own);
        }
        else if (_workers.Count >= MostWorkers)
        {
            if (_idle.First is not { } longest)
            {
                return null;
            }

            Close(longest.Value);
        }

        var account = new StratumAccount(++_came);
        _workers.Add(worker, account);
        if (!_byAddress.TryGetValue(address, out names))
        {
            _byAddress.Add(address, names = new HashSet<string>(StringComparer.Ordinal));
        }

        names.Add(worker);
        return account;
    }

    // Of those that are not connected it was seen last, now.
    private void Seen(string worker, StratumAccount account)
    {
        if (account.Idle is { } place)
        {
            _idle.Remove(place);
        }

        account.Idle = account.Connections == 0 ? _idle.AddLast(worker) : null;
    }

    private void Close(string worker)
    {
        if (_workers.Remove(worker, out var account) && account.Idle is { } place)
        {
            _idle.Remove(place);
        }

        var address = AddressOf(worker);
        var names = _byAddress[address];
        names.Remove(worker);
        if (names.Count == 0)
        {
            _byAddress.Remove(address);
        }
    }
}
