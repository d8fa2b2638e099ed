using System.Security.Cryptography;

namespace Market.Hashing.Tests;

/// <summary>Seeded bytes and the framework's answers to compare with.</summary>
internal static class TestBytes
{
    public static byte[] Random(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static byte[] DoubleHash(ReadOnlySpan<byte> data) => SHA256.HashData(SHA256.HashData(data));
}
