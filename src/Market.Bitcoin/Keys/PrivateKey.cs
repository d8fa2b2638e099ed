using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using static Market.Bitcoin.CurveNative;

namespace Market.Bitcoin;

/// <summary>
/// A secret scalar. Prints redacted; its memory is pinned and zeroed on dispose, after which every use throws
/// <see cref="ObjectDisposedException"/>.
/// </summary>
public sealed unsafe class PrivateKey : IDisposable
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 32;

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Length, pinned: true);
    private PublicKey? _publicKey;
    private bool _disposed;

    private PrivateKey(ReadOnlySpan<byte> bytes) => bytes.CopyTo(_bytes);

    /// <summary>The point, compressed.</summary>
    public PublicKey PublicKey => _publicKey ??= Derive();

    /// <summary>Copies 32 bytes, big-endian.</summary>
    /// <param name="bytes">A number from 1 to the curve's order less 1.</param>
    /// <param name="key">The key.</param>
    public static bool TryCreate(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out PrivateKey? key)
    {
        key = null;
        fixed (byte* input = bytes)
        {
            if (bytes.Length == Length && secp256k1_ec_seckey_verify(Context, input) == 1)
            {
                key = new PrivateKey(bytes);
            }
        }

        return key is not null;
    }

    /// <summary>Copies 32 bytes, big-endian. Random bytes are a key but for a chance of 2^-127.</summary>
    /// <exception cref="ArgumentException">Not a number from 1 to the curve's order less 1.</exception>
    public static PrivateKey Create(ReadOnlySpan<byte> bytes) => TryCreate(bytes, out var key)
        ? key
        : throw new ArgumentException("Not a private key.", nameof(bytes));

    /// <summary>ECDSA, deterministic (RFC 6979), low S, and ground for a low R as Bitcoin Core does.</summary>
    /// <param name="message">The hash to sign.</param>
    public EcdsaSignature SignEcdsa(Hash256 message)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var hash = stackalloc byte[Hash256.Length];
        message.CopyTo(new Span<byte>(hash, Hash256.Length));
        var opaque = stackalloc byte[Curve.OpaqueLength];
        var extra = stackalloc byte[32];
        new Span<byte>(extra, 32).Clear();
        Span<byte> compact = stackalloc byte[EcdsaSignature.CompactLength];
        fixed (byte* key = _bytes)
        fixed (byte* output = compact)
        {
            // Each try halves the chance that R is still high: the bound is never met.
            for (var counter = 0UL; counter < uint.MaxValue; counter++)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(extra, 32), counter);
                if (secp256k1_ecdsa_sign(Context, opaque, hash, key, 0, counter == 0 ? null : extra) != 1)
                {
                    throw new CryptographicException("Signing failed.");
                }

                _ = secp256k1_ecdsa_signature_serialize_compact(Context, output, opaque);
                if (compact[0] < 0x80 && EcdsaSignature.TryParseCompact(compact, out var signature))
                {
                    return signature;
                }
            }
        }

        throw new CryptographicException("Signing failed.");
    }

    /// <summary>ECDSA from which the key can be recovered.</summary>
    /// <param name="message">The hash to sign.</param>
    /// <param name="recoveryId">0 to 3, for <see cref="PublicKey.TryRecover"/>.</param>
    public EcdsaSignature SignRecoverable(Hash256 message, out int recoveryId)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var hash = stackalloc byte[Hash256.Length];
        message.CopyTo(new Span<byte>(hash, Hash256.Length));
        var opaque = stackalloc byte[65];
        Span<byte> compact = stackalloc byte[EcdsaSignature.CompactLength];
        int id;
        fixed (byte* key = _bytes)
        fixed (byte* output = compact)
        {
            if (secp256k1_ecdsa_sign_recoverable(Context, opaque, hash, key, 0, null) != 1)
            {
                throw new CryptographicException("Signing failed.");
            }

            _ = secp256k1_ecdsa_recoverable_signature_serialize_compact(Context, output, &id, opaque);
        }

        recoveryId = id;
        return EcdsaSignature.TryParseCompact(compact, out var signature)
            ? signature
            : throw new CryptographicException("Signing failed.");
    }

    /// <summary>BIP340.</summary>
    /// <param name="message">32 bytes in transactions; any other length is allowed.</param>
    /// <param name="auxiliaryEntropy">32 bytes, random where there are any; zeros are safe too.</param>
    public SchnorrSignature SignSchnorr(ReadOnlySpan<byte> message, ReadOnlySpan<byte> auxiliaryEntropy)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Curve.Require(auxiliaryEntropy, 32, nameof(auxiliaryEntropy));
        Span<byte> pair = stackalloc byte[Curve.PairLength];
        Span<byte> result = stackalloc byte[SchnorrSignature.Length];
        fixed (byte* key = _bytes, pairBytes = pair, messageBytes = message)
        fixed (byte* auxiliary = auxiliaryEntropy, output = result)
        {
            byte none = 0;
            var extra = new SchnorrExtraParameters { Magic = SchnorrExtraParameters.MagicValue, NonceData = auxiliary };
            var data = message.IsEmpty ? &none : messageBytes;
            var ok = secp256k1_keypair_create(Context, pairBytes, key) == 1
                && secp256k1_schnorrsig_sign_custom(
                    Context, output, data, (nuint)message.Length, pairBytes, &extra) == 1;
            CryptographicOperations.ZeroMemory(pair);
            return ok && SchnorrSignature.TryParse(result, out var signature)
                ? signature
                : throw new CryptographicException("Signing failed.");
        }
    }

    /// <summary>BIP340 over a hash.</summary>
    public SchnorrSignature SignSchnorr(Hash256 message, ReadOnlySpan<byte> auxiliaryEntropy)
    {
        Span<byte> hash = stackalloc byte[Hash256.Length];
        message.CopyTo(hash);
        return SignSchnorr(hash, auxiliaryEntropy);
    }

    /// <summary>This key plus the tweak, as BIP32 adds them.</summary>
    /// <returns>False where the tweak is not a scalar or the sum is nought (never by chance).</returns>
    public bool TryAddTweak(ReadOnlySpan<byte> tweak, [NotNullWhen(true)] out PrivateKey? result) =>
        TryAdd(tweak, negateOdd: false, out result);

    /// <summary>
    /// The key of the x-only point plus the tweak: this key is negated first where its y is odd (BIP341).
    /// </summary>
    /// <returns>False where the tweak is not a scalar or the sum is nought (never by chance).</returns>
    public bool TryAddXOnlyTweak(ReadOnlySpan<byte> tweak, [NotNullWhen(true)] out PrivateKey? result) =>
        TryAdd(tweak, negateOdd: true, out result);

    /// <summary>Copies the secret's 32 bytes out; the caller zeroes them after use.</summary>
    public void ExportTo(Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _bytes.CopyTo(destination);
    }

    /// <summary>Zeroes the secret.</summary>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_bytes);
    }

    /// <summary>Never the secret.</summary>
    public override string ToString() => "PrivateKey(redacted)";

    private bool TryAdd(ReadOnlySpan<byte> tweak, bool negateOdd, [NotNullWhen(true)] out PrivateKey? result)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Curve.Require(tweak, Length, nameof(tweak));
        var sum = new PrivateKey(_bytes);
        fixed (byte* key = sum._bytes, tweakBytes = tweak)
        {
            if (negateOdd && PublicKey.IsOdd)
            {
                _ = secp256k1_ec_seckey_negate(Context, key);
            }

            if (secp256k1_ec_seckey_tweak_add(Context, key, tweakBytes) == 1)
            {
                result = sum;
                return true;
            }
        }

        sum.Dispose();
        result = null;
        return false;
    }

    private PublicKey Derive()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var point = stackalloc byte[Curve.OpaqueLength];
        fixed (byte* key = _bytes)
        {
            _ = secp256k1_ec_pubkey_create(Context, point, key);
        }

        return PublicKey.FromOpaque(point);
    }
}
