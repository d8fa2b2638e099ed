using Market.Bitcoin;

namespace Market.Swaps.Tests.Machine;

/// <summary>
/// A swap between an honest party, which does what the machine says, and one that deviates anywhere, on two chains with
/// irregular blocks and reorganisations below the depth that counts as locked. All of it follows from one seed.
/// </summary>
internal sealed class World
{
    private const int LongestGapInSpacings = 3;
    private const int Step = 2;

    private readonly Random _random;
    private readonly Role _honest;
    private readonly Bench _bench = new();
    private readonly Chain _share;
    private readonly Chain _coin;
    private readonly RevealedPreimage _preimage;
    private readonly int _liveliness;
    private Swap _swap;
    private long _now = Bench.Start;
    private readonly long _offlineFrom;
    private readonly long _offlineTo;
    private uint _ids;
    private bool _public;

    public World(int seed, Role honest, SwapPlan? plan = null)
    {
        _random = new Random(seed);
        _honest = honest;
        _liveliness = _random.Next(1, 40);
        _preimage = _bench.Secret.Reveal();
        _share = new Chain(SwapRules.Devnet.Share, _random, _now);
        _coin = new Chain(SwapRules.Devnet.Coin, _random, _now);
        _swap = Swap.Open("s1", Bench.Shares, Bench.Sats, _now, plan ?? _bench.Plan);
        Fold(new SwapEvent.KeysGiven(Role.Initiator, Bench.Seller()));
        Fold(new SwapEvent.KeysGiven(Role.Participant, Bench.Buyer()));
        _offlineFrom = _now + _random.Next(0, _bench.Plan.LongSpan);
        _offlineTo = _offlineFrom + _random.Next(0, SwapRules.Devnet.OfflineSeconds);
    }

    public List<string> Story { get; } = [];

    private Deadlines Deadlines => _swap.Deadlines!.Value;

    /// <summary>Runs to the end; null where the honest party came out with one of the legs.</summary>
    public string? Run()
    {
        while (_now < Deadlines.Long + 900)
        {
            _now += Step;
            foreach (var (chain, leg) in new[] { (_share, Role.Initiator), (_coin, Role.Participant) })
            {
                Mine(chain, leg);
            }

            Deviate();
            if (_now < _offlineFrom || _now > _offlineTo)
            {
                BeHonest();
            }
        }

        return Verdict();
    }

    private string? Verdict()
    {
        var own = ChainOf(_honest);
        var other = ChainOf(_honest.Other());
        var ownTaken = own.Txs.Any(tx => tx is { Kind: TxKind.Claim, Block: not null });
        var otherTaken = other.Txs.Any(tx => tx is { Kind: TxKind.Claim, Block: not null });
        if (ownTaken && !otherTaken)
        {
            return $"the honest {_honest} ended with neither leg";
        }

        var funded = own.Txs.Any(tx => tx is { Kind: TxKind.Fund, Block: not null });
        var back = own.Txs.Any(tx => tx is { Kind: TxKind.Refund, Block: not null });
        return funded && !ownTaken && !back && !otherTaken ? $"the honest {_honest}'s leg is stuck" : null;
    }

    private Chain ChainOf(Role leg) => leg == Role.Initiator ? _share : _coin;

    private SwapTips Tips() => new(_share.Tip, _coin.Tip, _now);

    private SwapDecision Fold(SwapEvent happened)
    {
        var decision = SwapMachine.Decide(_swap, happened, Tips());
        if (decision.Swap.Phase != _swap.Phase)
        {
            Story.Add($"{_now - Bench.Start}: {decision.Swap.Phase}");
        }

        _swap = decision.Swap;
        return decision;
    }

    private void Mine(Chain chain, Role leg)
    {
        if (_now >= chain.NextBlock)
        {
            chain.Mine(_now, LocktimeOf(leg));
            if (_random.Next(25) == 0)
            {
                var depth = _random.Next(1, chain.Pace.Confirmations);
                Story.Add($"{_now - Bench.Start}: reorganisation of {depth} on {leg}'s chain");
                chain.Reorganise(depth, _now, LocktimeOf(leg), leg != _honest && _random.Next(2) == 0);
            }
        }
    }

