using Market.Hashing;

namespace Market.Bitcoin;

/// <summary>The tagged hashes of BIP341.</summary>
internal static class TapTags
{
    public static readonly TaggedHasher Leaf = new("TapLeaf");
    public static readonly TaggedHasher Branch = new("TapBranch");
    public static readonly TaggedHasher Tweak = new("TapTweak");
    public static readonly TaggedHasher Sighash = new("TapSighash");

    /// <summary>The hash of two parts laid end to end.</summary>
    public static Hash256 Of(this in TaggedHasher hasher, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default)
    {
        Span<byte> hash = stackalloc byte[Hash256.Length];
        hasher.Hash(first, second, hash);
        return new Hash256(hash);
    }
}
