using System.Buffers;
using System.Runtime.InteropServices;
using Market.Hashing;

namespace Market.Bitcoin;

/// <summary>
/// Bitcoin's merkle trees over hashes in internal byte order. An odd level repeats its last hash, so two different
/// lists can have one root (CVE-2012-2459): <see cref="Root(ReadOnlySpan{Hash256}, out bool)"/> tells where that
/// may be.
/// </summary>
public static class MerkleTree
{
    /// <summary>The root; nought for no leaves.</summary>
    public static Hash256 Root(ReadOnlySpan<Hash256> leaves) => Root(leaves, out _);

    /// <summary>The root; nought for no leaves.</summary>
    /// <param name="leaves">The leaves in order.</param>
    /// <param name="mutated">
    /// True where two neighbours that are paired are the same: a block so formed must be refused and not remembered
    /// as invalid, for its id is also that of the block without the repetition.
    /// </param>
    public static Hash256 Root(ReadOnlySpan<Hash256> leaves, out bool mutated)
    {
        var rented = ArrayPool<Hash256>.Shared.Rent(leaves.Length);
        var work = rented.AsSpan(0, leaves.Length);
        leaves.CopyTo(work);
        Span<byte> root = stackalloc byte[Hash256.Length];
        MerkleHasher.ComputeRoot(MemoryMarshal.AsBytes(work), root, out mutated);
        ArrayPool<Hash256>.Shared.Return(rented);
        return new Hash256(root);
    }

    /// <summary>SHA256d of two hashes, the left first.</summary>
    public static Hash256 Join(Hash256 left, Hash256 right)
    {
        Span<byte> pair = stackalloc byte[64];
        left.CopyTo(pair);
        right.CopyTo(pair[32..]);
        return Hash256.DoubleSha256(pair);
    }

    /// <summary>The branch that leads from a leaf to the root.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such leaf.</exception>
    public static MerkleBranch Branch(ReadOnlySpan<Hash256> leaves, int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)leaves.Length);
        var level = new Hash256[leaves.Length + 1];
        leaves.CopyTo(level);
        var hashes = new List<Hash256>();
        var at = index;
        for (var count = leaves.Length; count > 1; count = (count + 1) / 2, at /= 2)
        {
            if (count % 2 == 1)
            {
                level[count] = level[count - 1];
            }

            hashes.Add(level[at ^ 1]);
            var nodes = MemoryMarshal.AsBytes(level.AsSpan(0, count + (count & 1)));
            MerkleHasher.HashLevel(nodes, nodes);
        }

        return new MerkleBranch((uint)index, [.. hashes]);
    }
}
