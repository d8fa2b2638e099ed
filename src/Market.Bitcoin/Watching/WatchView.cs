using System.Collections.Immutable;

namespace Market.Bitcoin.Watching;

/// <summary>An output of a watched script, as it was seen.</summary>
/// <param name="OutPoint">Its name.</param>
/// <param name="Transaction">The transaction that made it.</param>
/// <param name="Block">Where it is confirmed; null where it is not.</param>
/// <param name="IsTold">An event told of it as it stands.</param>
internal sealed record Funding(OutPoint OutPoint, Transaction Transaction, BlockRef? Block, bool IsTold = true)
{
    public TxOut Output => Transaction.Outputs[(int)OutPoint.Index];
}

/// <summary>What spends a watched output, as it was seen.</summary>
/// <param name="OutPoint">The output.</param>
/// <param name="Spender">The transaction.</param>
/// <param name="InputIndex">By which of its inputs.</param>
/// <param name="Block">Where it is confirmed; null where it is not.</param>
/// <param name="IsTold">An event told of it as it stands.</param>
internal sealed record Spending(
    OutPoint OutPoint, Transaction Spender, int InputIndex, BlockRef? Block, bool IsTold = true);

/// <summary>A watched script.</summary>
/// <param name="From">The height from which on it is watched.</param>
/// <param name="Fundings">What pays it.</param>
internal sealed record WatchedScript(int From, ImmutableDictionary<OutPoint, Funding> Fundings);

/// <summary>What a book held at one moment; never changes, and may be read by any thread.</summary>
public sealed class WatchView : IWatchView
{
    private readonly ImmutableDictionary<Script, WatchedScript> _scripts;
    private readonly ImmutableDictionary<OutPoint, int> _outPoints;
    private readonly ImmutableDictionary<OutPoint, Script> _owners;
    private readonly ImmutableDictionary<OutPoint, Spending> _spends;

    internal WatchView(
        BlockRef? at,
        ImmutableDictionary<Script, WatchedScript> scripts,
        ImmutableDictionary<OutPoint, int> outPoints,
        ImmutableDictionary<OutPoint, Script> owners,
        ImmutableDictionary<OutPoint, Spending> spends)
    {
        (At, _scripts, _outPoints, _owners, _spends) = (at, scripts, outPoints, owners, spends);
    }

    /// <summary>Nothing watched, nothing seen.</summary>
    public static WatchView Empty { get; } = new(
        null,
        ImmutableDictionary<Script, WatchedScript>.Empty,
        ImmutableDictionary<OutPoint, int>.Empty,
        ImmutableDictionary<OutPoint, Script>.Empty,
        ImmutableDictionary<OutPoint, Spending>.Empty);

    /// <summary>The last block that is looked at in it; null where none is.</summary>
    public BlockRef? At { get; }

    /// <summary>True where the script was watched and looked for when this was taken.</summary>
    public bool Watches(Script script) => _scripts.ContainsKey(script);

    /// <summary>True where the output was watched by name and looked for when this was taken.</summary>
    public bool Watches(OutPoint outPoint) => _outPoints.ContainsKey(outPoint);

    /// <summary>The watched script that an output pays; null where it pays none that was seen.</summary>
    public Script? OwnerOf(OutPoint outPoint) => _owners.TryGetValue(outPoint, out var script) ? script : null;

    /// <inheritdoc/>
    public IReadOnlyList<WatchedPayment> PaymentsTo(Script script)
    {
        if (!_scripts.TryGetValue(script, out var watched) || watched.Fundings.IsEmpty)
        {
            return [];
        }

        var payments = watched.Fundings.Values.Select(each => new WatchedPayment(
            each.OutPoint, each.Output, each.Transaction, each.Block?.Height, SpendOf(each.OutPoint))).ToList();
        payments.Sort(Order);
        return payments;
    }

    /// <inheritdoc/>
    public WatchedSpend? SpendOf(OutPoint outPoint) => _spends.TryGetValue(outPoint, out var spend)
        ? new WatchedSpend(spend.Spender, spend.InputIndex, spend.Block?.Height)
        : null;

    // Within a height by name, so that the order says nothing of the order in which things were heard of.
    private static int Order(WatchedPayment left, WatchedPayment right)
    {
        var byHeight = (left.Height ?? int.MaxValue).CompareTo(right.Height ?? int.MaxValue);
        return byHeight != 0 ? byHeight : left.OutPoint.CompareTo(right.OutPoint);
    }
}
