using System.Collections.Immutable;

namespace Market.Bitcoin.Ledger;

/// <summary>Merkle roots over a block's transactions, and the coinbase's branch.</summary>
public static class LedgerMerkle
{
    /// <summary>Root over the txids.</summary>
    /// <param name="transactions">At least one.</param>
    /// <param name="mutated">True where two equal neighbours were hashed together (CVE-2012-2459).</param>
    public static Hash256 Root(ImmutableArray<Transaction> transactions, out bool mutated) =>
        MerkleTree.Root(Ids(transactions), out mutated);

    /// <summary>The hashes that lead from the first leaf to the root, leaf's neighbour first.</summary>
    /// <param name="transactions">At least one.</param>
    public static ImmutableArray<Hash256> CoinbaseBranch(ImmutableArray<Transaction> transactions) =>
        MerkleTree.Branch(Ids(transactions), 0).Hashes;

    /// <summary>The root that a first leaf and its branch lead to.</summary>
    public static Hash256 FoldFirst(Hash256 leaf, ReadOnlySpan<Hash256> branch)
    {
        foreach (var neighbour in branch)
        {
            leaf = MerkleTree.Join(leaf, neighbour);
        }

        return leaf;
    }

    private static Hash256[] Ids(ImmutableArray<Transaction> transactions)
    {
        var hashes = new Hash256[transactions.Length];
        for (var i = 0; i < hashes.Length; i++)
        {
            hashes[i] = transactions[i].Id.Value;
        }

        return hashes;
    }
}
