using Market.Swaps.Agent;

namespace Market.Simulation;

/// <summary>
/// Two chains, two parties and a market in one seeded run: the same seed gives the same run. Time goes from event to event: a
/// block, a reorganisation, a change of what blocks ask for, a party that looks.
/// </summary>
internal sealed partial class World
{
    private const long Start = 1_800_000_000;
    private const int Coins = 6;
    private const int MostEvents = 100_000;

    private readonly SimContracts _contracts = new();
    private readonly SimChain[] _chains;
    private readonly Weather[] _weather;
    private readonly HonestParty?[] _honest = new HonestParty?[2];
    private readonly SimWallet[][] _wallets = new SimWallet[2][];
    private readonly long[] _wake = [long.MaxValue, long.MaxValue];
    private readonly long _calmFrom;
    private readonly List<string>? _trace;

    public World(Scenario scenario, AgentPolicy policy, bool isTold = false)
    {
        (Scenario, Policy, _trace) = (scenario, policy, isTold ? [] : null);
        Now = Start;
        var random = scenario.Random;
        _chains =
        [
            new SimChain(SwapChain.Share, scenario.Rules.Share, Start, _contracts) { Replaces = scenario.Replaces },
            new SimChain(SwapChain.Coin, scenario.Rules.Coin, Start, _contracts) { Replaces = scenario.Replaces },
        ];
        _calmFrom = Start + scenario.Plan.LongSpan + scenario.Plan.ShortSpan;
        _weather = [new Weather(this, _chains[0]), new Weather(this, _chains[1])];
        for (var role = 0; role < 2; role++)
        {
            _wallets[role] = [new SimWallet(_chains[0], (Role)role), new SimWallet(_chains[1], (Role)role)];
            foreach (var wallet in _wallets[role])
            {
                wallet.Allocate(
                    (byte)role, Coins, 2 * Math.Max(scenario.InitiatorAmount.Sats, scenario.ParticipantAmount.Sats),
                    wallet == _wallets[role][0] ? scenario.SharesLast?[role] : null,
                    wallet == _wallets[role][0] ? scenario.Roots?[role] : null);
            }

            if (scenario.Deviant != (Role)role)
            {
                _honest[role] = new HonestParty(this, (Role)role, _wallets[role])
                {
                    Skew = scenario.Theme == Theme.Calm ? 0
                        : (int)random.Between(-scenario.Rules.AgentSkewSeconds / 2, scenario.Rules.AgentSkewSeconds / 2),
                };
            }
        }

        using (var preimage = SimKeys.PreimageOf(Role.Initiator, 0))
        {
            InitiatorsPreimage = preimage.Reveal();
        }

        Swap = Introduce();
        if (scenario.Deviant is { } deviating)
        {
            Deviant = new Deviant(this, deviating, _wallets[(int)deviating]);
        }

        PlanTroubles();
    }

    public Scenario Scenario { get; }

    public AgentPolicy Policy { get; }

    public Counts Counts { get; } = new();

    /// <summary>The time, Unix seconds.</summary>
    public long Now { get; private set; }

    /// <summary>Past everything that was planned faults stop, so that what is owed can be seen to be done.</summary>
    public bool IsCalm => Now >= _calmFrom;

    /// <summary>The swap as its terms really are.</summary>
    public Swap Swap { get; }

    public Deviant? Deviant { get; }

    public RevealedPreimage InitiatorsPreimage { get; }

    /// <summary>The claim and a refund compete by their fees alone, and the claim is left out until the refund may come.</summary>
    public bool IsFeeRace => Scenario.Theme == Theme.RefundRace;

    /// <summary>Past T_short.</summary>
    public bool IsPastShort => Now >= Swap.Deadlines!.Value.Short;

    /// <summary>What happened is told in words.</summary>
    public bool IsTold => _trace is not null;

    public IReadOnlyList<string> Trace => _trace ?? [];

    public SimChain Chain(SwapChain kind) => _chains[(int)kind];

    public HonestParty? Honest(Role role) => _honest[(int)role];

    public FeeRate EstimateOf(SwapChain chain) => new(_chains[(int)chain].BlockFloor / 8 * 9);

    /// <summary>How deep a leg's lock of at least the agreed amount is.</summary>
    public int DepthOf(Role leg)
    {
        var chain = Chain(Swap.ChainOf(leg));
        var deepest = 0;
        foreach (var paid in chain.PaymentsTo(Swap.Terms!.ContractOf(leg)))
        {
            if (chain.HasCoin(paid) && chain.OutputOf(paid)!.Value.Value == Swap.AmountOf(leg))
            {
                deepest = Math.Max(deepest, chain.Height - chain.HeightOf(paid.TxId) + 1);
            }
        }

        return deepest;
    }

