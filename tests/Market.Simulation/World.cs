using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Sharechain;
using Market.Swaps;

namespace Market.Simulation;

/// <summary>What may happen in a run, besides blocks.</summary>
internal sealed record Schedule(int Seed)
{
    /// <summary>Chance that a party's process dies, at every place where it could.</summary>
    public double Crashes { get; init; }

    /// <summary>Chance that a broadcast is lost.</summary>
    public double Losses { get; init; }

    /// <summary>Chance a second that a chain reorganises, as deep as the plan expects at most.</summary>
    public double Reorganisations { get; init; }

    /// <summary>Chance that a miner leaves a transaction out, and that fees rise for a while.</summary>
    public double Crowding { get; init; }

    /// <summary>The role that deviates; null for none.</summary>
    public Role? Deviant { get; init; }

    /// <summary>The market states other terms than the parties' keys give.</summary>
    public bool DishonestMarket { get; init; }

    /// <summary>A party is away once for as long as the plan allows.</summary>
    public bool Absences { get; init; }

    /// <summary>For how long.</summary>
    public int AbsenceSeconds { get; init; } = SwapRules.Devnet.OfflineSeconds;

    /// <summary>The leg on the mainchain is the initiator's.</summary>
    public bool CoinFirst { get; init; }
}

/// <summary>Two chains, two parties and a market under one seeded schedule: the same seed gives the same run.</summary>
internal sealed class World
{
    private const long Start = 1_800_000_000;
    private const int Calming = 150;
    private static readonly Amount Stake = new(2_000_000);
    private static readonly IScriptRules Scripts = new InterpreterRules(cache: new SignatureCache(new byte[32]));

    private readonly Schedule _schedule;
    private readonly Random _random;
    private readonly SimChain _share;
    private readonly SimChain _coin;
    private readonly SimParty[] _parties;
    private readonly Dictionary<SimChain, long> _nextBlock = [];
    private readonly Dictionary<SimChain, long> _reorganisedAt = [];
    private readonly Dictionary<SimChain, long> _crowdedUntil = [];
    private readonly long _end;

    public World(Schedule schedule)
    {
        _schedule = schedule;
        _random = new Random(schedule.Seed);
        ImmutableArray<TxOut> allocation =
        [
            .. new[] { Role.Initiator, Role.Participant }.SelectMany(role =>
                Enumerable.Repeat(new TxOut(new Amount(10 * Stake.Sats), SimParty.HomeOf(role)), 4)),
        ];
        Now = Start;
        _share = new SimChain(
            SwapChain.Share, SharechainProfiles.P2ShareDevnet.Rules(Scripts), 2, Start, allocation);
        _coin = new SimChain(SwapChain.Coin, LedgerRules.Bitcoin(Scripts), 10, Start, allocation);
        var first = schedule.CoinFirst ? SwapChain.Coin : SwapChain.Share;
        var plan = SwapPlan.Of(SwapRules.Devnet, default, first);
        var swap = Swap.Open("sim", Stake, new Amount(3 * Stake.Sats / 2), Start, plan) with { InitiatorChain = first };
        _end = Start + plan.LongSpan + 2 * plan.ShortSpan;
        _parties = [Make(Role.Initiator, swap, plan), Make(Role.Participant, swap, plan)];
        foreach (var chain in new[] { _share, _coin })
        {
            _nextBlock[chain] = Now + Interval(chain);
            _reorganisedAt[chain] = Now;
        }
    }

    public long Now { get; private set; }

    /// <summary>Past every locktime faults stop, so that what is owed can be seen to be done.</summary>
    public bool IsCalm => Now > _end - Calming;

    public SimParty Initiator => _parties[0];

    public SimParty Participant => _parties[1];

    public int Reorganisations { get; private set; }

    public SimChain Chain(SwapChain kind) => kind == SwapChain.Share ? _share : _coin;

    public SwapTips Tips(int skew) => new(_share.Tip, _coin.Tip, Now + skew);

    public bool LosesMessage(Random random) => !IsCalm && random.NextDouble() < _schedule.Losses;

    /// <summary>Runs to the end and checks that nobody who kept to the rules lost anything.</summary>
    public void Run()
    {
        Introduce();
        while (Now < _end)
        {
            Now++;
            foreach (var chain in new[] { _share, _coin })
            {
                Advance(chain);
            }

            foreach (var party in _parties)
            {
                if (_random.Next(3) == 0)
                {
                    party.Turn();
                }
            }
        }

        Check();
    }

