using System.Collections.Immutable;

namespace Market.Bitcoin;

/// <summary>A leaf of a script tree and the way from it to the root.</summary>
/// <param name="Script">The leaf's script.</param>
/// <param name="Version">The leaf's version, an even byte.</param>
/// <param name="Path">Neighbours' hashes, the leaf's level first.</param>
public sealed record TapLeaf(Script Script, byte Version, ImmutableArray<Hash256> Path)
{
    /// <summary>The leaf's hash.</summary>
    public Hash256 Hash => Taproot.LeafHash(Script, Version);

    /// <summary>
    /// The last witness item of a spend by this leaf: version and parity, internal key, path (BIP341).
    /// </summary>
    /// <param name="internalKey">The internal key.</param>
    public byte[] ControlBlock(XOnlyPublicKey internalKey)
    {
        ArgumentNullException.ThrowIfNull(internalKey);
        var root = Path.Aggregate(Hash, Taproot.BranchHash);
        Taproot.OutputKey(internalKey, root, out var isOdd);
        var block = new byte[33 + 32 * Path.Length];
        block[0] = (byte)(Version | (isOdd ? 1 : 0));
        internalKey.Span.CopyTo(block.AsSpan(1));
        for (var i = 0; i < Path.Length; i++)
        {
            Path[i].CopyTo(block.AsSpan(33 + 32 * i));
        }

        return block;
    }
}

/// <summary>A taproot script tree (BIP341), immutable.</summary>
public sealed class TapTree
{
    private TapTree(Hash256 hash, ImmutableArray<TapLeaf> leaves)
    {
        Hash = hash;
        Leaves = leaves;
    }

    /// <summary>The root's hash.</summary>
    public Hash256 Hash { get; }

    /// <summary>The leaves from left to right, each with its path.</summary>
    public ImmutableArray<TapLeaf> Leaves { get; }

    /// <summary>A tree of one leaf.</summary>
    /// <param name="script">The leaf's script.</param>
    /// <param name="version">Tapscript unless told; even, and not the annex tag.</param>
    /// <exception cref="ArgumentException">The version is odd or 0x50 (BIP341).</exception>
    public static TapTree Leaf(Script script, byte version = Taproot.TapscriptLeafVersion)
    {
        if ((version & 1) != 0 || version == 0x50)
        {
            throw new ArgumentException("A leaf version is even and not 0x50.", nameof(version));
        }

        return new TapTree(Taproot.LeafHash(script, version), [new TapLeaf(script, version, [])]);
    }

    /// <summary>Joins two trees.</summary>
    /// <exception cref="ArgumentException">A leaf would be deeper than <see cref="Taproot.MaxDepth"/>.</exception>
    public static TapTree Branch(TapTree left, TapTree right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        if (left.Leaves.Concat(right.Leaves).Any(leaf => leaf.Path.Length >= Taproot.MaxDepth))
        {
            throw new ArgumentException("A script tree is at most 128 levels deep.", nameof(right));
        }

        return new TapTree(
            Taproot.BranchHash(left.Hash, right.Hash),
            [.. Below(left, right.Hash), .. Below(right, left.Hash)]);
    }

    private static IEnumerable<TapLeaf> Below(TapTree tree, Hash256 neighbour) =>
        tree.Leaves.Select(leaf => leaf with { Path = leaf.Path.Add(neighbour) });
}
