namespace Market.Simulation;

/// <summary>A stretch of time in which blocks ask for more.</summary>
internal sealed record Spike(SwapChain Chain, long From, long To, long BlockRate, long PoolRate);

/// <summary>How one chain moves on: when blocks come, what their miners say of the time, and what they ask for.</summary>
internal sealed class Weather
{
    // As many blocks as any plan counts on, and some more.
    private const int MostCounted = 10;
    private const long Relay = 1_000;

    private readonly World _world;
    private readonly SimChain _chain;
    private readonly SimRandom _random;
    private readonly int[] _within = new int[MostCounted + 1];
    private readonly List<long> _foundAt = [];
    private readonly List<Spike> _spikes = [];
    private readonly Dictionary<OutPoint, int> _leftOut = [];
    private readonly double _slow;
    private readonly long _surgesAt = long.MaxValue;

    public Weather(World world, SimChain chain)
    {
        (_world, _chain, _random) = (world, chain, world.Scenario.Random);
        for (var n = 1; n <= MostCounted; n++)
        {
            _within[n] = Paces.Within(chain.Pace, n);
        }

        _slow = world.Scenario.Theme != Theme.Calm && _random.OneIn(4) ? 2 : 1;
        if (chain.Kind == SwapChain.Share && world.Scenario.Surge > 1)
        {
            _surgesAt = world.Now + (_random.OneIn(2) ? 0 : _random.Below(world.Scenario.Plan.LongSpan / 2));
            _slow = 1;
        }

        _foundAt.Add(world.Now);
        NextBlock = Next();
        NextReorganisation = long.MaxValue;
        if (world.Scenario.Reorganises > 0)
        {
            NextReorganisation = world.Now + _random.Wait(world.Scenario.Reorganises);
        }

        chain.BlockFloor = world.Scenario.Quiet[(int)chain.Kind];
    }

    /// <summary>When the next block is found.</summary>
    public long NextBlock { get; private set; }

    /// <summary>When it next reorganises.</summary>
    public long NextReorganisation { get; private set; }

    /// <summary>When a spike begins or ends next.</summary>
    public long NextChange { get; private set; } = long.MaxValue;

    /// <summary>Blocks ask for more for a while.</summary>
    public void Add(Spike spike)
    {
        _spikes.Add(spike);
        _world.Counts.Add(Event.FeeSpike);
        Change();
    }

    /// <summary>True while blocks ask for more than in quiet times.</summary>
    public bool IsDear => _chain.BlockFloor > _world.Scenario.Quiet[(int)_chain.Kind];

    /// <summary>Brings what blocks and mempools ask for in line with the time.</summary>
    public void Change()
    {
        var (block, pool, next) = (_world.IsCalm ? Relay : _world.Scenario.Quiet[(int)_chain.Kind], 0L, long.MaxValue);
        foreach (var spike in _spikes)
        {
            if (_world.Now < spike.From)
            {
                next = Math.Min(next, spike.From);
            }
            else if (_world.Now < spike.To && !_world.IsCalm)
            {
                next = Math.Min(next, spike.To);
                block = Math.Max(block, spike.BlockRate);
                pool = Math.Max(pool, spike.PoolRate);
            }
        }

        NextChange = _world.IsCalm ? long.MaxValue : next;
        if (block != _chain.BlockFloor && _world.IsTold)
        {
            _world.Tell(_chain.Kind, $"blocks ask for {block} sat/kvB, mempools for {pool}");
        }

        _chain.BlockFloor = block;
        var waiting = _chain.Pool.Count;
        if (pool != _chain.PoolFloor)
        {
            _chain.SetPoolFloor(pool);
        }

        _world.CountIf(_chain.Pool.Count < waiting, Event.Eviction);
    }

    /// <summary>A block is found.</summary>
    public void Mine()
    {
        var deviant = _world.IsCalm ? null : _world.Deviant;
        var friendly = deviant is not null && _random.Chance(_world.Scenario.Friends);
        if (friendly)
        {
            deviant!.Turn();
            _world.Counts.Add(Event.FriendlyBlock);
        }

        Found(friendly ? deviant!.Favoured(_chain.Kind) : null);
        NextBlock = Next();
    }

