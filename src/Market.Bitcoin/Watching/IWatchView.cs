namespace Market.Bitcoin.Watching;

/// <summary>A transaction that spends a watched output.</summary>
/// <param name="Spender">The transaction.</param>
/// <param name="InputIndex">By which of its inputs.</param>
/// <param name="Height">Of its block on the best chain; null in the mempool.</param>
public sealed record WatchedSpend(Transaction Spender, int InputIndex, int? Height);

/// <summary>An output that pays a watched script.</summary>
/// <param name="OutPoint">Its name.</param>
/// <param name="Output">Amount and script.</param>
/// <param name="Transaction">The transaction that made it.</param>
/// <param name="Height">Of its block on the best chain; null in the mempool.</param>
/// <param name="Spend">What spends it; null where nothing is seen to.</param>
public sealed record WatchedPayment(
    OutPoint OutPoint, TxOut Output, Transaction Transaction, int? Height, WatchedSpend? Spend);

/// <summary>
/// What one chain shows, at one tip, of the scripts and outputs that are watched: the whole of it, so that a reader who
/// missed every event before still knows where everything stands.
/// </summary>
public interface IWatchView
{
    /// <summary>The payments to a watched script, those in blocks first, from the lowest up; empty where it is not
    /// watched.</summary>
    IReadOnlyList<WatchedPayment> PaymentsTo(Script script);

    /// <summary>What spends a watched output, or an output of a watched script; null where nothing is seen to.</summary>
    WatchedSpend? SpendOf(OutPoint outPoint);
}
