using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Bitcoin.Watching;

namespace Market.Chains.Light;

/// <summary>
/// Which of the unconfirmed transactions that were heard of are shown: none that what is known by now refutes and none that no
/// block may hold yet. Safe for several threads.
/// </summary>
/// <param name="mempool">What was heard of.</param>
/// <param name="scan">The coins that are known.</param>
/// <param name="headers">The chain that the next block builds on.</param>
internal sealed class LightUnconfirmed(LightMempool mempool, LightScan scan, LightFollower headers)
{
    // Of what pays one script and cannot be judged, so many are shown, those first heard of: a stranger learns of a contract only
    // from its payment. Half of what a watcher keeps, so that they leave room for what is proven.
    private const int MostUnjudged = WatchBook.MaxPayments / 2;

    /// <summary>
    /// Hears of a transaction. What spends an output that is known here without its owner's signature was invented: it must not
    /// hide the output, and a copy with a false witness must not hide the true one.
    /// </summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="now">Unix seconds.</param>
    /// <param name="isNews">True where it is new and may be told of.</param>
    /// <returns>Whether another copy of it is worth hearing.</returns>
    public bool Hear(Transaction transaction, long now, out bool isNews)
    {
        var (spending, isFinal) = (scan.Judge(transaction), IsFinal(transaction));
        isNews = spending is not (Spending.Refuted or Spending.Impossible)
            && mempool.Add(transaction, now, isProven: spending == Spending.Proven, isFinal: isFinal) && isFinal;
        return spending == Spending.Refuted || (spending == Spending.Unknown && mempool.IsWanted(transaction));
    }

    /// <summary>
    /// One version of each transaction. Those that are proven stand last, since of several that spend one output the last counts.
    /// </summary>
    /// <param name="versions">Transactions heard of.</param>
    /// <param name="paid">Scripts of whose unjudged payments only so many are shown.</param>
    public ImmutableArray<Transaction> Shown(IEnumerable<Transaction> versions, ImmutableArray<Script> paid = default)
    {
        var room = paid.IsDefault ? [] : paid.Distinct().ToDictionary(script => script, _ => MostUnjudged);
        var (unjudged, proven) = (new List<Transaction>(), new List<Transaction>());
        var seen = new HashSet<TxId>();
        foreach (var version in versions.Where(version => !seen.Contains(version.Id) && IsFinal(version)))
        {
            var spending = scan.Judge(version);
            if (spending is Spending.Refuted or Spending.Impossible)
            {
                mempool.Refute(version);
                continue;
            }

            seen.Add(version.Id);
            if (spending == Spending.Proven || mempool.IsOwn(version))
            {
                proven.Add(version);
            }
            else if (HasRoom(version, room))
            {
                unjudged.Add(version);
            }
        }

        return [.. unjudged, .. proven];
    }

    /// <summary>The version of a transaction that is shown; null for none.</summary>
    public Transaction? Find(TxId id) => Shown(mempool.VersionsOf(id)) is [var waiting, ..] ? waiting : null;

    /// <summary>True where a transaction that is shown spends an output.</summary>
    public bool IsSpent(OutPoint outPoint) => !Shown(mempool.Spending(outPoint)).IsEmpty;

    /// <summary>
    /// False for what the next block may not hold (BIP113; BIP68 where the coin is known): nobody relays it, and it stands against
    /// nothing that one may hold.
    /// </summary>
    public bool IsFinal(Transaction transaction)
    {
        var tip = headers.Tip;
        var next = new BlockContext(tip.Height + 1, tip.MedianTimePast);
        return Locks.IsFinal(transaction, next.Height, next.PreviousMedianTime)
            && transaction.Inputs.All(input => CoinOf(input.PreviousOutput, next) is not { } coin
                || Locks.IsPast(transaction.Version, input.Sequence, coin, next));
    }

    // One that pays no such script, but spends what was asked for, is bounded by the mempool alone.
    private static bool HasRoom(Transaction transaction, Dictionary<Script, int> room)
    {
        var taken = transaction.Outputs.Select(output => output.ScriptPubKey).Where(room.ContainsKey)
            .CountBy(script => script).ToList();
        if (taken.Exists(script => script.Value > room[script.Key]))
        {
            return false;
        }

        taken.ForEach(script => room[script.Key] -= script.Value);
        return true;
    }

    private Coin? CoinOf(OutPoint outPoint, BlockContext next) =>
        scan.Find(outPoint, next.Height - 1) is { Coin: var known }
            ? new Coin(
                known.Output, known.Height, known.IsCoinbase, headers.HeaderAt(known.Height - 1)?.MedianTimePast ?? 0)
            : mempool.Find(outPoint.TxId) is { } waiting && outPoint.Index < waiting.Outputs.Length
                ? new Coin(waiting.Outputs[(int)outPoint.Index], next.Height, false, next.PreviousMedianTime)
                : null;
}
