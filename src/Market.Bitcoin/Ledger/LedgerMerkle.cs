using System.Collections.Immutable;

namespace Market.Bitcoin.Ledger;

/// <summary>Merkle roots over a block's transactions, and the coinbase's branch.</summary>
public static class LedgerMerkle
{
    /// <summary>Root over the txids.</summary>
    /// <param name="transactions">At least one.</param>
    /// <param name="mutated">True where two equal neighbours were hashed together (CVE-2012-2459).</param>
    public static Hash256 Root(ImmutableArray<Transaction> transactions, out bool mutated)
    {
        var hashes = new Hash256[transactions.Length];
        for (var i = 0; i < hashes.Length; i++)
        {
            hashes[i] = transactions[i].Id.Value;
        }

        return Fold(hashes, out mutated);
    }

    /// <summary>Root over the wtxids, the coinbase's taken as zeros (BIP141).</summary>
    /// <param name="transactions">At least one.</param>
    public static Hash256 WitnessRoot(ImmutableArray<Transaction> transactions)
    {
        var hashes = new Hash256[transactions.Length];
        for (var i = 1; i < hashes.Length; i++)
        {
            hashes[i] = transactions[i].WitnessId.Value;
        }

        return Fold(hashes, out _);
    }

    /// <summary>The hashes that lead from the first leaf to the root, leaf's neighbour first.</summary>
    /// <param name="transactions">At least one.</param>
    public static ImmutableArray<Hash256> CoinbaseBranch(ImmutableArray<Transaction> transactions)
    {
        var level = new Hash256[transactions.Length];
        for (var i = 0; i < level.Length; i++)
        {
            level[i] = transactions[i].Id.Value;
        }

        var branch = ImmutableArray.CreateBuilder<Hash256>();
        var count = level.Length;
        while (count > 1)
        {
            branch.Add(level[1]);
            count = Next(level, count);
        }

        return branch.ToImmutable();
    }

    /// <summary>The root that a first leaf and its branch lead to.</summary>
    public static Hash256 FoldFirst(Hash256 leaf, ReadOnlySpan<Hash256> branch)
    {
        foreach (var neighbour in branch)
        {
            leaf = Pair(leaf, neighbour);
        }

        return leaf;
    }

    private static Hash256 Fold(Hash256[] level, out bool mutated)
    {
        mutated = false;
        var count = level.Length;
        while (count > 1)
        {
            for (var i = 0; i + 1 < count; i += 2)
            {
                mutated |= level[i] == level[i + 1];
            }

            count = Next(level, count);
        }

        return count == 0 ? Hash256.Zero : level[0];
    }

    private static int Next(Hash256[] level, int count)
    {
        for (var i = 0; i < count; i += 2)
        {
            level[i / 2] = Pair(level[i], level[Math.Min(i + 1, count - 1)]);
        }

        return (count + 1) / 2;
    }

    private static Hash256 Pair(Hash256 left, Hash256 right)
    {
        Span<byte> bytes = stackalloc byte[64];
        left.CopyTo(bytes);
        right.CopyTo(bytes[32..]);
        return Hash256.DoubleSha256(bytes);
    }
}
