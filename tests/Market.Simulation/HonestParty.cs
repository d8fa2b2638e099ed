using System.Text.Json;
using Market.Sharechain;
using Market.Swaps.Agent;

namespace Market.Simulation;

/// <summary>
/// A party that keeps to the rules: the shipping core, driven as the agent's program drives it. It may die between any two effects,
/// and goes on from what it had written down and what the chains show.
/// </summary>
internal sealed partial class HonestParty : ISwapKeys
{
    private const int MostActs = 64;
    private readonly Dictionary<OutPoint, long> _lives = [];
    private readonly Dictionary<OutPoint, int> _roots = [];
    private readonly World _world;
    private readonly Scenario _scenario;
    private readonly SimNode[] _nodes;
    private readonly SimWallet[] _wallets;
    private readonly Queue<AgentAct> _acts = new();
    private AgentSwap? _own;
    private AgentSwap? _journal;
    private AgentSwap? _watched;
    private string? _text;
    private int _crashesLeft = 4;

    public HonestParty(World world, Role role, SimWallet[] wallets)
    {
        (_world, _scenario, Role, _wallets) = (world, world.Scenario, role, wallets);
        _nodes = [new SimNode(world.Chain(SwapChain.Share)), new SimNode(world.Chain(SwapChain.Coin))];
    }

    /// <summary>What it is.</summary>
    public Role Role { get; }

    /// <summary>The number of its keys.</summary>
    public uint KeyIndex { get; private set; }

    /// <summary>The journal as it is on disk; null before there is one.</summary>
    public AgentSwap? Journal => _journal;

    /// <summary>What is wrong with it, and when.</summary>
    public List<Trouble> Troubles { get; } = [];

    /// <summary>Every transaction that it ever gave to anybody.</summary>
    public List<(SwapChain Chain, Transaction Transaction, OwnTransactionKind Kind)> HandedOut { get; } = [];

    /// <summary>Seconds by which its clock is off.</summary>
    public int Skew { get; init; }

    /// <summary>It showed the secret for the first time when its own chain showed that its shares are gone: so it takes BTC for
    /// nothing.</summary>
    public bool RevealedGone { get; private set; }

    /// <summary>It will do no more.</summary>
    public bool IsOver => _journal is null or { IsOver: true };

    /// <summary>Something was not taken, or died: it looks again before long.</summary>
    public bool IsRestless { get; private set; }

    public PrivateKey ClaimKey(uint index) => SimKeys.ClaimKey(Role, index);

    public PrivateKey RefundKey(uint index) => SimKeys.RefundKey(Role, index);

    public Preimage PreimageOf(uint index) => SimKeys.PreimageOf(Role, index);

    /// <summary>The market states terms; what does not hold is refused, and nothing is ever locked.</summary>
    public void Receive(Swap swap, AgreedTerms terms)
    {
        var known = Role == Role.Initiator
            ? swap with { InitiatorKeys = SimKeys.Give(Role, KeyIndex) }
            : swap with { ParticipantKeys = SimKeys.Give(Role, KeyIndex) };
        var tips = Tips();
        var refusal = TermsCheck.Check(known, Role, terms, tips);
        var decision = SwapMachine.Decide(known, new SwapEvent.TermsFixed(terms), tips);
        Save(new AgentSwap
        {
            Swap = refusal is null ? decision.Swap : known,
            Role = Role,
            KeyIndex = KeyIndex,
            Instrument = "SIM",
            LeastRoot = _scenario.Roots is null ? null : Scenario.LeastRoot,
            Price = 1,
            ShareHeight = tips.Share.Height,
            CoinHeight = tips.Coin.Height,
            Refused = refusal?.ToString(),
        });
        _own = _journal;
        if (_world.IsTold)
        {
            _world.Tell(
                Role, refusal is null ? $"takes the terms: T_short {terms.Short}, T_long {terms.Long}" : $"refuses: {refusal}");
        }
    }

    /// <summary>All files but the seed are lost.</summary>
    public void LoseFiles(AgentSwap? found)
    {
        (_own, _journal, _text) = (null, null, null);
        Restart();
        if (found is not null)
        {
            Save(found);
            _own = _journal;
        }
    }

