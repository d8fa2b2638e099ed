using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Engine;

/// <summary>What of a block transactions may not take.</summary>
/// <param name="ReservedWeight">Weight units for the coinbase.</param>
/// <param name="ReservedSigOps">Signature operations for the coinbase, at their cost.</param>
/// <param name="MostTransactions">How many may be chosen.</param>
internal readonly record struct BlockRoom(int ReservedWeight, int ReservedSigOps, int MostTransactions);

/// <summary>A mempool's transactions at one moment, for what takes too long to be done while the mempool stands still.</summary>
/// <param name="entries">In order of arrival: parents before children.</param>
internal sealed class MempoolCopy(ImmutableArray<MempoolCopy.Entry> entries)
{
    private readonly ImmutableArray<Entry> _entries = entries;
    private readonly Lazy<(int[] Members, FeeRate Rate)[]> _packages = new(() =>
    [
        .. Enumerable.Range(0, entries.Length).Select(last => Package(entries, last))
            .OrderByDescending(package => package.Rate).ThenBy(package => package.Members[^1]),
    ]);

    /// <summary>
    /// All, sorted once, dearest first by the feerate of a transaction with its ancestors, and each after its own parents.
    /// </summary>
    /// <returns>The transaction, its size as mempools reckon it, and the feerate of the package that brought it.</returns>
    public IEnumerable<(Transaction Transaction, int VirtualSize, FeeRate Rate)> ByPackage()
    {
        var done = new bool[_entries.Length];
        foreach (var (members, rate) in _packages.Value)
        {
            foreach (var member in members)
            {
                if (!done[member])
                {
                    done[member] = true;
                    yield return (_entries[member].Transaction, _entries[member].VirtualSize, rate);
                }
            }
        }
    }

    /// <summary>Unconfirmed transactions for the next block: dearest packages first, parents before children.</summary>
    /// <param name="coins">Confirmed coins.</param>
    /// <param name="context">The block.</param>
    /// <param name="rules">The chain's rules.</param>
    /// <param name="room">What is left free, and how many there may be.</param>
    /// <param name="fees">What they pay together.</param>
    public ImmutableArray<Transaction> Choose(
        ICoinView coins, in BlockContext context, LedgerRules rules, BlockRoom room, out Amount fees)
    {
        var overlay = new CoinOverlay(coins);
        var weight = room.ReservedWeight + 4 * context.BaseSize;
        var sigOps = room.ReservedSigOps;
        var chosen = ImmutableArray.CreateBuilder<Transaction>();
        fees = Amount.Zero;
        foreach (var (transaction, _, _) in ByPackage())
        {
            if (chosen.Count >= room.MostTransactions)
            {
                break;
            }

            if (weight + transaction.Weight > rules.MaxWeight
                || !TransactionAcceptance.CheckSpending(transaction, overlay, context, rules, out var accepted).IsOk
                || sigOps + accepted!.SigOpCost > rules.MaxSigOpCost)
            {
                continue;
            }

            overlay.Apply(transaction, context);
            chosen.Add(transaction);
            weight += transaction.Weight;
            sigOps += accepted.SigOpCost;
            fees += accepted.Fee;
        }

        return chosen.ToImmutable();
    }

    /// <summary>The dearest unconfirmed transactions, by package, parents before children.</summary>
    /// <param name="virtualBytes">How much of them, as the mempool reckons their size.</param>
    /// <param name="least">The feerate of a package below which it is left out.</param>
    public ImmutableArray<Transaction> Dearest(long virtualBytes, FeeRate least)
    {
        var chosen = ImmutableArray.CreateBuilder<Transaction>();
        foreach (var (transaction, size, rate) in ByPackage())
        {
            if (virtualBytes <= 0 || rate.CompareTo(least) < 0)
            {
                break;
            }

            chosen.Add(transaction);
            virtualBytes -= size;
        }

        return chosen.ToImmutable();
    }

    // A transaction with its ancestors, in order of arrival; the mempool bounds how many there are.
    private static (int[] Members, FeeRate Rate) Package(ImmutableArray<Entry> entries, int last)
    {
        if (entries[last].Parents.IsEmpty)
        {
            return ([last], FeeRate.Of(entries[last].Fee, entries[last].VirtualSize));
        }

        var reached = new SortedSet<int>();
        var waiting = new Stack<int>([last]);
        while (waiting.TryPop(out var at))
        {
            if (reached.Add(at))
            {
                foreach (var parent in entries[at].Parents)
                {
                    waiting.Push(parent);
                }
            }
        }

        return ([.. reached], FeeRate.Of(
            new Amount(reached.Sum(at => entries[at].Fee.Sats)), reached.Sum(at => entries[at].VirtualSize)));
    }

    /// <summary>One transaction.</summary>
    /// <param name="Transaction">The transaction.</param>
    /// <param name="Fee">Its fee.</param>
    /// <param name="VirtualSize">Virtual bytes as the mempool reckons them.</param>
    /// <param name="Parents">Places of its unconfirmed parents here.</param>
    internal readonly record struct Entry(Transaction Transaction, Amount Fee, int VirtualSize, ImmutableArray<int> Parents);
}