    private long LocktimeOf(Role leg) => leg == Role.Initiator ? Deadlines.Long : Deadlines.Short;

    private void BeHonest()
    {
        foreach (var leg in new[] { Role.Initiator, Role.Participant })
        {
            foreach (var happened in Observed(leg))
            {
                Fold(happened);
            }
        }

        foreach (var effect in Fold(new SwapEvent.Tick()).For(_honest))
        {
            switch (effect.Kind)
            {
                case SwapEffectKind.Lock or SwapEffectKind.RelayFunding:
                    Offer(effect.Leg!.Value, TxKind.Fund, effect.Kind == SwapEffectKind.Lock);
                    break;
                case SwapEffectKind.Reveal or SwapEffectKind.Claim:
                    Offer(effect.Leg!.Value, TxKind.Claim, true);
                    break;
                case SwapEffectKind.Refund:
                    Offer(effect.Leg!.Value, TxKind.Refund, true);
                    break;
                case SwapEffectKind.Abandon:
                    Abandon(effect.Leg!.Value);
                    break;
            }
        }
    }

    /// <summary>A double spend of the own lock: what the lock's chain then holds, a miner chooses.</summary>
    private void Abandon(Role leg)
    {
        if (ChainOf(leg).Txs.Find(tx => tx.Kind == TxKind.Fund) is { Block: null, DoubleSpent: false } fund
            && _random.Next(3) > 0)
        {
            Story.Add($"{_now - Bench.Start}: Abandoned lock of {leg}'s leg");
            ChainOf(leg).Vanish(fund);
        }
    }

    private List<SwapEvent> Observed(Role leg)
    {
        var events = new List<SwapEvent>();
        var chain = ChainOf(leg);
        var fund = chain.Txs.Find(tx => tx.Kind == TxKind.Fund);
        if (fund is null)
        {
            return events;
        }

        var outPoint = new OutPoint(fund.Id, 0);
        var known = _swap.PaymentsOf(leg).FirstOrDefault(payment => payment.OutPoint == outPoint);
        var spend = chain.Txs.Where(tx => tx.Kind != TxKind.Fund && tx.IsThere)
            .OrderBy(tx => tx.Block is null).FirstOrDefault();
        if (known?.Spend is { } before && spend?.Id != before.TxId)
        {
            events.Add(new SwapEvent.SpendGone(leg, outPoint, before.TxId));
        }

        if (!fund.IsThere)
        {
            if (known is { Missing: false })
            {
                events.Add(new SwapEvent.FundingGone(leg, outPoint));
            }

            return events;
        }

        if (known is null || known.Missing || known.Height != fund.Block)
        {
            events.Add(new SwapEvent.FundingSeen(leg, outPoint, _swap.AmountOf(leg), fund.Block));
        }

        if (spend is not null && (known?.Spend is not { } seen || seen.TxId != spend.Id || seen.Height != spend.Block))
        {
            events.Add(spend.Kind == TxKind.Claim
                ? new SwapEvent.ClaimSeen(leg, outPoint, spend.Id, _preimage, spend.Block)
                : new SwapEvent.RefundSeen(leg, outPoint, spend.Id, spend.Block));
        }

        return events;
    }

    /// <summary>The other party: anything that its keys allow, at any time.</summary>
    private void Deviate()
    {
        var other = _honest.Other();
        var own = ChainOf(other);
        if (_random.Next(100) < _liveliness)
        {
            Offer(other, TxKind.Fund, true);
        }

        if (_random.Next(400) < _liveliness
            && own.Txs.Find(tx => tx.Kind == TxKind.Fund) is { Block: null } unconfirmed)
        {
            Story.Add($"{_now - Bench.Start}: {other} double-spends its lock");
            own.Vanish(unconfirmed);
        }

        if ((other == Role.Initiator || _public) && _random.Next(300) < _liveliness)
        {
            Offer(_honest, TxKind.Claim, true);
        }

        if (_random.Next(100) < _liveliness && own.Tip.MedianTimePast > LocktimeOf(other))
        {
            Offer(other, TxKind.Refund, true);
        }
    }

