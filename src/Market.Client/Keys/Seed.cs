using System.Security.Cryptography;

namespace Market.Client.Keys;

/// <summary>The one secret of a wallet: every key and preimage is derived from it. Prints redacted; zeroed when disposed.</summary>
public sealed class Seed : IDisposable
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 32;

    private readonly byte[] _bytes;

    /// <summary>Copies the secret.</summary>
    /// <param name="bytes">32 bytes of entropy.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public Seed(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
        {
            throw new ArgumentException($"A seed is {Length} bytes long.", nameof(bytes));
        }

        _bytes = bytes.ToArray();
    }

    /// <summary>A new seed from the system's entropy.</summary>
    public static Seed Create()
    {
        Span<byte> bytes = stackalloc byte[Length];
        RandomNumberGenerator.Fill(bytes);
        var seed = new Seed(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return seed;
    }

    /// <summary>The secret itself: for derivation only, never to be kept or shown.</summary>
    public ReadOnlySpan<byte> Secret => _bytes;

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    /// <summary>Never the secret.</summary>
    public override string ToString() => "Seed(redacted)";
}
