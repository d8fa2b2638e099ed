using Market.Swaps.Agent;

namespace Market.Simulation;

/// <content>What goes wrong, and how much of it the plan allows for.</content>
internal sealed partial class World
{
    private bool _isRevealDear;
    private bool _hasFallen;
    private long _restoreAt;

    /// <summary>Until when a party that died just now is away.</summary>
    public long DownUntilAfterCrash(HonestParty party)
    {
        var (random, rules) = (Scenario.Random, Scenario.Rules);
        if (party.Role == Role.Participant)
        {
            return Now + random.Between(1, Math.Max(1, rules.OfflineSeconds / 16));
        }

        // Who reveals is back before it is too late to have its claim confirmed.
        var revealBy = Swap.Deadlines!.Value.RevealBy;
        var last = Scenario.Theme == Theme.LostReveal ? revealBy : Math.Min(revealBy, Now + rules.OfflineSeconds / 4);
        return Now < revealBy - rules.ReactionSeconds
            ? random.Between(Now + 1, last)
            : Now + random.Between(1, Math.Max(1, rules.ReactionSeconds / 8));
    }

    /// <summary>The other side, and the weather, answer what an honest party gives away.</summary>
    public void OnHandedOut(HonestParty party, SwapChain chain, OwnTransaction sent)
    {
        var isFirst = party.HandedOut.FindAll(given => given.Kind == sent.Kind).Count == 1;
        switch (sent.Kind)
        {
            case OwnTransactionKind.Funding when sent.Leg == party.Role:
                ClampFreezes(party);
                if (isFirst && Scenario.Theme is Theme.LateLock or Theme.Decoy)
                {
                    HoldUp(party, chain, sent);
                }
                else if (isFirst && Scenario.Theme == Theme.LostLock)
                {
                    var length = Scenario.Random.Between(1, Scenario.Rules.OfflineSeconds / 4);
                    party.Troubles.Add(new Trouble(TroubleKind.Liar, chain, Now, Now + length));
                    Counts.Add(Event.TroubleLiar);
                }

                break;
            case OwnTransactionKind.Claim when isFirst && party.Role == Role.Initiator:
                ClampFreezes(party);
                if (Scenario.Theme == Theme.LostReveal && Now < Swap.Deadlines!.Value.RevealBy)
                {
                    var kind = Scenario.Random.OneIn(3) ? TroubleKind.Liar : TroubleKind.Mute;
                    party.Troubles.Add(new Trouble(kind, chain, Now, Swap.Deadlines.Value.RevealBy));
                    Counts.Add(Event.TroubleLiar);
                }

                break;
            case OwnTransactionKind.Claim when isFirst && Scenario.Theme == Theme.ChainDown:
                party.Troubles.Add(new Trouble(TroubleKind.Frozen, chain, Now, Now + Scenario.Rules.OfflineSeconds / 2));
                break;
            default:
                break;
        }
    }

