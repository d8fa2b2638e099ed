namespace Market.Simulation;

/// <content>The market: it states terms, true or false, soon or late.</content>
internal sealed partial class World
{
    private readonly AgreedTerms[] _stated = new AgreedTerms[2];
    private readonly long[] _toldAt = [long.MaxValue, long.MaxValue];

    /// <summary>The terms that an honest party was told.</summary>
    public AgreedTerms StatedTo(Role role) => _stated[(int)role];

    // True once a party has heard of its swap.
    private bool HasHeard(HonestParty party)
    {
        var role = (int)party.Role;
        if (_toldAt[role] == long.MaxValue)
        {
            return true;
        }

        if (Now < _toldAt[role])
        {
            _wake[role] = _toldAt[role];
            return false;
        }

        _toldAt[role] = long.MaxValue;
        party.Receive(Matched(), _stated[role]);
        return true;
    }

    private Swap Matched() => Swaps.Swap.Open("sim", Scenario.InitiatorAmount, Scenario.ParticipantAmount, Start, Scenario.Plan);

    private Swap Introduce()
    {
        var plan = Scenario.Plan;
        var swap = Matched();
        var terms = new AgreedTerms(
            InitiatorsPreimage.Hash, SimKeys.Give(Role.Initiator, 0), SimKeys.Give(Role.Participant, 0),
            Locktime.At(Now + plan.ShortSpan), Locktime.At(Now + plan.LongSpan));
        var agreed = SwapMachine.Decide(
            swap with { InitiatorKeys = terms.Initiator, ParticipantKeys = terms.Participant },
            new SwapEvent.TermsFixed(terms), new SwapTips(_chains[0].Tip, _chains[1].Tip, Now)).Swap;
        for (var role = 0; role < 2; role++)
        {
            if (_honest[role] is null)
            {
                continue;
            }

            var stated = Scenario.Theme == Theme.FalseMarket ? Falsify(terms, (Role)role) : terms;
            _stated[role] = stated;
            _contracts.Add(stated.ContractOf(Role.Initiator));
            _contracts.Add(stated.ContractOf(Role.Participant));
            CountIf(stated != terms, Event.FalseTerms);
            _toldAt[role] = _wake[role] = Now + Scenario.Random.Below(Scenario.Rules.ReactionSeconds) + Lateness();
        }

        _contracts.Add(terms.ContractOf(Role.Initiator));
        _contracts.Add(terms.ContractOf(Role.Participant));
        return agreed;
    }

    // Its messages come late, and those that were lost later still.
    private long Lateness()
    {
        if (Scenario.Theme == Theme.Calm || !Scenario.Random.OneIn(4))
        {
            return 0;
        }

        Counts.Add(Event.MessageLost);
        return Scenario.Random.Below(Scenario.Random.OneIn(4) ? Scenario.Plan.ShortSpan : Scenario.Rules.LockWithinSeconds);
    }

    // Off in one place: keys of the market's own, a hash of its own, or other times.
    private AgreedTerms Falsify(AgreedTerms terms, Role to)
    {
        var random = Scenario.Random;
        var own = SimKeys.Give(to.Other(), 7).ClaimKey;
        var delta = (int)random.Between(-Scenario.Plan.ShortSpan, Scenario.Plan.ShortSpan);
        return random.Below(6) switch
        {
            0 => terms with { Short = Locktime.At(terms.Short.UnixSeconds + delta) },
            1 => terms with { Long = Locktime.At(terms.Long.UnixSeconds + delta) },
            2 => terms with { Hash = PaymentHash.Of(new byte[32]) },
            3 when to == Role.Initiator => terms with { Participant = terms.Participant with { ClaimKey = own } },
            3 => terms with { Initiator = terms.Initiator with { ClaimKey = own } },
            4 when to == Role.Initiator => terms with { Initiator = terms.Initiator with { RefundKey = own } },
            4 => terms with { Participant = terms.Participant with { RefundKey = own } },
            _ => terms,
        };
    }
}