    /// <summary>The last blocks give way to others, not as deep as a lock must be.</summary>
    public void Reorganise()
    {
        NextReorganisation = _world.IsCalm ? long.MaxValue : _world.Now + _random.Wait(_world.Scenario.Reorganises);
        var deep = _world.Scenario.Plan.ConfirmationsOf(_world.Swap.RoleOn(_chain.Kind));
        var depth = (int)_random.Between(1, Math.Min(MostCounted - 2, deep - 1));
        if (_world.IsCalm || depth >= deep || !_world.MayReorganise(_chain, depth, _within[depth + 2]))
        {
            return;
        }

        if (_world.IsTold)
        {
            _world.Tell(_chain.Kind, $"reorganises {depth} deep");
        }

        _world.Counts.Add(Event.Reorganisation);
        var deviant = _world.Deviant;
        var friendly = deviant is not null && _random.Chance(_world.Scenario.Friends);
        _chain.Disconnect(depth);
        if (friendly)
        {
            deviant!.Turn();
        }

        for (var i = 0; i <= depth; i++)
        {
            Found(i == 0 && friendly ? deviant!.Favoured(_chain.Kind) : null);
        }
    }

    private void Found(List<SimTransaction>? favoured)
    {
        // The plan counts on headers ahead on the chain that the initiator refunds on; a reveal in flight it leaves to honest time.
        var pushes = _chain.Kind == _world.Swap.ChainOf(Role.Initiator) || _world.Honest(Role.Initiator) is null;
        var ahead = !pushes ? Math.Min(0, _world.Scenario.Ahead[(int)_chain.Kind])
            : favoured is null ? _world.Scenario.Ahead[(int)_chain.Kind] : _chain.Pace.AheadSeconds;
        var block = _chain.Mine(
            _world.Now + ahead, _chain.BlockFloor, favoured,
            _world.Scenario.LeavesOut > 0 || _world.IsFeeRace ? Takes : null);
        _foundAt.Add(_world.Now);
        _world.Counts.Add(Event.Block);
        if (_world.IsTold && block.Transactions.Count > 0)
        {
            _world.Tell(_chain.Kind, $"block {block.Height}"
                + (favoured is null ? "" : " of a friend") + $" holds {string.Join(", ", block.Transactions.Select(
                    held => Names.Of(held.Id)))}; median time {block.MedianTimePast}");
        }
    }

    private bool Takes(SimTransaction transaction)
    {
        if (_world.IsCalm || !_world.MayLeaveOut(_chain, transaction, out var always))
        {
            return true;
        }

        var coin = transaction.Transaction.Inputs[0].PreviousOutput;
        var times = _leftOut.GetValueOrDefault(coin);
        if (!always && (times >= _world.Scenario.Rules.FeeBumpRounds || !_random.Chance(_world.Scenario.LeavesOut)))
        {
            return true;
        }

        _leftOut[coin] = times + 1;
        _world.Counts.Add(Event.LeftOut);
        return false;
    }

    // Poisson, but never later than the plans allow for: any n blocks come within their q99.9.
    private long Next()
    {
        var surge = _world.Now >= _surgesAt && !_world.IsCalm ? _world.Scenario.Surge : 1;
        _world.CountIf(surge > 1, Event.PaceSurge);
        var next = _world.Now + Math.Max(1, _random.Wait(_chain.Pace.SpacingSeconds * _slow / surge));
        for (var n = 1; n <= MostCounted && n <= _foundAt.Count; n++)
        {
            next = Math.Min(next, _foundAt[^n] + _within[n]);
        }

        return Math.Max(next, _world.Now + 1);
    }
}

/// <summary>Quantiles of confirmation times, worked out once.</summary>
internal static class Paces
{
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<(ChainPace, int), int> Known = [];

    public static int Within(ChainPace pace, int confirmations) =>
        Known.GetOrAdd((pace, confirmations), static key => key.Item1.Within(key.Item2));
}
