using Market.Bitcoin;
using Market.Hashing;
using Market.Sharechain;

namespace Market.Api.Features.Dev;

/// <summary>Finds shares on development chains, where a moment's work is enough.</summary>
internal static class ShareSolver
{
    private const int NonceChunk = 1 << 14;

    /// <summary>A share with the work that its template asks for; null where there is none among all nonces, or it was
    /// cancelled.</summary>
    public static ShareBlock? Solve(ShareTemplate template, CancellationToken cancel)
    {
        if (!template.ShareTarget.TryExpand(out var target)) return null;
        Span<byte> header = stackalloc byte[BlockHeader.Length];
        Span<byte> limit = stackalloc byte[Hash256.Length];
        Span<uint> found = stackalloc uint[1];
        var work = template.WithExtraNonce((ulong)Random.Shared.NextInt64());
        work.MainHeader.CopyTo(header);
        target.WriteLittleEndian(limit);
        for (long nonce = 0; nonce < 1L << 32 && !cancel.IsCancellationRequested; nonce += NonceChunk)
        {
            if (NonceScanner.Scan(header, (uint)nonce, NonceChunk, limit, found).Found > 0)
                return work.ToShare(work.MainHeader with { Nonce = found[0] });
        }
        return null;
    }
}