    /// <summary>The preimage, once its maker gave it to anybody.</summary>
    public RevealedPreimage? SeenPreimage()
    {
        foreach (var (_, _, kind) in Honest(Role.Initiator)?.HandedOut ?? [])
        {
            if (kind == OwnTransactionKind.Claim)
            {
                return InitiatorsPreimage;
            }
        }

        return null;
    }

    public void CountIf(bool condition, Event what)
    {
        if (condition)
        {
            Counts.Add(what);
        }
    }

    /// <summary>Runs to the end.</summary>
    public Verdict Run()
    {
        for (var events = 0; events < MostEvents; events++)
        {
            var next = Math.Min(Math.Min(_wake[0], _wake[1]), Math.Min(NextOf(0), NextOf(1)));
            if (next > _calmFrom && Now <= _calmFrom)
            {
                Now = next;
                CalmDown();
            }

            Now = Math.Max(Now, next);
            if (Now > _calmFrom + CalmSpan || (events % 16 == 0 && IsAllDone()))
            {
                break;
            }

            Handle();
        }

        return Verdict.Of(this);
    }

    private long CalmSpan => Paces.Within(Scenario.Rules.Coin, 6) * 6L + Paces.Within(Scenario.Rules.Share, 6) * 6L;

    private long NextOf(int chain) => Math.Min(
        _weather[chain].NextBlock, Math.Min(_weather[chain].NextReorganisation, _weather[chain].NextChange));

    private void Handle()
    {
        // Who was woken at once has the last word before a block of the same second.
        for (var role = 0; role < 2; role++)
        {
            if (_wake[role] <= Now)
            {
                Wake((Role)role);
                return;
            }
        }

        for (var i = 0; i < 2; i++)
        {
            var revision = _chains[i].Revision;
            if (_weather[i].NextChange <= Now)
            {
                _weather[i].Change();
            }
            else if (_weather[i].NextReorganisation <= Now)
            {
                _weather[i].Reorganise();
            }
            else if (_weather[i].NextBlock <= Now)
            {
                _weather[i].Mine();
            }
            else
            {
                continue;
            }

            if (_chains[i].Revision != revision)
            {
                AfterChange(_chains[i].BlockAt(_chains[i].Height).Transactions.Count == 0);
            }

            return;
        }
    }

    // Parties that run look soon after a block, and at once where a mempool shows them something of theirs.
    private void AfterChange(bool isEmpty)
    {
        var before = _chains[0].Revision + _chains[1].Revision;
        Deviant?.Turn();

        var prompt = _chains[0].Revision + _chains[1].Revision != before;
        for (var role = 0; role < 2; role++)
        {
            if (_honest[role] is not null)
            {
                // Late, as a loaded machine is; but each within what the plan allows for.
                var most = Scenario.Rules.ReactionSeconds * 3 / 4;
                var delay = prompt ? 0 : Scenario.Random.Between(isEmpty ? most * 2 / 3 : 0, most);
                _wake[role] = Math.Min(_wake[role], Now + delay);
            }
        }
    }

    private void Wake(Role role)
    {
        var party = _honest[(int)role]!;
        _wake[(int)role] = long.MaxValue;
        if (!HasHeard(party))
        {
            return;
        }

        var before = _chains[0].Revision + _chains[1].Revision;
        party.Turn();
        AfterTurn(party);
        if (party.IsRestless)
        {
            _wake[(int)role] = Math.Min(_wake[(int)role], Now
                + Math.Max(Policy.RetrySeconds + 1, Scenario.Rules.ReactionSeconds / 4));
        }

        if (_chains[0].Revision + _chains[1].Revision == before)
        {
            return;
        }

        if (_honest[(int)role.Other()] is not null)
        {
            var other = (int)role.Other();
            _wake[other] = Math.Min(_wake[other], Now + 1);
        }
        else if (!IsCalm && !IsFeeRace && Scenario.Random.OneIn(2))
        {
            var seen = _chains[0].Revision + _chains[1].Revision;
            Deviant!.Turn();
            if (_chains[0].Revision + _chains[1].Revision != seen)
            {
                _wake[(int)role] = Math.Min(_wake[(int)role], Now + 1);
            }
        }
    }

    private void CalmDown()
    {
        _weather[0].Change();
        _weather[1].Change();
        foreach (var party in _honest)
        {
            party?.Troubles.Clear();
        }

        _trace?.Add($"{Clock} -- from here on nothing goes wrong any more --");
    }

    private bool IsAllDone()
    {
        foreach (var party in _honest)
        {
            if (party is not null && !(party.IsOver && Verdict.IsFinal(this, party)))
            {
                return false;
            }
        }

        return Now > Swap.Deadlines!.Value.Long || Verdict.HasEnded(this);
    }
}
