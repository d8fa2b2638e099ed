using System.Security.Cryptography;

namespace Market.Bitcoin.Watching;

/// <summary>Preimages in witnesses.</summary>
public static class Preimages
{
    /// <summary>Bytes of a preimage and of its hash.</summary>
    public const int Length = 32;

    /// <summary>The witness item of 32 bytes that hashes to a payment hash; null where there is none.</summary>
    public static byte[]? Find(Witness witness, ReadOnlySpan<byte> paymentHash)
    {
        Span<byte> hash = stackalloc byte[Length];
        foreach (var item in witness.Items)
        {
            if (item.Length == Length)
            {
                SHA256.HashData(item.Span, hash);
                if (hash.SequenceEqual(paymentHash))
                {
                    return item.ToArray();
                }
            }
        }

        return null;
    }
}
