namespace Market.Swaps.Agent;

/// <summary>When a party has nothing left to do.</summary>
internal static class Closing
{
    /// <summary>Seconds past T_long after which the own side of a failed swap is done, whatever the other leaves locked.</summary>
    private const int LetGoAfter = 60 * 60;

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

    /// <summary>True where a coin of an own lock is spent, and buried.</summary>
    public static bool IsResolved(Turn turn, OwnTransaction known)
    {
        var (sight, need) = (turn.SightOf(known.Leg), turn.Own.Swap.Plan.BuriedOf(known.Leg));
        return known.Transaction.Inputs.Any(input => sight.View.SpendOf(input.PreviousOutput) is { Height: { } height }
            && sight.Tip.Height - height + 1 >= need);
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

    private static bool IsDone(Turn turn)
    {
        var (swap, role) = (turn.Own.Swap, turn.Own.Role);
        return swap.Preimage is null && swap.Failure is not null
            && turn.Tips.Latest > swap.Deadlines!.Value.Long + LetGoAfter
            && swap.PaymentsOf(role).All(payment => payment.Missing || !Condition.IsWorth(swap, role, payment)
                || payment.SpendConfirmations(turn.HeightOf(role)) >= swap.Plan.BuriedOf(role));
    }
}
