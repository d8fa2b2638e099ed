using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Swaps;

/// <summary>The SHA-256 of a preimage. Text is hexadecimal in the order the bytes stand, not reversed.</summary>
/// <param name="Value">The hash in the order SHA-256 gives it.</param>
[JsonConverter(typeof(PaymentHashConverter))]
public readonly record struct PaymentHash(Hash256 Value)
{
    /// <summary>Hashes a preimage's bytes.</summary>
    public static PaymentHash Of(ReadOnlySpan<byte> preimage)
    {
        Span<byte> hash = stackalloc byte[Hash256.Length];
        SHA256.HashData(preimage, hash);
        return new PaymentHash(new Hash256(hash));
    }

    /// <summary>Reads 64 hexadecimal digits in the order the bytes stand.</summary>
    public static bool TryParse([NotNullWhen(true)] string? hex, out PaymentHash hash)
    {
        hash = default;
        if (hex is not { Length: 2 * Hash256.Length } || !Hex.TryDecode(hex, out var bytes))
        {
            return false;
        }

        hash = new PaymentHash(new Hash256(bytes));
        return true;
    }

    /// <summary>A new array of the 32 bytes.</summary>
    public byte[] ToArray() => Value.ToArray();

    /// <summary>64 hexadecimal digits in the order the bytes stand.</summary>
    public override string ToString() => Hex.Encode(Value.ToArray());
}