    /// <summary>True where this is wrong now.</summary>
    public bool Has(TroubleKind kind, SwapChain? chain = null)
    {
        foreach (var trouble in Troubles)
        {
            if (trouble.Holds(kind, chain, _world.Now))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>One round of the driver: look, decide, write down, act.</summary>
    public void Turn()
    {
        IsRestless = false;
        if (_journal is null || Has(TroubleKind.Off))
        {
            return;
        }

        if (_own is null)
        {
            _own = _text is null ? _journal with { Memory = AgentMemory.Empty } : Read(_text);
            Restart();
        }

        var sight = Look();
        _world.Counts.Add(Event.Step);
        if (!Take(AgentCore.Step(_own, sight, _world.Policy)))
        {
            return;
        }

        for (var done = 0; _acts.Count > 0 && done < MostActs; done++)
        {
            if (!Do(_acts.Dequeue(), sight))
            {
                return;
            }
        }

        _acts.Clear();
    }

    private bool Do(AgentAct act, AgentSight sight)
    {
        switch (act)
        {
            case AgentAct.Make make:
                RevealedGone |= IsRevealOfGone(make);
                var made = Build(make);
                if (_world.IsTold)
                {
                    _world.Tell(Role, made is null
                        ? $"cannot make a {make.Kind} at {make.Rate}"
                        : $"writes down a {make.Kind} {Names.Of(made.Transaction.Id)} at {make.Rate}");
                }

                return Take(AgentCore.Made(
                    _own!, make, made, made is null ? "Not to be had." : null, sight, _world.Policy));
            case AgentAct.Send send:
                var outcome = Transmit(send.Transaction);
                if (MayCrash())
                {
                    return false;
                }

                IsRestless |= outcome == SendOutcome.Unanswered;
                return Take(AgentCore.Sent(_own!, send.Transaction.TxId, outcome, "", sight, _world.Policy));
            default:
                throw new InvalidOperationException($"No such act: {act}.");
        }
    }

    // Writes the journal where it changed, before anything that it names is done.
    private bool Take(AgentTurn turn)
    {
        if (_world.IsTold)
        {
            foreach (var saying in turn.Sayings)
            {
                _world.Tell(Role, $"says: {saying.Text}");
            }
        }

        foreach (var saying in turn.Sayings)
        {
            _world.CountIf(saying.Text is AgentWords.OwnWouldExpire or AgentWords.OthersWouldExpire, Event.WouldExpire);
        }

        if (!turn.Swap.IsSameJournal(_journal!))
        {
            if (MayCrash())
            {
                return false;
            }

            Save(turn.Swap);
            if (MayCrash())
            {
                return false;
            }
        }

        _own = turn.Swap;
        foreach (var act in turn.Acts)
        {
            _acts.Enqueue(act);
        }

        return true;
    }

    private bool IsRevealOfGone(AgentAct.Make make) => make.Kind == OwnTransactionKind.Claim && Role == Role.Initiator
        && _own!.Newest(OwnTransactionKind.Claim, make.Leg) is null
        && _own.Swap.FundingOf(Role) is { } locked && _lives.GetValueOrDefault(locked.OutPoint) == ChainSight.Gone
        && _world.Chain(SwapChain.Share).LeftOf(locked.OutPoint) == 0;

    private MadeTransaction? Build(AgentAct.Make make)
    {
        var own = _own!;
        var chain = own.Swap.ChainOf(make.Leg);
        var wallet = _wallets[(int)chain];
        var (least, most) = (make.LeastFee.Sats, make.MostFee.Sats == 0 ? long.MaxValue : make.MostFee.Sats);
        switch (make.Kind)
        {
            case OwnTransactionKind.Claim or OwnTransactionKind.Refund:
                return SwapSpends.Make(own, make, this, wallet.Home);
            case OwnTransactionKind.Child:
                return wallet.PayFor(make.Replaces!, make.Rate, least, most);
            case OwnTransactionKind.Funding when make.Replaces is null:
                return WithLife(wallet.Pay(make.Outputs, make.Rate, most, IsPromised));
            default:
                return WithLife(wallet.Respend(make.Replaces!.Spends, make.Outputs, make.Rate, least, most));
        }
    }

    private MadeTransaction? WithLife(MadeTransaction? made) =>
        made is null ? null : made with
        {
            Lasts = made.Spends.Min(coin => LastsOf(coin.OutPoint)),
            Root = made.Spends.Min(coin => _world.Chain(SwapChain.Share).RootOf(coin.OutPoint)),
        };

    private bool IsPromised(OutPoint coin)
    {
        foreach (var known in _own!.Transactions)
        {
            foreach (var spent in known.Spends)
            {
                if (spent.OutPoint == coin)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private AgentSight Look()
    {
        if (!ReferenceEquals(_watched, _own))
        {
            _watched = _own;
            foreach (var watched in AgentCore.Watches(_own!))
            {
                _nodes[(int)watched.Chain].Watch(watched);
            }
        }

        return new AgentSight(
            See(SwapChain.Share), See(SwapChain.Coin), _world.Now + Skew, script => script == SimKeys.Home(Role));
    }

    private ChainSight See(SwapChain chain)
    {
        var node = _nodes[(int)chain];
        var current = !Has(TroubleKind.Down, chain);
        node.ShowsMempool = !Has(TroubleKind.Blind, chain);
        if (current && !Has(TroubleKind.Frozen, chain))
        {
            node.Look();
            LookAtLives(chain);
        }

        return new ChainSight(node.Tip, current, WhyStale(chain), _world.EstimateOf(chain), node.View)
        {
            Lives = chain == SwapChain.Share ? _lives : [],
            Roots = chain == SwapChain.Share ? _roots : [],
        };
    }

    // As the runtime does: of the locks of shares, and of what own locks of shares spend.
    private void LookAtLives(SwapChain chain)
    {
        if (chain != SwapChain.Share || _scenario.SharesLast is null || _own?.Swap.Terms is null)
        {
            return;
        }

        _lives.Clear();
        _roots.Clear();
        foreach (var outPoint in AgentCore.Expiring(_own, _nodes[(int)chain].View))
        {
            if (_world.Chain(chain).HasCoin(outPoint) && LastsOf(outPoint) is { } lasts)
            {
                (_lives[outPoint], _roots[outPoint]) = (lasts, _world.Chain(chain).RootOf(outPoint)!.Value);
            }
        }
    }

    private long? LastsOf(OutPoint outPoint)
    {
        var chain = _world.Chain(SwapChain.Share);
        return chain.LeftOf(outPoint) is { } left
            ? left == 0 ? ChainSight.Gone : (left - 1) / ShareLife.Surge * (long)chain.Pace.SpacingSeconds
            : null;
    }

    /// <summary>True where the party is told that a chain stands still.</summary>
    public bool IsStale(SwapChain chain) => WhyStale(chain) is not null;

    // What several sources, or a tip's age, tell of a chain that stands still.
    private string? WhyStale(SwapChain chain)
    {
        foreach (var trouble in Troubles)
        {
            if (trouble.Holds(TroubleKind.Frozen, chain, _world.Now)
                && _world.Now - trouble.From > _world.Chain(chain).Pace.Within(1))
            {
                return "the chain stands still";
            }
        }

        return null;
    }

    private SwapTips Tips() => new(_nodes[0].Chain.Tip, _nodes[1].Chain.Tip, _world.Now + Skew);

    private void Restart()
    {
        _nodes[0].Restart();
        _nodes[1].Restart();
        _watched = null;
        _acts.Clear();
    }

    private void Save(AgentSwap next)
    {
        if (!_scenario.WritesJson)
        {
            _journal = next;
            return;
        }

        _world.Counts.Add(Event.JsonRoundTrip);
        _text = JsonSerializer.Serialize(next, SwapJson.Options);
        _journal = Read(_text);
        if (JsonSerializer.Serialize(_journal, SwapJson.Options) != _text)
        {
            throw new InvalidOperationException("A journal is not what was written.");
        }
    }

    private static AgentSwap Read(string text) =>
        JsonSerializer.Deserialize<AgentSwap>(text, SwapJson.Options) ?? throw new JsonException("Not a journal.");
}
