namespace Market.Swaps;

/// <summary>Why an agent refuses terms.</summary>
public enum TermsRefusal
{
    /// <summary>The keys, hash or payout script that are stated for the own side are not those given.</summary>
    OwnKeysChanged,

    /// <summary>The counterparty's keys are missing, malformed or the own ones again.</summary>
    BadCounterpartyKeys,

    /// <summary>T_short leaves too little time to lock and reveal.</summary>
    ShortTooSoon,

    /// <summary>T_long is too little after T_short: there would be no safe time to claim after a late reveal.</summary>
    DeltaTooSmall,

    /// <summary>T_long is so far away that the own side would be locked longer than planned.</summary>
    LongTooLate,
}

/// <summary>An agent's own check of the terms that the market states, before it locks anything.</summary>
public static class TermsCheck
{
    /// <summary>Checks terms; null where they are good.</summary>
    /// <param name="swap">The swap as the agent knows it: own keys, amounts and own plan.</param>
    /// <param name="role">The agent's role.</param>
    /// <param name="terms">What is stated.</param>
    /// <param name="tips">The chains as the agent sees them.</param>
    public static TermsRefusal? Check(Swap swap, Role role, AgreedTerms terms, SwapTips tips)
    {
        var own = role == Role.Initiator ? terms.Initiator : terms.Participant;
        var other = role == Role.Initiator ? terms.Participant : terms.Initiator;
        if (own != swap.KeysOf(role) || (role == Role.Initiator && terms.Hash != own.Hash))
        {
            return TermsRefusal.OwnKeysChanged;
        }

        if (!other.ClaimKey.IsCompressed || !other.RefundKey.IsCompressed || other.ClaimKey.Equals(other.RefundKey)
            || other.ClaimKey.Equals(own.ClaimKey) || other.ClaimKey.Equals(own.RefundKey)
            || other.RefundKey.Equals(own.ClaimKey) || other.RefundKey.Equals(own.RefundKey)
            || terms.Initiator.Hash != terms.Hash)
        {
            return TermsRefusal.BadCounterpartyKeys;
        }

        return CheckTimes(swap.Plan, terms, tips.Latest);
    }

    /// <summary>
    /// Checks the locktimes alone. From now there must be time to lock, to see both locks deep and to reveal; between the
    /// locktimes, time to claim after the latest reveal; and no more than the plan's spans, with as much again to spare as
    /// the first lock may take.
    /// </summary>
    public static TermsRefusal? CheckTimes(SwapPlan plan, AgreedTerms terms, long latest)
    {
        var deadlines = Deadlines.Of(plan, terms.Short, terms.Long);
        if (deadlines.InitiatorLockBy <= latest || deadlines.ParticipantLockBy <= latest)
        {
            return TermsRefusal.ShortTooSoon;
        }

        if (deadlines.Long - deadlines.Short < plan.LeastDelta)
        {
            return TermsRefusal.DeltaTooSmall;
        }

        return deadlines.Long > latest + plan.LongSpan + plan.InitiatorLockWithin ? TermsRefusal.LongTooLate : null;
    }
}
