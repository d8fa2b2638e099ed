using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin.Encoding;
using static Market.Bitcoin.CurveNative;

namespace Market.Bitcoin;

/// <summary>A point on the curve as it is written: 33 bytes (compressed) or 65. Equal where the bytes are.</summary>
public sealed unsafe class PublicKey : IEquatable<PublicKey>, IComparable<PublicKey>
{
    private readonly byte[] _bytes;

    private PublicKey(byte[] bytes) => _bytes = bytes;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => _bytes;

    /// <summary>True for 33 bytes.</summary>
    public bool IsCompressed => _bytes.Length == 33;

    /// <summary>True where y is odd.</summary>
    public bool IsOdd => (IsCompressed ? _bytes[0] : _bytes[64]) % 2 == 1;

    /// <summary>RIPEMD-160 of SHA-256 of the bytes.</summary>
    public Hash160 Hash160 => Hash160.Of(_bytes);

    /// <summary>x alone (BIP340).</summary>
    public XOnlyPublicKey XOnly => XOnlyPublicKey.Trusted(_bytes.AsSpan(1, 32));

    /// <summary>
    /// True where the first byte fits the length, as Bitcoin Core's CPubKey::ValidSize; the curve is not asked.
    /// </summary>
    public static bool HasValidLength(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [2 or 3, ..] => bytes.Length == 33,
        [4 or 6 or 7, ..] => bytes.Length == 65,
        _ => false,
    };

    /// <summary>Reads 33 or 65 bytes that are a point of the curve. Hybrid forms (06, 07) are refused.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out PublicKey? key)
    {
        key = bytes is [2 or 3 or 4, ..] && Curve.IsPublicKey(bytes) ? new PublicKey(bytes.ToArray()) : null;
        return key is not null;
    }

    /// <summary>Reads hexadecimal text of 33 or 65 bytes.</summary>
    public static bool TryParse(string? hex, [NotNullWhen(true)] out PublicKey? key)
    {
        key = null;
        return hex is { Length: 66 or 130 } && Hex.TryDecode(hex, out var bytes) && TryParse(bytes, out key);
    }

    /// <summary>Reads hexadecimal text of 33 or 65 bytes.</summary>
    /// <exception cref="FormatException">It is no point of the curve.</exception>
    public static PublicKey Parse(string hex) =>
        TryParse(hex, out var key) ? key : throw new FormatException("Not a public key.");

    /// <summary>Finds the key that made a signature.</summary>
    /// <param name="message">The hash that was signed.</param>
    /// <param name="signature">The signature.</param>
    /// <param name="recoveryId">0 to 3.</param>
    /// <param name="key">The key, compressed.</param>
    public static bool TryRecover(
        Hash256 message, EcdsaSignature signature, int recoveryId, [NotNullWhen(true)] out PublicKey? key)
    {
        ArgumentNullException.ThrowIfNull(signature);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)recoveryId, 3u);
        key = null;
        var opaque = stackalloc byte[65];
        var point = stackalloc byte[Curve.OpaqueLength];
        var hash = stackalloc byte[Hash256.Length];
        message.CopyTo(new Span<byte>(hash, Hash256.Length));
        fixed (byte* compact = signature.Compact)
        {
            if (secp256k1_ecdsa_recoverable_signature_parse_compact(Context, opaque, compact, recoveryId) == 1
                && secp256k1_ecdsa_recover(Context, point, opaque, hash) == 1)
            {
                key = new PublicKey(Curve.Serialize(point, compressed: true));
            }
        }

        return key is not null;
    }

    /// <summary>The same point in 65 bytes.</summary>
    public PublicKey Decompress()
    {
        var point = stackalloc byte[Curve.OpaqueLength];
        Curve.TryParse(_bytes, point);
        return IsCompressed ? new PublicKey(Curve.Serialize(point, compressed: false)) : this;
    }

    /// <summary>This point plus tweak * G, in 33 bytes.</summary>
    /// <param name="tweak">32 bytes.</param>
    /// <param name="result">The sum.</param>
    /// <returns>False where the tweak is not a scalar or the sum is infinity (never by chance).</returns>
    public bool TryAddTweak(ReadOnlySpan<byte> tweak, [NotNullWhen(true)] out PublicKey? result)
    {
        Curve.Require(tweak, Curve.ScalarLength, nameof(tweak));
        var point = stackalloc byte[Curve.OpaqueLength];
        Curve.TryParse(_bytes, point);
        fixed (byte* tweakBytes = tweak)
        {
            result = secp256k1_ec_pubkey_tweak_add(Context, point, tweakBytes) == 1
                ? new PublicKey(Curve.Serialize(point, compressed: true))
                : null;
        }

        return result is not null;
    }

    /// <summary>ECDSA; high S is refused.</summary>
    public bool Verify(Hash256 message, EcdsaSignature signature)
    {
        ArgumentNullException.ThrowIfNull(signature);
        Span<byte> hash = stackalloc byte[Hash256.Length];
        message.CopyTo(hash);
        return signature.IsLowS && Curve.VerifyEcdsa(_bytes, hash, signature.Compact);
    }

    /// <inheritdoc/>
    public bool Equals(PublicKey? other) => other is not null && Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(_bytes, 4);

    /// <summary>Orders by bytes, lexicographically (BIP67).</summary>
    public int CompareTo(PublicKey? other) => other is null ? 1 : Span.SequenceCompareTo(other.Span);

    /// <summary>Hexadecimal text.</summary>
    public override string ToString() => Hex.Encode(_bytes);

    internal static PublicKey FromOpaque(byte* point) => new(Curve.Serialize(point, compressed: true));
}
