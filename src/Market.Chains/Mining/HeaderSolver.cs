using Market.Bitcoin;
using Market.Hashing;

namespace Market.Chains.Mining;

/// <summary>Looks for a nonce with real work.</summary>
public static class HeaderSolver
{
    private const long Nonces = 1L << 32;

    // Scanned at once: little where any hash will do, and at most so much between looks at the cancellation.
    private const int FirstChunk = 1 << 8;
    private const int Chunk = 1 << 14;

    /// <summary>The header with a nonce that meets its own target.</summary>
    /// <returns>Null where all nonces were tried in vain, or it was cancelled.</returns>
    public static BlockHeader? Solve(BlockHeader header, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(header);
        return header.Bits.TryExpand(out var target) ? Solve(header, target, cancellation) : null;
    }

    /// <summary>The header with a nonce that meets a target, as a share's is easier than its header's own.</summary>
    /// <param name="header">The header; its nonce does not count.</param>
    /// <param name="target">At most this much may the hash be.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Null where all nonces were tried in vain, or it was cancelled.</returns>
    public static BlockHeader? Solve(BlockHeader header, U256 target, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(header);
        Span<byte> bytes = stackalloc byte[BlockHeader.Length];
        Span<byte> limit = stackalloc byte[Hash256.Length];
        Span<uint> found = stackalloc uint[1];
        header.CopyTo(bytes);
        target.WriteLittleEndian(limit);
        var chunk = FirstChunk;
        for (long nonce = 0; nonce < Nonces && !cancellation.IsCancellationRequested;)
        {
            if (NonceScanner.Scan(bytes, (uint)nonce, chunk, limit, found).Found > 0)
            {
                return header with { Nonce = found[0] };
            }

            nonce += chunk;
            chunk = (int)Math.Min(nonce, Chunk);
        }

        return null;
    }
}
