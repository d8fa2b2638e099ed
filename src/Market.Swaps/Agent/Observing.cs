using Market.Bitcoin;
using Market.Bitcoin.Watching;

namespace Market.Swaps.Agent;

/// <summary>Brings a swap's record in line with what the chains show.</summary>
internal static class Observing
{
    private const int MostFundings = 16;

    /// <summary>Folds both legs. A chain that does not answer leaves its leg as it was (law 8).</summary>
    public static void Observe(Turn turn)
    {
        foreach (var leg in new[] { Role.Initiator, Role.Participant })
        {
            if (!turn.SightOf(leg).IsCurrent)
            {
                continue;
            }

            var payments = turn.PaymentsTo(leg);
            KeepFundings(turn, leg, payments);
            foreach (var happened in SwapReading.Events(
                turn.Own.Swap, leg, payments, IsStray(turn, leg, payments), outPoint => Outliving.HasExpired(turn, leg, outPoint)))
            {
                turn.Fold(happened, IsNoNews(turn, happened));
            }
        }
    }

    /// <summary>What a chain shows was taken by a node, whoever heard the answer: as after a crash right behind a
    /// broadcast.</summary>
    public static void NoteTaken(Turn turn)
    {
        foreach (var known in turn.Own.Transactions)
        {
            if (known.SentAt is null && turn.IsSeen(known))
            {
                turn.Set(turn.Own.With(known, known with { SentAt = turn.HeightOf(known.Leg), TooCheap = false }));
            }
        }
    }

    /// <summary>
    /// Law 3: own means own. A payment of the exact amount counts as the own lock only where this agent signed it, and all that it
    /// signed is written down. Only of a swap that was found from the seed the journal may not know every lock: there one counts
    /// that a block holds and that spends the wallet's own coins by its witnesses, whose form alone anybody can write.
    /// </summary>
    public static bool IsOwn(Turn turn, Transaction transaction, int? height) =>
        turn.Own.Transactions.Any(known => known.TxId == transaction.Id && known.Kind == OwnTransactionKind.Funding)
        || (turn.Own.IsFound && height is not null && !transaction.IsCoinbase
            && transaction.Inputs.All(input => input.Witness.Items is [_, { Length: 33 } key]
            && PublicKey.TryParse(key.Span, out var parsed) && turn.Sight.IsOwnScript(Script.P2wpkh(parsed))));

    // Law 3 for the own leg, laws 11 and 16 for the other's.
    private static Func<WatchedPayment, bool>? IsStray(Turn turn, Role leg, IReadOnlyList<WatchedPayment> payments)
    {
        if (leg == turn.Own.Role)
        {
            return turn.Policy.Keeps(AgentLaws.OwnMeansOwn) ? payment => !IsOwn(turn, payment.Transaction, payment.Height) : null;
        }

        var lacksTerms = turn.Policy.Keeps(AgentLaws.TermsOnChain) ? SwapReading.LacksTerms(turn.Own.Swap, leg) : null;
        bool IsOlder(WatchedPayment payment) => Outliving.IsOlder(turn, leg, payment.OutPoint);
        var exact = payments.Where(payment => payment.Output.Value == turn.Own.Swap.AmountOf(leg)).ToList();
        if (lacksTerms is not null && exact.Exists(payment => lacksTerms(payment)))
        {
            turn.Say(AgentSayingKind.Alarm, "terms", AgentWords.TermsNotStated);
        }

        if (exact.Exists(IsOlder))
        {
            turn.Say(AgentSayingKind.Refused, "series", AgentWords.OthersAreOlder);
        }

        return payment => IsOlder(payment) || (lacksTerms?.Invoke(payment) ?? false);
    }

    // An own claim that nobody took yet is in the record and on no chain: that is no reorganisation.
    private static bool IsNoNews(Turn turn, SwapEvent happened) => happened is SwapEvent.SpendGone gone
        && turn.Own.Swap.PaymentsOf(gone.Leg).Any(payment => payment.OutPoint == gone.OutPoint
            && payment.Spend is { Height: null });

    /// <summary>Keeps the transactions that fund the legs, so that they can be broadcast again after a reorganisation.</summary>
    private static void KeepFundings(Turn turn, Role leg, IReadOnlyList<WatchedPayment> payments)
    {
        foreach (var payment in payments)
        {
            if (payment.Output.Value != turn.Own.Swap.AmountOf(leg))
            {
                continue;
            }

            if (turn.Own.Transactions.FirstOrDefault(known => known.TxId == payment.Transaction.Id
                && known.Kind == OwnTransactionKind.Funding) is { } known)
            {
                // One that leaves its block again has not waited yet.
                if (payment.Height is { } block && (known.SentAt ?? -1) < block)
                {
                    turn.Set(turn.Own.With(known, known with { SentAt = block, TooCheap = false }));
                }

                continue;
            }

            if (leg == turn.Own.Role && turn.Policy.Keeps(AgentLaws.OwnMeansOwn)
                && !IsOwn(turn, payment.Transaction, payment.Height))
            {
                continue;
            }

            MakeRoom(turn, leg, payments);
            var height = turn.HeightOf(leg);
            Writing.Add(turn, new OwnTransaction(
                OwnTransactionKind.Funding, leg, payment.OutPoint, payment.Transaction.Id, payment.Transaction.ToHex(), 0, 0,
                payment.Height ?? height, height));
        }
    }

    // A counterparty that replaces its lock again and again drives out its own oldest version, and nothing else.
    private static void MakeRoom(Turn turn, Role leg, IReadOnlyList<WatchedPayment> payments)
    {
        if (leg == turn.Own.Role)
        {
            return;
        }

        var locks = turn.Own.Transactions
            .Where(known => known.Kind == OwnTransactionKind.Funding && known.Leg == leg).ToList();
        if (locks.Count >= MostFundings
            && locks.Find(known => payments.All(seen => seen.Transaction.Id != known.TxId)) is { } gone)
        {
            turn.Set(turn.Own with { Transactions = turn.Own.Transactions.Remove(gone) });
        }
    }
}
