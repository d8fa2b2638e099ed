using Market.Bitcoin;
using Market.Hashing;
using Market.Sharechain;

namespace Market.Api.Tests.Host;

/// <summary>Finds a share with real work.</summary>
public static class ShareSolver
{
    private const int Chunk = 1 << 14;

    public static ShareBlock Solve(ShareTemplate template)
    {
        Assert.True(template.ShareTarget.TryExpand(out var target));
        Span<byte> header = stackalloc byte[BlockHeader.Length];
        Span<byte> limit = stackalloc byte[Hash256.Length];
        Span<uint> found = stackalloc uint[1];
        template.MainHeader.CopyTo(header);
        target.WriteLittleEndian(limit);
        for (long nonce = 0; nonce < 1L << 32; nonce += Chunk)
        {
            if (NonceScanner.Scan(header, (uint)nonce, Chunk, limit, found).Found > 0)
                return template.ToShare(template.MainHeader with { Nonce = found[0] });
        }
        throw new InvalidOperationException("No nonce is good enough.");
    }
}
