namespace Market.Swaps.Agent;

/// <summary>When a party has nothing left to do.</summary>
internal static class Closing
{
    /// <summary>Notes what is settled of the own leg.</summary>
    public static void Close(Turn turn)
    {
        if (turn.SightOf(turn.Own.Role).IsCurrent)
        {
            ResolveLocks(turn);
            var done = IsDone(turn);
            if (done != turn.Own.LetGo)
            {
                turn.Set(turn.Own with { LetGo = done });
            }
        }
    }

    /// <summary>True where a coin of an own lock is spent, and buried, or expired.</summary>
    public static bool IsResolved(Turn turn, OwnTransaction known)
    {
        var (sight, need) = (turn.SightOf(known.Leg), turn.Own.Swap.Plan.BuriedOf(known.Leg));
        return known.Transaction.Inputs.Any(input => sight.View.SpendOf(input.PreviousOutput) is { Height: { } height }
            && sight.Tip.Height - height + 1 >= need || Outliving.IsGone(turn, known.Leg, input.PreviousOutput));
    }

    /// <summary>
    /// Law 1: an own lock is done with only once its coins are spent, as deep as counts as final: by itself, so that the machine
    /// sees to what it paid, or by another, so that it can be in no block any more.
    /// </summary>
    private static void ResolveLocks(Turn turn)
    {
        var own = turn.Own;
        var resolved = turn.Policy.Keeps(AgentLaws.HandedOut)
            ? own.Locks().All(known => IsResolved(turn, known))
            : own.Swap.Closed;
        if (resolved != own.LocksResolved)
        {
            turn.Set(own with { LocksResolved = resolved });
        }
    }

    // A preimage that became public opens the other leg, where there is one: then that is claimed, and buried, first.
    private static bool NothingToClaim(Turn turn)
    {
        var (swap, other) = (turn.Own.Swap, turn.Own.Role.Other());
        return turn.SightOf(other).IsCurrent && (swap.FundingOf(other) is not { } funding
            || Outliving.IsGone(turn, other, funding.OutPoint)
            || swap.SpendConfirmationsOf(other, turn.Tips) >= swap.Plan.BuriedOf(other));
    }

    private static bool IsDone(Turn turn)
    {
        var (swap, role) = (turn.Own.Swap, turn.Own.Role);
        return turn.Tips.Latest > swap.Deadlines!.Value.Long + swap.Plan.RevealMargin
            && (swap.Preimage is null || NothingToClaim(turn))
            && swap.PaymentsOf(role).All(payment => payment.Missing || !Condition.IsWorth(swap, role, payment)
                || Outliving.IsGone(turn, role, payment.OutPoint)
                || payment.SpendConfirmations(turn.HeightOf(role)) >= swap.Plan.BuriedOf(role));
    }
}
