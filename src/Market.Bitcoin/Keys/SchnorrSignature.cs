using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin;

/// <summary>A BIP340 signature: 64 bytes, r and s. Holding one says nothing of whether it is right.</summary>
public sealed class SchnorrSignature
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 64;

    private readonly byte[] _bytes;

    private SchnorrSignature(byte[] bytes) => _bytes = bytes;

    /// <summary>The 64 bytes.</summary>
    public ReadOnlySpan<byte> Span => _bytes;

    /// <summary>Reads 64 bytes.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SchnorrSignature? signature)
    {
        signature = bytes.Length == Length ? new SchnorrSignature(bytes.ToArray()) : null;
        return signature is not null;
    }

    /// <summary>Reads 128 hexadecimal digits.</summary>
    public static bool TryParse(string? hex, [NotNullWhen(true)] out SchnorrSignature? signature)
    {
        signature = null;
        return hex is { Length: 2 * Length } && Hex.TryDecode(hex, out var bytes) && TryParse(bytes, out signature);
    }

    /// <summary>A witness item: the signature, then the hash type's byte unless it is the default (BIP341).</summary>
    public byte[] ToWitnessItem(SighashType type = SighashType.Default) =>
        type == SighashType.Default ? [.. _bytes] : [.. _bytes, (byte)type];

    /// <summary>128 hexadecimal digits.</summary>
    public override string ToString() => Hex.Encode(_bytes);
}