    private void Offer(Role leg, TxKind kind, bool build)
    {
        var chain = ChainOf(leg);
        if (kind == TxKind.Refund && chain.Tip.MedianTimePast <= LocktimeOf(leg))
        {
            return;
        }

        var fund = chain.Txs.Find(tx => tx.Kind == TxKind.Fund);
        var known = chain.Txs.Find(tx => tx.Kind == kind);
        if (kind != TxKind.Fund && fund is not { IsThere: true })
        {
            return;
        }

        if (known is null && build)
        {
            known = new Tx(kind, new TxId(Hash256.DoubleSha256(BitConverter.GetBytes(++_ids))));
            chain.Txs.Add(known);
        }

        if (known is null || known.IsThere || known.DoubleSpent
            || (kind != TxKind.Fund && chain.Txs.Any(tx => tx.Kind != TxKind.Fund && tx.Block is not null)))
        {
            return;
        }

        known.InMempool = true;
        _public |= kind == TxKind.Claim;
        Story.Add($"{_now - Bench.Start}: {kind} of {leg}'s leg offered");
    }

    private enum TxKind
    {
        Fund,
        Claim,
        Refund,
    }

    private sealed class Tx(TxKind kind, TxId id)
    {
        public TxKind Kind { get; } = kind;

        public TxId Id { get; } = id;

        public int? Block { get; set; }

        public bool InMempool { get; set; }

        public bool DoubleSpent { get; set; }

        public bool IsThere => Block is not null || InMempool;
    }

    private sealed class Chain
    {
        private const int PatienceBlocks = 40;

        private readonly Random _random;
        private readonly List<long> _times = [];
        private readonly bool _dear;

        public Chain(ChainPace pace, Random random, long now)
        {
            (Pace, _random) = (pace, random);
            for (var i = 30; i > 0; i--)
            {
                _times.Add(now - i * pace.SpacingSeconds);
            }

            NextBlock = now + Gap();
            _dear = random.Next(4) == 0;
        }

        public ChainPace Pace { get; }

        public List<Tx> Txs { get; } = [];

        public long NextBlock { get; private set; }

        public TipView Tip
        {
            get
            {
                var last = _times.TakeLast(11).Order().ToList();
                return new TipView(_times.Count - 1, last[last.Count / 2]);
            }
        }

        public void Mine(long now, long locktime)
        {
            var median = Tip.MedianTimePast;
            _times.Add(now);
            var height = _times.Count - 1;
            foreach (var fund in Txs.Where(tx => tx is { Kind: TxKind.Fund, InMempool: true }))
            {
                // Where fees are high a lock waits for many blocks.
                if (_dear && _random.Next(PatienceBlocks) > 0)
                {
                    continue;
                }

                (fund.Block, fund.InMempool) = (height, false);
            }

            var spends = Txs.Where(tx => tx.Kind != TxKind.Fund && tx.InMempool
                && (tx.Kind == TxKind.Claim || median > locktime)).ToList();
            if (spends.Count > 0 && Txs.Exists(tx => tx is { Kind: TxKind.Fund, Block: not null }))
            {
                // Of two that compete, a miner may take either.
                var taken = spends[_random.Next(spends.Count)];
                taken.Block = height;
                foreach (var spend in Txs.Where(tx => tx.Kind != TxKind.Fund))
                {
                    spend.InMempool = false;
                }
            }

            NextBlock = now + Gap();
        }

        public void Reorganise(int depth, long now, long locktime, bool drop)
        {
            _times.RemoveRange(_times.Count - depth, depth);
            foreach (var tx in Txs.Where(tx => tx.Block >= _times.Count))
            {
                (tx.Block, tx.InMempool) = (null, true);
                if (drop && tx.Kind == TxKind.Fund)
                {
                    Vanish(tx);
                    break;
                }
            }

            for (var i = 0; i <= depth; i++)
            {
                if (_random.Next(2) == 0 || i == depth)
                {
                    Mine(now, locktime);
                }
                else
                {
                    _times.Add(now);
                }
            }
        }

        public void Vanish(Tx fund)
        {
            (fund.InMempool, fund.DoubleSpent, fund.Block) = (false, true, null);
            foreach (var spend in Txs.Where(tx => tx.Kind != TxKind.Fund))
            {
                (spend.InMempool, spend.Block) = (false, null);
            }
        }

        private int Gap() => _random.Next(1, LongestGapInSpacings * Pace.SpacingSeconds);
    }
}
