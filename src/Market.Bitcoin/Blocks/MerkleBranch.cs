using System.Collections.Immutable;

namespace Market.Bitcoin;

/// <summary>The neighbours on the way from a leaf to the root.</summary>
/// <param name="Index">The leaf's place; bit i tells on which side the way stands at level i.</param>
/// <param name="Hashes">Neighbours, the leaf's level first.</param>
public sealed record MerkleBranch(uint Index, ImmutableArray<Hash256> Hashes)
{
    /// <summary>No tree of a block is higher.</summary>
    public const int MaxHeight = 32;

    /// <summary>
    /// The root that a leaf leads to. An index with bits above the branch's height leads nowhere: nought.
    /// </summary>
    public Hash256 Fold(Hash256 leaf)
    {
        if (Hashes.Length > MaxHeight || (Hashes.Length < MaxHeight && Index >> Hashes.Length != 0))
        {
            return default;
        }

        var hash = leaf;
        for (var i = 0; i < Hashes.Length; i++)
        {
            hash = ((Index >> i) & 1) == 0
                ? MerkleTree.Join(hash, Hashes[i])
                : MerkleTree.Join(Hashes[i], hash);
        }

        return hash;
    }

    /// <inheritdoc/>
    public bool Equals(MerkleBranch? other) =>
        other is not null && Index == other.Index && Hashes.AsSpan().SequenceEqual(other.Hashes.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Index, Hashes.Length);
}
