using Market.Bitcoin;
using Market.Hashing;

namespace Market.Chains.Mining;

/// <summary>Looks for a nonce with real work.</summary>
public static class HeaderSolver
{
    private const long Nonces = 1L << 32;
    private const int Chunk = 1 << 14;

    /// <summary>The header with a nonce that meets its own target.</summary>
    /// <returns>Null where all nonces were tried in vain, or it was cancelled.</returns>
    public static BlockHeader? Solve(BlockHeader header, CancellationToken cancellation = default)
    {
        if (!header.Bits.TryExpand(out var target))
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[BlockHeader.Length];
        Span<byte> limit = stackalloc byte[Hash256.Length];
        Span<uint> found = stackalloc uint[1];
        header.CopyTo(bytes);
        target.WriteLittleEndian(limit);
        for (long nonce = 0; nonce < Nonces && !cancellation.IsCancellationRequested; nonce += Chunk)
        {
            if (NonceScanner.Scan(bytes, (uint)nonce, Chunk, limit, found).Found > 0)
            {
                return header with { Nonce = found[0] };
            }
        }

        return null;
    }
}
