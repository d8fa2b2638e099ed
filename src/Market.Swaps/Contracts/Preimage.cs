using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Market.Bitcoin.Encoding;

namespace Market.Swaps;

/// <summary>
/// 32 secret bytes whose SHA-256 locks both legs. Prints redacted and is no JSON; <see cref="Reveal"/> is the one way
/// out, into a claim.
/// </summary>
public sealed class Preimage : IDisposable
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 32;

    private readonly byte[] _bytes;

    private Preimage(byte[] bytes) => _bytes = bytes;

    /// <summary>The SHA-256 of the bytes.</summary>
    public PaymentHash Hash => PaymentHash.Of(_bytes);

    /// <summary>Copies 32 bytes.</summary>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static Preimage Create(ReadOnlySpan<byte> bytes) => bytes.Length == Length
        ? new Preimage(bytes.ToArray())
        : throw new ArgumentException("A preimage is 32 bytes long.", nameof(bytes));

    /// <summary>Makes it public: from here on it can be written to logs, messages and chains.</summary>
    public RevealedPreimage Reveal() => new(_bytes);

    /// <summary>Zeroes the bytes.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    /// <summary>Never the bytes.</summary>
    public override string ToString() => "Preimage(redacted)";
}

/// <summary>A preimage that a chain, or its maker, has made public. Equal where the bytes are.</summary>
[JsonConverter(typeof(RevealedPreimageConverter))]
public sealed class RevealedPreimage : IEquatable<RevealedPreimage>
{
    private readonly byte[] _bytes;

    internal RevealedPreimage(ReadOnlySpan<byte> bytes) => _bytes = bytes.ToArray();

    /// <summary>The 32 bytes.</summary>
    public ReadOnlySpan<byte> Span => _bytes;

    /// <summary>The SHA-256 of the bytes.</summary>
    public PaymentHash Hash => PaymentHash.Of(_bytes);

    /// <summary>Takes 32 bytes that open a hash.</summary>
    public static bool TryOpen(
        PaymentHash hash, ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out RevealedPreimage? preimage)
    {
        var opens = bytes.Length == Preimage.Length && PaymentHash.Of(bytes) == hash;
        preimage = opens ? new RevealedPreimage(bytes) : null;
        return opens;
    }

    /// <summary>Reads 64 hexadecimal digits in the order the bytes stand.</summary>
    public static bool TryParse(string? hex, [NotNullWhen(true)] out RevealedPreimage? preimage)
    {
        preimage = hex is { Length: 2 * Preimage.Length } && Hex.TryDecode(hex, out var bytes)
            ? new RevealedPreimage(bytes)
            : null;
        return preimage is not null;
    }

    /// <inheritdoc/>
    public bool Equals(RevealedPreimage? other) => other is not null && Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RevealedPreimage);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(_bytes, 0);

    /// <summary>64 hexadecimal digits in the order the bytes stand.</summary>
    public override string ToString() => Hex.Encode(_bytes);
}
