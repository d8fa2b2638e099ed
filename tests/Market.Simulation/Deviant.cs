using System.Collections.Immutable;

namespace Market.Simulation;

/// <summary>
/// A party that keeps to no rule: of what it owes it does some, some late, some never; it knows all that is on the chains and all
/// that the other ever gave to anybody, and has friends among the miners.
/// </summary>
internal sealed partial class Deviant
{
    private const int SignatureLength = 71;
    private readonly World _world;
    private readonly SimRandom _random;
    private readonly SimWallet[] _wallets;
    private readonly SwapPlan _plan;
    private readonly List<Transaction> _locks = [];
    private readonly List<SimTransaction>[] _favoured = [[], []];

    private long _lockAt;
    private long _takeAt;
    private long _backAt;
    private int _lockDepth;
    private bool _wrongAmount;
    private bool _twice;
    private bool _untold;
    private bool _byFriends;
    private bool _bids;
    private bool _takesLast;
    private bool _decoyPays;
    private long _decoyAt = long.MaxValue;
    private long _decoyGoneAt = long.MaxValue;
    private long _elsewhereAt = long.MaxValue;
    private Transaction? _decoy;

    public Deviant(World world, Role role, SimWallet[] wallets)
    {
        (_world, _random, Role, _wallets, _plan) = (world, world.Scenario.Random, role, wallets, world.Scenario.Plan);
        Draw();
    }

    /// <summary>What it is.</summary>
    public Role Role { get; }

    private Role Other => Role.Other();

    private Swap Swap => _world.Swap;

    private SimChain OwnChain => _world.Chain(Swap.ChainOf(Role));

    private SimChain OtherChain => _world.Chain(Swap.ChainOf(Other));

    /// <summary>What its friends are to take into their next block of a chain.</summary>
    public List<SimTransaction> Favoured(SwapChain chain) => _favoured[(int)chain];

    /// <summary>Looks, and does what it has in mind.</summary>
    public void Turn()
    {
        _favoured[0].Clear();
        _favoured[1].Clear();
        if (_world.IsCalm)
        {
            // Even it does not leave its money lying: else the other's record of the swap would wait for ever.
            _backAt = 0;
            TakeBack();
            return;
        }

        Lock();
        Cheat();
        Take();
        TakeBack();
        TakeLateLocks();
    }

    private void Draw()
    {
        var (now, random, scenario) = (_world.Now, _random, _world.Scenario);
        var end = now + _plan.LongSpan;
        _lockAt = random.Below(12) switch
        {
            0 => long.MaxValue,
            1 or 2 => random.Between(now, now + _plan.ShortSpan),
            _ => now,
        };
        _lockDepth = (int)random.Below(_plan.InitiatorConfirmations + 1);
        if (Role == Role.Participant && !random.OneIn(4))
        {
            _lockDepth = _plan.InitiatorConfirmations;
        }

        _takeAt = random.Below(6) switch
        {
            0 => long.MaxValue,
            1 => random.Between(now, end),
            2 => random.Between(now + _plan.ShortSpan - _plan.RevealMargin, now + _plan.ShortSpan),
            3 => end,
            _ => now,
        };
        _backAt = random.OneIn(4) ? long.MaxValue : now;
        _wrongAmount = random.OneIn(24);
        _twice = random.OneIn(12);
        _untold = scenario.Theme == Theme.Restore ? random.OneIn(2) : random.OneIn(24);
        _byFriends = scenario.Friends > 0 && random.OneIn(2);
        _bids = random.OneIn(2);
        if (scenario.Theme == Theme.Decoy || random.OneIn(8))
        {
            _decoyAt = random.Between(now, now + _plan.ShortSpan);
            _decoyPays = random.OneIn(2);
            _decoyGoneAt = random.OneIn(2) ? long.MaxValue : random.Between(_decoyAt, end);
        }

        if (random.OneIn(6))
        {
            _elsewhereAt = random.Between(now, end);
        }

        switch (scenario.Theme)
        {
            case Theme.LateLock or Theme.Decoy:
                (_lockAt, _wrongAmount, _backAt, _elsewhereAt) = (now, false, now, long.MaxValue);
                _takeAt = random.OneIn(2) ? long.MaxValue : end;
                break;
            case Theme.Expiry:
                // Never there, or there with its claim once the shares may be gone.
                (_lockAt, _wrongAmount, _elsewhereAt) = (random.OneIn(3) ? long.MaxValue : now, false, long.MaxValue);
                _takeAt = random.OneIn(2) ? random.Between(now + _plan.ShortSpan / 2, now + _plan.ShortSpan) : end;
                break;
            case Theme.DearReveal or Theme.LostReveal or Theme.RefundRace:
                (_lockAt, _wrongAmount, _backAt, _takeAt, _bids, _elsewhereAt) = (now, false, now, now, true, long.MaxValue);
                (_lockDepth, _takesLast) = (_plan.InitiatorConfirmations, random.OneIn(2));
                break;
            case Theme.FrozenChain or Theme.ChainDown or Theme.Restore or Theme.LostLock:
                (_lockAt, _wrongAmount, _backAt, _elsewhereAt) = (now, false, now, long.MaxValue);
                break;
            default:
                break;
        }
    }

