using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin.Encoding;
using static Market.Bitcoin.CurveNative;

namespace Market.Bitcoin;

/// <summary>A point of even y, written as its x: 32 bytes, big-endian (BIP340).</summary>
public sealed unsafe class XOnlyPublicKey : IEquatable<XOnlyPublicKey>, IComparable<XOnlyPublicKey>
{
    private readonly byte[] _bytes;

    private XOnlyPublicKey(byte[] bytes) => _bytes = bytes;

    /// <summary>The point of which nobody knows a private key: BIP341's H.</summary>
    public static XOnlyPublicKey Nums { get; } =
        Parse("50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0");

    /// <summary>The 32 bytes.</summary>
    public ReadOnlySpan<byte> Span => _bytes;

    /// <summary>Reads 32 bytes that are the x of a point.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out XOnlyPublicKey? key)
    {
        key = Curve.IsXOnlyKey(bytes) ? new XOnlyPublicKey(bytes.ToArray()) : null;
        return key is not null;
    }

    /// <summary>Reads 64 hexadecimal digits.</summary>
    public static bool TryParse(string? hex, [NotNullWhen(true)] out XOnlyPublicKey? key)
    {
        key = null;
        return hex is { Length: 64 } && Hex.TryDecode(hex, out var bytes) && TryParse(bytes, out key);
    }

    /// <summary>Reads 64 hexadecimal digits.</summary>
    /// <exception cref="FormatException">They are no point's x.</exception>
    public static XOnlyPublicKey Parse(string hex) =>
        TryParse(hex, out var key) ? key : throw new FormatException("Not an x-only public key.");

    /// <summary>BIP340.</summary>
    public bool Verify(ReadOnlySpan<byte> message, SchnorrSignature signature)
    {
        ArgumentNullException.ThrowIfNull(signature);
        return Curve.VerifySchnorr(_bytes, message, signature.Span);
    }

    /// <summary>BIP340 over a hash.</summary>
    public bool Verify(Hash256 message, SchnorrSignature signature)
    {
        Span<byte> hash = stackalloc byte[Hash256.Length];
        message.CopyTo(hash);
        return Verify(hash, signature);
    }

    /// <summary>This point plus tweak * G (BIP341).</summary>
    /// <param name="tweak">32 bytes.</param>
    /// <param name="result">The sum's x.</param>
    /// <param name="isOdd">The parity of the sum's y, which a control block states.</param>
    /// <returns>False where the tweak is not a scalar or the sum is infinity (never by chance).</returns>
    public bool TryAddTweak(ReadOnlySpan<byte> tweak, [NotNullWhen(true)] out XOnlyPublicKey? result, out bool isOdd)
    {
        Curve.Require(tweak, Curve.ScalarLength, nameof(tweak));
        (result, isOdd) = (null, false);
        var key = stackalloc byte[Curve.OpaqueLength];
        var sum = stackalloc byte[Curve.OpaqueLength];
        fixed (byte* input = _bytes)
        fixed (byte* tweakBytes = tweak)
        {
            if (secp256k1_xonly_pubkey_parse(Context, key, input) != 1
                || secp256k1_xonly_pubkey_tweak_add(Context, sum, key, tweakBytes) != 1)
            {
                return false;
            }
        }

        var full = PublicKey.FromOpaque(sum);
        (result, isOdd) = (full.XOnly, full.IsOdd);
        return true;
    }

    /// <summary>The point of even y in 33 bytes.</summary>
    public PublicKey ToEvenPublicKey()
    {
        Span<byte> bytes = [2, .. _bytes];
        return PublicKey.TryParse(bytes, out var key) ? key : throw new InvalidOperationException("Not a point.");
    }

    /// <inheritdoc/>
    public bool Equals(XOnlyPublicKey? other) => other is not null && Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as XOnlyPublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(_bytes, 4);

    /// <summary>Orders by bytes, lexicographically.</summary>
    public int CompareTo(XOnlyPublicKey? other) => other is null ? 1 : Span.SequenceCompareTo(other.Span);

    /// <summary>64 hexadecimal digits.</summary>
    public override string ToString() => Hex.Encode(_bytes);

    internal static XOnlyPublicKey Trusted(ReadOnlySpan<byte> bytes) => new(bytes.ToArray());
}