    /// <summary>What a chain shows of a leg, as events that bring a swap's record in line with it.</summary>
    public List<SwapEvent> Events(Swap swap, Role leg)
    {
        var htlc = swap.Terms!.HtlcOf(leg);
        var found = Chain(swap.ChainOf(leg)).Transactions.ToList();
        var payments = new Dictionary<OutPoint, (Amount Amount, int? Height)>();
        foreach (var (transaction, height) in found)
        {
            for (var i = 0; i < transaction.Outputs.Length; i++)
            {
                if (transaction.Outputs[i].ScriptPubKey == htlc.ScriptPubKey)
                {
                    payments[new OutPoint(transaction.Id, (uint)i)] = (transaction.Outputs[i].Value, height);
                }
            }
        }

        var spends = new Dictionary<OutPoint, SwapEvent>();
        foreach (var (transaction, height) in found)
        {
            foreach (var input in transaction.Inputs.Where(input => payments.ContainsKey(input.PreviousOutput)))
            {
                Assert.True(htlc.TryReadSpend(input, out var kind, out var preimage));
                spends.TryAdd(input.PreviousOutput, kind == SpendKind.Claim
                    ? new SwapEvent.ClaimSeen(leg, input.PreviousOutput, transaction.Id, preimage!, height)
                    : new SwapEvent.RefundSeen(leg, input.PreviousOutput, transaction.Id, height));
            }
        }

        return Difference(swap, leg, payments, spends);
    }

    private static List<SwapEvent> Difference(
        Swap swap,
        Role leg,
        Dictionary<OutPoint, (Amount Amount, int? Height)> payments,
        Dictionary<OutPoint, SwapEvent> spends)
    {
        var known = swap.PaymentsOf(leg);
        List<SwapEvent> events =
        [
            .. known.Where(one => one.Spend is not null && !spends.ContainsKey(one.OutPoint))
                .Select(one => new SwapEvent.SpendGone(leg, one.OutPoint, one.Spend!.TxId)),
            .. known.Where(one => !one.Missing && !payments.ContainsKey(one.OutPoint))
                .Select(one => new SwapEvent.FundingGone(leg, one.OutPoint)),
        ];
        foreach (var (outPoint, (amount, height)) in payments)
        {
            var before = known.FirstOrDefault(one => one.OutPoint == outPoint);
            if (before is null || before.Missing || before.Height != height)
            {
                events.Add(new SwapEvent.FundingSeen(leg, outPoint, amount, height));
            }
        }

        foreach (var (outPoint, seen) in spends)
        {
            var (id, height) = seen is SwapEvent.ClaimSeen claim
                ? (claim.TxId, claim.Height)
                : (((SwapEvent.RefundSeen)seen).TxId, ((SwapEvent.RefundSeen)seen).Height);
            var before = known.FirstOrDefault(one => one.OutPoint == outPoint)?.Spend;
            if (before is null || before.TxId != id || before.Height != height)
            {
                events.Add(seen);
            }
        }

        return events;
    }

    private SimParty Make(Role role, Swap swap, SwapPlan plan)
    {
        var random = new Random(_schedule.Seed * 31 + (int)role + 1);
        if (_schedule.Deviant == role)
        {
            return new SimDeviant(this, role, swap, random, Start + plan.LongSpan + 60);
        }

        var party = new SimParty(this, role, swap, random, _schedule.Crashes) { Skew = random.Next(-2, 3) };

        // The plan lets a participant be away while its claim is due; who reveals stays until its claim is in a block.
        AbsentFrom[role] = _schedule.Absences && role == Role.Participant
            ? Start + random.NextInt64(plan.LongSpan)
            : long.MaxValue;
        return party;
    }

    private Dictionary<Role, long> AbsentFrom { get; } = [];

    private void Introduce()
    {
        var plan = Initiator.Swap.Plan;
        var shortly = Locktime.At(Now + plan.ShortSpan);
        var later = Locktime.At(Now + plan.LongSpan);
        var terms = new AgreedTerms(Initiator.Keys.Hash!.Value, Initiator.Keys, Participant.Keys, shortly, later);
        foreach (var party in _parties)
        {
            party.Receive(_schedule.DishonestMarket ? Falsify(terms, party.Role) : terms);
        }
    }

    /// <summary>Terms that are off in one place: keys of the market's own, a hash of its own, or other times.</summary>
    private AgreedTerms Falsify(AgreedTerms terms, Role to)
    {
        var own = SimParty.Key(to.Other(), 9).PublicKey;
        var other = to == Role.Initiator ? terms.Participant : terms.Initiator;
        var delta = _random.Next(-300, 300);
        return _random.Next(6) switch
        {
            0 => terms with { Short = Locktime.At(terms.Short.UnixSeconds + delta) },
            1 => terms with { Long = Locktime.At(terms.Long.UnixSeconds + delta) },
            2 => terms with { Hash = PaymentHash.Of(new byte[32]) },
            3 when to == Role.Initiator => terms with { Participant = other with { ClaimKey = own } },
            3 => terms with { Initiator = other with { ClaimKey = own } },
            4 when to == Role.Initiator => terms with { Initiator = terms.Initiator with { RefundKey = own } },
            4 => terms with { Participant = terms.Participant with { RefundKey = own } },
            _ => terms,
        };
    }

