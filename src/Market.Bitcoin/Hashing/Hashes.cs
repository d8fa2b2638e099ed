using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Market.Bitcoin;

/// <summary>The hash functions that Bitcoin uses, one shot each, over the framework's own SHA.</summary>
public static class Hashes
{
    /// <summary>SHA-256 into 32 bytes.</summary>
    public static void Sha256(ReadOnlySpan<byte> data, Span<byte> destination) => SHA256.HashData(data, destination);

    /// <summary>SHA-256.</summary>
    public static Hash256 Sha256(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(data, hash);
        return new Hash256(hash);
    }

    /// <summary>SHA-1 into 20 bytes: only for OP_SHA1.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "OP_SHA1 is what the script says.")]
    [SuppressMessage("Major Vulnerability", "S4790", Justification = "OP_SHA1 is what the script says.")]
    public static void Sha1(ReadOnlySpan<byte> data, Span<byte> destination) => SHA1.HashData(data, destination);

    /// <summary>RIPEMD-160 into 20 bytes.</summary>
    public static void Ripemd160(ReadOnlySpan<byte> data, Span<byte> destination) =>
        Market.Bitcoin.Ripemd160.HashData(data, destination);

    /// <summary>RIPEMD-160 of SHA-256 into 20 bytes.</summary>
    public static void Hash160(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(data, hash);
        Market.Bitcoin.Ripemd160.HashData(hash, destination);
    }

    /// <summary>SHA256d into 32 bytes.</summary>
    public static void Hash256(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        SHA256.HashData(data, destination);
        SHA256.HashData(destination[..32], destination);
    }
}
