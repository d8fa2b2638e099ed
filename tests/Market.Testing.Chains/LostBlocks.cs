using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Mainchain;
using Market.Chains.Mining;

namespace Market.Testing.Chains;

/// <summary>Mainchain blocks that nobody builds on.</summary>
public static class LostBlocks
{
    /// <summary>The block of a height with other outputs of its coinbase, mined anew.</summary>
    public static async Task<Block> OfAsync(
        EmbeddedMainchain main, int height, TxOut[] outputs, CancellationToken cancellation)
    {
        var id = new BlockId((await main.GetBlockIdAsync(height, cancellation))!.Value);
        var won = (await main.GetFullBlockAsync(id, cancellation))!;
        var first = won.Transactions[0];
        var coinbase = new Transaction(
            first.Version, first.Inputs, [.. first.Outputs, .. outputs, new TxOut(Amount.Zero, Coins.Owner(77))], first.LockTime);
        Block changed = won with { Transactions = won.Transactions.SetItem(0, coinbase) };
        return changed with
        {
            Header = HeaderSolver.Solve(
                won.Header with { MerkleRoot = LedgerMerkle.Root(changed.Transactions, out _) }, cancellation)!,
        };
    }
}
