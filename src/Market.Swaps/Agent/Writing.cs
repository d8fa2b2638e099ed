namespace Market.Swaps.Agent;

/// <summary>What is written down of own transactions. Law 1: handed out is out.</summary>
internal static class Writing
{
    /// <summary>Versions kept of transactions that spend the same coins: all but the first and the newest conflict with
    /// both.</summary>
    private const int MostVersions = 24;

    /// <summary>Writes a transaction down; from now on it counts as known to everybody.</summary>
    public static void Add(Turn turn, OwnTransaction written)
    {
        var own = turn.Own;
        var versions = own.Transactions
            .Where(known => known.Kind == written.Kind && known.Leg == written.Leg
                && (written.Kind is not (OwnTransactionKind.Claim or OwnTransactionKind.Refund)
                    || known.OutPoint == written.OutPoint))
            .ToList();

        // The first stays: every later version spends its coins too, so it stands for them all.
        var kept = versions.Count < MostVersions ? own.Transactions : own.Transactions.Remove(versions[1]);
        own = own with { Transactions = kept.Add(written) };
        if (written.Kind == OwnTransactionKind.Funding && written.Leg == own.Role)
        {
            own = own with { LocksResolved = false };
        }

        turn.Set(WithAddress(own, written));
    }

    /// <summary>Notes what a broadcast came to. Whatever that was, the transaction stays.</summary>
    public static void Answered(Turn turn, OwnTransaction sent, SendOutcome outcome, string detail)
    {
        var height = turn.HeightOf(sent.Leg);
        turn.Remember(turn.Own.Memory.With(sent.TxId, new AgentTry(height, turn.Sight.Now, outcome)));
        switch (outcome)
        {
            case SendOutcome.Taken:
                if (sent.SentAt is null)
                {
                    turn.Set(turn.Own.With(sent, sent with { SentAt = height, TooCheap = false }));
                    turn.Say(AgentSayingKind.Broadcast, $"sent {sent.TxId}", AgentWords.Broadcast(sent));
                }

                if (sent.Kind == OwnTransactionKind.Claim && !turn.Policy.Keeps(AgentLaws.WrittenIsRevealed))
                {
                    Spending.NoteClaim(turn, sent);
                }

                return;
            case SendOutcome.TooCheap when sent.Kind != OwnTransactionKind.Funding || sent.Leg == turn.Own.Role:
                turn.Set(turn.Own.With(sent, sent with { TooCheap = true }));
                break;
            default:
                break;
        }

        if (!turn.Policy.Keeps(AgentLaws.HandedOut) && sent.SentAt is null && sent.Kind == OwnTransactionKind.Funding)
        {
            // What agents once did: a lock that a node refused was forgotten.
            turn.Set(turn.Own with { Transactions = turn.Own.Transactions.Remove(sent), LocksResolved = true });
        }

        // A version whose coins are gone may just have come after the block that holds another: the next look tells.
        var overtaken = outcome == SendOutcome.MissingInputs && sent.Attempt > 0 && sent.SentAt is null;
        if (!overtaken)
        {
            turn.Say(AgentSayingKind.NotTaken, $"sent {sent.TxId}", AgentWords.NotTaken(sent, outcome, detail));
        }
    }

    // One address for all that a swap brings on a chain, so that replacements pay the same.
    private static AgentSwap WithAddress(AgentSwap own, OwnTransaction written) => written.Kind switch
    {
        OwnTransactionKind.Claim when own.Destination is null =>
            own with { Destination = written.Transaction.Outputs[0].ScriptPubKey },
        OwnTransactionKind.Refund or OwnTransactionKind.Conflict when own.WayBack is null =>
            own with { WayBack = written.Transaction.Outputs[0].ScriptPubKey },
        _ => own,
    };
}
