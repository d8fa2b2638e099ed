using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains.Engine;

/// <summary>A mempool's transactions at one moment, for what takes too long to be done while the mempool stands still.</summary>
/// <param name="entries">In order of arrival: parents before children.</param>
internal sealed class MempoolCopy(ImmutableArray<MempoolCopy.Entry> entries)
{
    /// <summary>
    /// All, dearest first by the feerate of a transaction with its ancestors, and each after its own parents.
    /// </summary>
    /// <returns>The transaction, its size as mempools reckon it, and the feerate of the package that brought it.</returns>
    public IEnumerable<(Transaction Transaction, int VirtualSize, FeeRate Rate)> ByPackage()
    {
        var packages = Enumerable.Range(0, entries.Length).Select(Package)
            .OrderByDescending(package => package.Rate).ThenBy(package => package.Members[^1]);
        var done = new bool[entries.Length];
        foreach (var (members, rate) in packages)
        {
            foreach (var member in members)
            {
                if (!done[member])
                {
                    done[member] = true;
                    yield return (entries[member].Transaction, entries[member].VirtualSize, rate);
                }
            }
        }
    }

    // A transaction with its ancestors, in order of arrival; the mempool bounds how many there are.
    private (int[] Members, FeeRate Rate) Package(int last)
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