    /// <summary>
    /// True where the plan allows for a reorganisation now: not where it takes out an honest reveal so late that the refund may
    /// follow before the claim can be in a block again.
    /// </summary>
    public bool MayReorganise(SimChain chain, int depth, int within)
    {
        if (chain.Kind != Swap.ChainOf(Role.Participant) || Honest(Role.Initiator) is null
            || Now + within < Swap.Deadlines!.Value.Short)
        {
            return true;
        }

        foreach (var paid in chain.PaymentsTo(Swap.Terms!.ContractOf(Role.Participant)))
        {
            if (chain.SpenderOf(paid) is { } spender && chain.Height - spender.Height < depth)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True where a miner's whim may leave something out: the plan counts on some rounds, but not for a reveal that is
    /// nearly late.</summary>
    public bool MayLeaveOut(SimChain chain, SimTransaction transaction, out bool always)
    {
        always = false;
        if (chain.Kind != Swap.ChainOf(Role.Participant) || Honest(Role.Initiator) is null)
        {
            return true;
        }

        var isClaim = transaction.NotBefore == 0
            && _contracts.IndexOf(chain.OutputOf(transaction.Transaction.Inputs[0].PreviousOutput)!.Value.ScriptPubKey) >= 0;
        if (!isClaim)
        {
            return true;
        }

        always = IsFeeRace && !Swap.Terms!.Short.IsPassed(chain.MedianTimePast);
        return always || Now + Scenario.Plan.RevealMargin < Swap.Deadlines!.Value.Short;
    }

    private void PlanTroubles()
    {
        var (random, plan) = (Scenario.Random, Scenario.Plan);
        if (Scenario.Theme == Theme.Calm)
        {
            return;
        }

        _restoreAt = Now + random.Below(plan.LongSpan);
        foreach (var party in _honest)
        {
            if (party is null || !(Scenario.Theme is Theme.Faults or Theme.Chaos or Theme.LateLock || random.OneIn(3)))
            {
                continue;
            }

            PlanTrouble(party);
        }

        for (var chain = 0; chain < 2; chain++)
        {
            if (random.OneIn(3))
            {
                // Such a rise is met by raising fees; it ends before a reveal could come to grief by it.
                var from = Now + random.Below(plan.LongSpan);
                var quiet = Scenario.Quiet[chain];
                var rate = quiet * random.Between(2, 5);
                var to = from + random.Below(Paces.Within(_chains[chain].Pace, 1) * 2);
                _weather[chain].Add(new Spike((SwapChain)chain, from, to, rate, random.OneIn(2) ? rate / 2 : 0));
            }
        }
    }

    private void PlanTrouble(HonestParty party)
    {
        var (random, rules, plan) = (Scenario.Random, Scenario.Rules, Scenario.Plan);
        var deadlines = Swap.Deadlines!.Value;
        // In a race of fees a party sees what it races against.
        var kind = (TroubleKind)random.Below(IsFeeRace ? 4 : 5);
        var chain = kind == TroubleKind.Off ? (SwapChain?)null : (SwapChain)random.Below(2);
        var length = random.Between(1, rules.OfflineSeconds / 2);
        var last = party.Role == Role.Participant ? deadlines.Long : Math.Max(Now, deadlines.RevealBy - length);
        var from = random.Between(Now, last);
        if (kind == TroubleKind.Blind)
        {
            (from, length) = (Now, plan.LongSpan * 2);
        }

        party.Troubles.Add(new Trouble(kind, chain, from, from + length));
        Counts.Add(kind switch
        {
            TroubleKind.Off => Event.TroubleOff,
            TroubleKind.Down => Event.TroubleDown,
            TroubleKind.Frozen => Event.TroubleFrozen,
            TroubleKind.Liar => Event.TroubleLiar,
            _ => Event.TroubleBlind,
        });
    }

    // A chain that stood still unnoticed when money moved counts as time away, of which the plan allows for so much.
    private void ClampFreezes(HonestParty party)
    {
        foreach (var trouble in party.Troubles)
        {
            if (trouble.Kind == TroubleKind.Frozen && trouble.From <= Now && trouble.To > Now
                && !party.IsStale(trouble.Chain!.Value))
            {
                trouble.To = Math.Min(trouble.To, trouble.From + Scenario.Rules.OfflineSeconds / 2);
            }
        }
    }

    // Blocks ask for more than the lock may pay; in some runs a node swallows it, or its change is spent.
    private void HoldUp(HonestParty party, SwapChain chain, OwnTransaction sent)
    {
        var random = Scenario.Random;
        var deadlines = Swap.Deadlines!.Value;
        var rate = SwapFees.MostForLock(Swap.AmountOf(party.Role)).Sats * 1_000 / 250 * random.Between(11, 30) / 10;
        var within = Paces.Within(_chains[(int)chain].Pace, 1);
        var to = random.Between(deadlines.RevealBy, deadlines.Short + Scenario.Rules.FeeBumpRounds * within);
        _weather[(int)chain].Add(new Spike(chain, Now + 1, to, rate, random.OneIn(2) ? rate / 2 : 0));
        if (random.OneIn(2))
        {
            party.Troubles.Add(new Trouble(
                TroubleKind.Liar, chain, Now, Now + random.Between(1, Scenario.Rules.OfflineSeconds / 2)));
            Counts.Add(Event.TroubleLiar);
        }

        if (random.OneIn(3))
        {
            var change = sent.Transaction.Outputs[^1];
            var coin = new OutPoint(sent.TxId, (uint)(sent.Transaction.Outputs.Length - 1));
            if (change.ScriptPubKey == SimKeys.Home(party.Role)
                && _wallets[(int)party.Role][(int)chain].Sweep(coin, change, 500) is { } child)
            {
                _chains[(int)chain].Offer(sent.Transaction);
                _chains[(int)chain].Offer(child);
                Counts.Add(Event.ChangeSpent);
                Tell(party.Role, $"spends the change of its lock by another payment {Names.Of(child.Id)}");
            }
        }
    }

    // What the world does about a party's state: see Theme.
    private void AfterTurn(HonestParty party)
    {
        if (party.Journal is not { Swap.Terms: not null } journal || IsCalm)
        {
            return;
        }

        switch (Scenario.Theme)
        {
            case Theme.Expiry when Scenario.Falls > 0 && party.Role == Role.Initiator && !_hasFallen
                && journal.Swap.Preimage is null && journal.Swap.FundingOf(Role.Participant) is not null:
                _hasFallen = true;
                Fall(journal.Swap);
                break;
            case Theme.DearReveal when party.Role == Role.Initiator && !_isRevealDear && DepthOf(Role.Participant) > 0
                && journal.Swap.Preimage is null:
                _isRevealDear = true;
                MakeRevealDear();
                break;
            case Theme.ChainDown when journal.Swap.Preimage is not null:
                LoseChainNotNeeded(party);
                break;
            case Theme.Restore when Now >= _restoreAt && MayLoseFiles(party):
                Restore(party);
                break;
            case Theme.FrozenChain when party.Role == Role.Participant:
                Freeze(party, journal);
                break;
            default:
                break;
        }
    }

    private void Fall(Swap swap)
    {
        var chain = Chain(SwapChain.Share);
        if (swap.FundingOf(Role.Initiator) is { } locked && chain.LeftOf(locked.OutPoint) is { } left)
        {
            chain.Shorten((int)((long)left * Scenario.Falls / 100));
            Counts.Add(Event.DifficultyFall);
            _trace?.Add($"{Clock} -- Bitcoin's difficulty falls: shares expire sooner, the seller's in "
                + $"{chain.LeftOf(locked.OutPoint)} blocks instead of {left} --");
        }
    }

    private void MakeRevealDear()
    {
        var chain = Swap.ChainOf(Role.Participant);
        var leg = Swap.ParticipantAmount.Sats;
        var rate = leg * 1_000 / SwapFees.ClaimVirtualSize * Scenario.Random.Between(60, 150) / 100;
        var to = Swap.Deadlines!.Value.Short + 2L * Paces.Within(_chains[(int)chain].Pace, 1);
        _weather[(int)chain].Add(new Spike(chain, Now, to, rate, Scenario.Random.OneIn(2) ? rate / 20 : 0));
    }

    private void LoseChainNotNeeded(HonestParty party)
    {
        var chain = Swap.ChainOf(party.Role == Role.Participant ? Role.Participant : Role.Initiator);
        if (party.Troubles.Exists(trouble => trouble.Kind == TroubleKind.Down && trouble.Chain == chain && trouble.To > Now))
        {
            return;
        }

        party.Troubles.Add(new Trouble(TroubleKind.Down, chain, Now, _calmFrom));
        Counts.Add(Event.TroubleDown);
        Tell(party.Role, $"does not reach the {chain} chain any more");
    }

    // What was handed out and is in no block, nobody can find: the plan for that is to lose no files then.
    private bool MayLoseFiles(HonestParty party)
    {
        foreach (var (chain, given, kind) in party.HandedOut)
        {
            if (kind == OwnTransactionKind.Funding && _chains[(int)chain].HeightOf(given.Id) == 0)
            {
                return false;
            }
        }

        return true;
    }

    private void Restore(HonestParty party)
    {
        _restoreAt = long.MaxValue;
        var found = Restoring.Find(this, party.Role);
        party.LoseFiles(found);
        Counts.Add(Event.Restore);
        Tell(party.Role, found is null
            ? "loses all files but the seed, and finds nothing on the chains"
            : "loses all files but the seed, and finds the swap on the chains");
    }

    // The node of the coins is away when the first lock is deep; then the sharechain stands still, and the other comes back.
    private void Freeze(HonestParty party, AgentSwap journal)
    {
        var (first, second) = (Swap.ChainOf(Role.Initiator), Swap.ChainOf(Role.Participant));
        var depth = DepthOf(Role.Initiator);
        var need = Scenario.Plan.InitiatorConfirmations;
        var pace = _chains[(int)first].Pace;
        if (depth == need - 1 && !party.Troubles.Exists(trouble => trouble.Kind == TroubleKind.Down))
        {
            var away = Paces.Within(pace, 1) + Scenario.Rules.ReactionSeconds;
            party.Troubles.Add(new Trouble(TroubleKind.Down, second, Now, Now + Paces.Within(pace, 1) + away));
            Tell(party.Role, $"does not reach the {second} chain");
        }
        else if (depth >= need && journal.Swap.Phase is SwapPhase.ParticipantLocking && party.HandedOut.Count == 0
            && !party.Troubles.Exists(trouble => trouble.Kind == TroubleKind.Frozen))
        {
            party.Troubles.Add(new Trouble(TroubleKind.Frozen, first, Now, _calmFrom));
            Counts.Add(Event.TroubleFrozen);
            Tell(party.Role, $"sees the {first} chain stand still, and what it sends there is swallowed");
        }
    }
}