    private void Lock()
    {
        if (_world.Now < _lockAt)
        {
            return;
        }

        if (_locks.Count == 0)
        {
            var depth = Role == Role.Initiator ? 0 : _lockDepth;
            if (Role == Role.Participant && _world.DepthOf(Role.Initiator) < depth)
            {
                return;
            }

            var amount = Swap.AmountOf(Role).Sats - (_wrongAmount ? 1 : 0);
            _world.CountIf(_wrongAmount, Event.WrongAmount);
            _world.CountIf(_untold && Role == Role.Initiator, Event.Untold);
            MakeLock(amount, OwnChain.BlockFloor * 2);
            if (_twice)
            {
                _world.Counts.Add(Event.LockedTwice);
                MakeLock(amount, OwnChain.BlockFloor * 2);
            }
        }

        foreach (var made in _locks)
        {
            Push(OwnChain, made, _byFriends);
        }
    }

    private void MakeLock(long amount, long rate)
    {
        var terms = Swap.Terms!;
        ImmutableArray<TxOut> outputs = [terms.ContractOf(Role).FundingOutput(new Amount(amount))];
        if (Swap.ChainOf(Role) == SwapChain.Share)
        {
            outputs = outputs.Add(PayoutAnnotation.For(0, SimKeys.Home(Role)));
            if (!_untold)
            {
                outputs = outputs.Add(SwapAnnotation.Build(0, terms, Swap.ParticipantAmount));
            }
        }

        var made = _wallets[(int)Swap.ChainOf(Role)].Pay(
            outputs, new FeeRate(rate), long.MaxValue, coin => _locks.Exists(known => known.Inputs[0].PreviousOutput == coin));
        if (made is not null)
        {
            _locks.Add(made.Transaction);
            _world.CountIf(OwnChain.RootOf(made.Spends[0].OutPoint) < Scenario.LeastRoot, Event.OlderSeries);
            _world.Tell(Role, "locks", made.Transaction);
        }
    }

    // Payments to the other's script that are taken for its lock, and the own lock's coins spent elsewhere.
    private void Cheat()
    {
        if (_world.IsCalm)
        {
            return;
        }

        if (_world.Now >= _decoyAt)
        {
            _decoyAt = long.MaxValue;
            var rate = new FeeRate(_decoyPays ? OtherChain.BlockFloor * 2 : OtherChain.PoolFloor + 500);
            var made = _wallets[(int)Swap.ChainOf(Other)].Pay(
                [Swap.Terms!.ContractOf(Other).FundingOutput(Swap.AmountOf(Other))], rate, long.MaxValue, _ => false);
            _decoy = made?.Transaction;
            if (_decoy is not null)
            {
                OtherChain.Offer(_decoy);
                _world.Counts.Add(Event.Decoy);
                _world.Tell(Role, "pays the other's contract itself", _decoy);
            }
        }

        if (_decoy is not null && _world.Now >= _decoyGoneAt)
        {
            var coin = _decoy.Inputs[0].PreviousOutput;
            var held = OtherChain.OutputOf(coin)!.Value;
            var fee = Math.Min(held.Value.Sats / 2, OtherChain.PoolFloor * 2 + 20_000);
            if (_wallets[(int)Swap.ChainOf(Other)].Sweep(coin, held, fee) is { } back)
            {
                OtherChain.Offer(back);
                _world.Tell(Role, "takes that payment away", back);
            }

            _decoy = null;
        }

        if (_world.Now >= _elsewhereAt && _locks.Count > 0)
        {
            var coin = _locks[0].Inputs[0].PreviousOutput;
            var held = OwnChain.OutputOf(coin)!.Value;
            if (_wallets[(int)Swap.ChainOf(Role)].Sweep(coin, held, held.Value.Sats / 4) is { } back)
            {
                _world.Counts.Add(Event.DoubleSpend);
                Push(OwnChain, back, true);
                _world.Tell(Role, "spends its lock's coin elsewhere", back);
            }

            _elsewhereAt = _random.OneIn(2) ? long.MaxValue : _elsewhereAt;
        }
    }

    private void Push(SimChain chain, Transaction transaction, bool toFriends)
    {
        if (chain.Know(transaction) is not { Height: 0 } known)
        {
            return;
        }

        if (toFriends && _world.Scenario.Friends > 0)
        {
            _favoured[(int)chain.Kind].Add(known);
            return;
        }

        if (!known.Waits)
        {
            chain.Offer(transaction);
        }
    }
}
