using System.Runtime.CompilerServices;

namespace Market.Hashing;

/// <summary>Bitcoin's merkle trees: double hashes of pairs, level by level.</summary>
public static class MerkleHasher
{
    /// <summary>Writes the double hash of each pair of 32-byte nodes.</summary>
    /// <param name="pairs">n pairs of 64 bytes, end to end.</param>
    /// <param name="output">At least n times 32 bytes; may be the beginning of <paramref name="pairs"/>.</param>
    /// <exception cref="ArgumentException">Not whole pairs, or too little room for the nodes.</exception>
    public static void HashLevel(ReadOnlySpan<byte> pairs, Span<byte> output) =>
        HashLevel(pairs, output, HashKernels.Active);

    /// <summary>The same with a kernel chosen by name.</summary>
    /// <inheritdoc cref="HashLevel(ReadOnlySpan{byte}, Span{byte})"/>
    public static unsafe void HashLevel(ReadOnlySpan<byte> pairs, Span<byte> output, HashKernel kernel)
    {
        int count = pairs.Length / 64;
        if (pairs.Length % 64 != 0) throw new ArgumentException("Pairs take 64 bytes each.", nameof(pairs));
        if (output.Length < count * 32) throw new ArgumentException("Each node takes 32 bytes.", nameof(output));
        fixed (byte* input = pairs)
        fixed (byte* result = output)
        {
            LaneKernels.Pairs(kernel, input, result, count);
        }
    }

    /// <summary>Computes a merkle root over the leaves, which are overwritten.</summary>
    /// <param name="leaves">n leaves of 32 bytes, end to end; used as working room.</param>
    /// <param name="root">At least 32 bytes; all zeros when there are no leaves.</param>
    /// <param name="mutated">
    /// Whether two equal nodes stand side by side on any level where a pair is made of both (CVE-2012-2459): then
    /// another list of leaves has the same root. Bitcoin Core's flag, with its meaning.
    /// </param>
    /// <exception cref="ArgumentException">Not whole leaves, or too little room for the root.</exception>
    public static void ComputeRoot(Span<byte> leaves, Span<byte> root, out bool mutated) =>
        ComputeRoot(leaves, root, out mutated, HashKernels.Active);

    /// <summary>The same with a kernel chosen by name.</summary>
    /// <inheritdoc cref="ComputeRoot(Span{byte}, Span{byte}, out bool)"/>
    [SkipLocalsInit]
    public static unsafe void ComputeRoot(Span<byte> leaves, Span<byte> root, out bool mutated, HashKernel kernel)
    {
        if (leaves.Length % 32 != 0) throw new ArgumentException("Leaves take 32 bytes each.", nameof(leaves));
        if (root.Length < 32) throw new ArgumentException("A root takes 32 bytes.", nameof(root));
        mutated = false;
        root = root[..32];
        if (leaves.IsEmpty)
        {
            root.Clear();
            return;
        }

        while (leaves.Length > 32)
        {
            mutated |= HasEqualPair(leaves);
            int nodes = leaves.Length / 32;
            fixed (byte* level = leaves)
            {
                LaneKernels.Pairs(kernel, level, level, nodes / 2, oddNode: nodes % 2 != 0);
            }

            leaves = leaves[..((nodes + 1) / 2 * 32)];
        }

        leaves.CopyTo(root);
    }

    private static bool HasEqualPair(ReadOnlySpan<byte> level)
    {
        for (; level.Length >= 64; level = level[64..])
        {
            if (level[..32].SequenceEqual(level[32..64])) return true;
        }

        return false;
    }
}
