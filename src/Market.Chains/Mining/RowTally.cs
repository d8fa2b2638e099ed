using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;

namespace Market.Chains.Mining;

/// <summary>What became of a devnet of one row: its best chain counted, and what its rules did.</summary>
/// <param name="Row">The row.</param>
/// <param name="Seconds">How long it ran by its own clock.</param>
/// <param name="Shares">Shares of the best chain.</param>
/// <param name="BesideChain">Shares that lost to another of their height.</param>
/// <param name="Reorgs">How often shares left the best chain.</param>
/// <param name="Deepest">How many of them left it at once at most.</param>
/// <param name="Bytes">Bytes of the best chain's shares.</param>
/// <param name="MainBlocks">Mainchain blocks that shares and weak shares found, by their fate.</param>
/// <param name="Payees">Scripts that mainchain coinbases paid.</param>
/// <param name="Holders">Scripts that take part in the next payout.</param>
/// <param name="Transactions">Transactions of shares, sharebases not counted.</param>
/// <param name="Expired">Outputs that expired.</param>
/// <param name="Frozen">Outputs that were frozen because they won.</param>
/// <param name="Freed">Of those, the ones set free again.</param>
/// <param name="Destroyed">Of those, the ones destroyed.</param>
/// <param name="Uncles">Uncles that shares named.</param>
/// <param name="WeakShares">Weak shares that miners handed in.</param>
/// <param name="WeakNamed">Weak shares that shares named.</param>
/// <param name="LateWorks">Late work registered.</param>
/// <param name="Supply">Base units in all unspent, unexpired outputs.</param>
/// <param name="Outputs">How many those are.</param>
/// <param name="Hashes">Hashes of the processor's miners.</param>
public sealed record RowTally(
    string Row, int Seconds, int Shares, long BesideChain, int Reorgs, int Deepest, long Bytes,
    ImmutableSortedDictionary<string, int> MainBlocks, int Payees, int Holders, int Transactions, int Expired, int Frozen,
    int Freed, int Destroyed, int Uncles, long WeakShares, int WeakNamed, int LateWorks, long Supply, int Outputs, long Hashes)
{
    /// <summary>Counts a chain.</summary>
    /// <param name="node">Its node.</param>
    /// <param name="store">The node's store.</param>
    /// <param name="ran">How long it ran, by its own clock.</param>
    /// <param name="reports">What the miners did.</param>
    /// <param name="reorgs">What left the best chain meanwhile.</param>
    /// <param name="cancellation">Stops it.</param>
    internal static async Task<RowTally> OfAsync(
        ShareNode node, MemoryBlockStore store, TimeSpan ran, IReadOnlyList<MinerReport> reports, RowReorgs reorgs,
        CancellationToken cancellation)
    {
        var tip = await node.GetTipAsync(cancellation).ConfigureAwait(false);
        var (payees, undo) = (new HashSet<Script>(), new List<ShareUndo>());
        var (transactions, named, bytes) = (0, 0, 0L);
        for (var height = 1; height <= tip.Height; height++)
        {
            var id = (await node.GetBlockIdAsync(height, cancellation).ConfigureAwait(false))!.Value;
            var share = (await node.GetShareAsync(new ShareId(id), cancellation).ConfigureAwait(false))!;
            payees.UnionWith(share.Proof.MainCoinbase.Outputs.Where(output => output.Value != Amount.Zero)
                .Select(output => output.ScriptPubKey));
            transactions += share.Transactions.Length - 1;
            named += share.Named.Length;
            bytes += store.GetBlock(id)!.Value.Length;
            undo.Add(ShareUndo.Parse(store.GetUndo(id)!.Value)!);
        }

        var figures = await node.GetFiguresAsync(cancellation).ConfigureAwait(false);
        var holders = await node.GetHoldersAsync(cancellation).ConfigureAwait(false);
        var found = await node.GetFoundAsync(cancellation).ConfigureAwait(false);
        var isWeak = node.Profile.Weak is not null;
        return new RowTally(
            node.Name, (int)ran.TotalSeconds, tip.Height, reports.Sum(report => report.Stale),
            reorgs.Count, reorgs.Deepest, bytes,
            found.CountBy(block => block.Fate).ToImmutableSortedDictionary(
                fate => fate.Key.ToString().ToLowerInvariant(), fate => fate.Value),
            payees.Count, holders.Count, transactions,
            undo.Sum(each => each.Window?.Expired.Length ?? 0),
            undo.Count(each => each.Redeem is { Frozen: not null }),
            undo.Sum(each => each.Redeem?.Freed.Length ?? 0),
            undo.Sum(each => each.Redeem?.Destroyed.Length ?? 0),
            isWeak ? 0 : named, reports.Sum(report => report.Weak), isWeak ? named : 0, undo.Sum(each => each.Registered),
            figures.Supply.Sats, figures.Coins, reports.Sum(report => report.Hashes));
    }
}