    private long Interval(SimChain chain)
    {
        // Exponential, cut off where the plan's thousandth begins to matter.
        var drawn = -Math.Log(1 - _random.NextDouble()) * chain.Spacing;
        return (long)Math.Clamp(Math.Round(drawn), 1, 2.5 * chain.Spacing);
    }

    private void Advance(SimChain chain)
    {
        if (_crowdedUntil.TryGetValue(chain, out var until) && (Now > until || IsCalm))
        {
            chain.LeastRate = FeeRate.MinimumRelay;
            _crowdedUntil.Remove(chain);
        }

        if (!IsCalm && _random.NextDouble() < _schedule.Crowding / 40 && !_crowdedUntil.ContainsKey(chain))
        {
            // Twice what is paid at first: one rise of the fee goes over it.
            chain.LeastRate = new FeeRate(2_900);
            _crowdedUntil[chain] = Now + chain.Spacing;
        }

        if (Now >= _nextBlock[chain])
        {
            chain.Mine(Now + _random.Next(-2, 3), transaction => Takes(chain, transaction));
            _nextBlock[chain] = Now + Interval(chain);
        }

        var confirmations = chain.Kind == SwapChain.Share
            ? SwapRules.Devnet.Share.Confirmations
            : SwapRules.Devnet.Coin.Confirmations;
        if (!IsCalm && _random.NextDouble() < _schedule.Reorganisations
            && Now - _reorganisedAt[chain] > 6 * chain.Spacing)
        {
            var favoured = _parties.OfType<SimDeviant>().SelectMany(party => party.Favoured).ToList();
            chain.Reorganise(
                _random.Next(1, confirmations), Now, _ => _random.Next(3) > 0, one => Takes(chain, one), favoured);
            _reorganisedAt[chain] = Now;
            Reorganisations++;
        }

        foreach (var party in _parties.Where(party => Now == AbsentFrom.GetValueOrDefault(party.Role, long.MaxValue)))
        {
            party.DownUntil = Now + _schedule.AbsenceSeconds;
        }
    }

    private bool Takes(SimChain chain, Transaction transaction) =>
        _random.NextDouble() >= _schedule.Crowding || !chain.LeavesOut(transaction, 1);

    private void Check()
    {
        Assert.True(_share.IsConserved, "Shares were made or lost.");
        Assert.True(_coin.IsConserved, "Coins were made or lost.");
        foreach (var party in _parties.Where(party => party.IsHonest && party.Swap.Terms is not null))
        {
            var swap = party.Swap;
            var own = Fates(swap, party.Role);
            var other = Fates(swap, party.Role.Other());
            var paid = other.Contains(SpendKind.Claim);
            Assert.True(
                own.All(fate => fate == SpendKind.Refund) || paid,
                $"The {party.Role} lost its leg: own {Show(own)}, other {Show(other)}, phase {swap.Phase}.");
        }

        if (_schedule is { Deviant: null, DishonestMarket: false })
        {
            var (first, second) = (Fates(Initiator.Swap, Role.Initiator), Fates(Initiator.Swap, Role.Participant));
            Assert.Equal(first.Contains(SpendKind.Claim), second.Contains(SpendKind.Claim));
            Assert.DoesNotContain(null, first.Concat(second));
            Assert.All(_parties, party => Assert.True(party.Swap.Closed, $"{party.Role}: {party.Swap.Phase}"));
        }
    }

    private static string Show(List<SpendKind?> fates) =>
        fates.Count == 0 ? "never locked" : string.Join(", ", fates.Select(fate => fate?.ToString() ?? "still locked"));

    // What became of every payment of the agreed amount to a leg's script, in blocks alone.
    private List<SpendKind?> Fates(Swap swap, Role leg)
    {
        var htlc = swap.Terms!.HtlcOf(leg);
        var inBlocks = Chain(swap.ChainOf(leg)).Transactions.Where(one => one.Height is not null).ToList();
        var fates = new List<SpendKind?>();
        foreach (var (transaction, _) in inBlocks)
        {
            for (var i = 0; i < transaction.Outputs.Length; i++)
            {
                if (transaction.Outputs[i] != htlc.FundingOutput(swap.AmountOf(leg)))
                {
                    continue;
                }

                var outPoint = new OutPoint(transaction.Id, (uint)i);
                var spend = inBlocks.SelectMany(one => one.Transaction.Inputs)
                    .Where(input => input.PreviousOutput == outPoint)
                    .Select(input => htlc.TryReadSpend(input, out var kind, out _) ? (SpendKind?)kind : null)
                    .FirstOrDefault();
                fates.Add(spend);
            }
        }

        return fates;
    }
}
