using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains;

/// <summary>
/// Which unconfirmed transactions are asked for: those that pay a script, spend an output or have an id. A mempool is never
/// listed whole to find a few: on a busy day it holds more than anybody reads.
/// </summary>
/// <param name="Scripts">Paid by an output of the transaction.</param>
/// <param name="OutPoints">Spent by an input of the transaction.</param>
/// <param name="Ids">The transaction's own id.</param>
public sealed record MempoolQuery(
    ImmutableArray<Script> Scripts, ImmutableArray<OutPoint> OutPoints, ImmutableArray<TxId> Ids)
{
    /// <summary>Things asked for in one request to another process; a larger query is sent in parts.</summary>
    public const int MostAtOnce = 5_000;

    /// <summary>How many things are asked for.</summary>
    public int Count => Scripts.Length + OutPoints.Length + Ids.Length;

    /// <summary>Asks for what spends these outputs.</summary>
    public static MempoolQuery Spending(params ReadOnlySpan<OutPoint> outPoints) => new([], [.. outPoints], []);

    /// <summary>Asks for what pays these scripts.</summary>
    public static MempoolQuery Paying(params ReadOnlySpan<Script> scripts) => new([.. scripts], [], []);

    /// <summary>Asks for these transactions.</summary>
    public static MempoolQuery Of(params ReadOnlySpan<TxId> ids) => new([], [], [.. ids]);

    /// <summary>Those of some transactions that are asked for, in their order.</summary>
    public ImmutableArray<Transaction> Filter(IEnumerable<Transaction> transactions)
    {
        var (scripts, outPoints, ids) = (Scripts.ToHashSet(), OutPoints.ToHashSet(), Ids.ToHashSet());
        return
        [
            .. transactions.Where(transaction => ids.Contains(transaction.Id)
                || transaction.Inputs.Any(input => outPoints.Contains(input.PreviousOutput))
                || transaction.Outputs.Any(output => scripts.Contains(output.ScriptPubKey))),
        ];
    }

    /// <summary>The same in parts of at most so many things.</summary>
    public IEnumerable<MempoolQuery> Split(int most = MostAtOnce)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        foreach (var part in Scripts.Chunk(most))
        {
            yield return Paying(part);
        }

        foreach (var part in OutPoints.Chunk(most))
        {
            yield return Spending(part);
        }

        foreach (var part in Ids.Chunk(most))
        {
            yield return Of(part);
        }
    }
}
