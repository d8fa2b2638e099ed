namespace Market.Swaps.Agent;

/// <summary>The counterparty's lock, broadcast again where a reorganisation took it out and nobody shows it.</summary>
internal static class Relaying
{
    public static void Relay(Turn turn, Role leg)
    {
        if (turn.Own.Swap.FundingOf(leg) is not null)
        {
            return;
        }

        foreach (var known in turn.Own.Transactions.Reverse())
        {
            if (known.Kind == OwnTransactionKind.Funding && known.Leg == leg)
            {
                turn.Resend(known);
                if (turn.LastOutcome(known) is null or SendOutcome.Taken)
                {
                    return;
                }
            }
        }
    }
}
