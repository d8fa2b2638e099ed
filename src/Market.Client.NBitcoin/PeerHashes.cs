using Market.Bitcoin;
using NB = global::NBitcoin;

namespace Market.Client.NBitcoin;

/// <summary>The library's hashes by ours.</summary>
internal static class PeerHashes
{
    /// <summary>Ours as the library's.</summary>
    public static NB.uint256 Of(Hash256 hash)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Length];
        hash.CopyTo(bytes);
        return new NB.uint256(bytes);
    }

    /// <summary>The library's as ours.</summary>
    public static Hash256 Of(NB.uint256 hash) => new(hash.ToBytes());
}
