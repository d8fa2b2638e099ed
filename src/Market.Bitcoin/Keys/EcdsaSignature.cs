using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin.Encoding;
using static Market.Bitcoin.CurveNative;

namespace Market.Bitcoin;

/// <summary>
/// An ECDSA signature: r and s, neither at or above the curve's order. Says nothing of whether it is right.
/// </summary>
public sealed unsafe class EcdsaSignature
{
    /// <summary>Length of the compact form in bytes.</summary>
    public const int CompactLength = 64;

    private readonly byte[] _compact;

    private EcdsaSignature(byte[] compact) => _compact = compact;

    /// <summary>r and s, 32 bytes each, big-endian.</summary>
    public ReadOnlySpan<byte> Compact => _compact;

    /// <summary>True where s is at most half the order (BIP62, BIP146).</summary>
    public bool IsLowS => Der.IsLowS(_compact.AsSpan(32));

    /// <summary>True where r's DER form takes no padding byte: signatures are then 70 bytes or less.</summary>
    public bool IsLowR => _compact[0] < 0x80;

    /// <summary>Reads strict DER (BIP66) without the hash type's byte, of integers that fit 32 bytes.</summary>
    public static bool TryParseDer(ReadOnlySpan<byte> der, [NotNullWhen(true)] out EcdsaSignature? signature)
    {
        signature = null;
        var compact = new byte[CompactLength];
        return Der.IsStrict(der) && Der.TryReadStrict(der, compact) && TryParseCompact(compact, out signature);
    }

    /// <summary>Reads r and s.</summary>
    public static bool TryParseCompact(ReadOnlySpan<byte> compact, [NotNullWhen(true)] out EcdsaSignature? signature)
    {
        signature = null;
        var opaque = stackalloc byte[Curve.OpaqueLength];
        fixed (byte* input = compact)
        {
            if (compact.Length == CompactLength
                && secp256k1_ecdsa_signature_parse_compact(Context, opaque, input) == 1)
            {
                signature = new EcdsaSignature(compact.ToArray());
            }
        }

        return signature is not null;
    }

    /// <summary>The same signature with low s.</summary>
    public EcdsaSignature Normalize()
    {
        if (IsLowS)
        {
            return this;
        }

        var opaque = stackalloc byte[Curve.OpaqueLength];
        var compact = new byte[CompactLength];
        fixed (byte* input = _compact)
        fixed (byte* output = compact)
        {
            _ = secp256k1_ecdsa_signature_parse_compact(Context, opaque, input);
            _ = secp256k1_ecdsa_signature_normalize(Context, opaque, opaque);
            _ = secp256k1_ecdsa_signature_serialize_compact(Context, output, opaque);
        }

        return new EcdsaSignature(compact);
    }

    /// <summary>DER, at most 72 bytes.</summary>
    public byte[] ToDer()
    {
        var r = Integer(_compact.AsSpan(0, 32));
        var s = Integer(_compact.AsSpan(32));
        return [0x30, (byte)(4 + r.Length + s.Length), 0x02, (byte)r.Length, .. r, 0x02, (byte)s.Length, .. s];
    }

    /// <summary>A script's or witness's item: DER, then the hash type's byte.</summary>
    public byte[] ToScriptItem(SighashType type = SighashType.All) => [.. ToDer(), (byte)type];

    /// <summary>Hexadecimal text of the DER form.</summary>
    public override string ToString() => Hex.Encode(ToDer());

    private static byte[] Integer(ReadOnlySpan<byte> value)
    {
        var trimmed = value.TrimStart((byte)0);
        return trimmed switch
        {
            [] => [0],
            [>= 0x80, ..] => [0, .. trimmed],
            _ => trimmed.ToArray(),
        };
    }
}
