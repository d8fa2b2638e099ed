using static Market.Bitcoin.CurveNative;

namespace Market.Bitcoin;

/// <summary>
/// secp256k1 on bare bytes: what the interpreter calls. Nothing is allocated. Calls libsecp256k1, which the package Secp256k1.Net
/// brings along; where there is none every member throws <see cref="CurveLibraryMissingException"/>.
/// </summary>
public static unsafe class Curve
{
    /// <summary>Bytes of a scalar, a hash and a key's x.</summary>
    public const int ScalarLength = 32;

    internal const int OpaqueLength = 64;
    internal const int PairLength = 96;
    private const uint Compressed = 0x102;
    private const uint Uncompressed = 0x002;

    /// <summary>The environment variable in which programs let a libsecp256k1 be named in place of the package's.</summary>
    public const string LibraryVariable = "MARKET_SECP256K1";

    /// <summary>Names the libsecp256k1 to use; none other is tried then. To be said before anything else of this room is called.
    /// </summary>
    /// <param name="library">A file, or a name that the system's loader finds: <c>libsecp256k1.so.1</c>. Null or empty for the
    /// package's.</param>
    /// <exception cref="InvalidOperationException">Another is loaded already.</exception>
    /// <exception cref="CurveLibraryMissingException">The named one cannot be loaded.</exception>
    public static void UseLibrary(string? library) => Use(string.IsNullOrEmpty(library) ? null : library);

    /// <summary>
    /// Blinds later signing against side channels. The entropy changes no result.
    /// </summary>
    /// <param name="entropy">32 random bytes.</param>
    public static void Blind(ReadOnlySpan<byte> entropy)
    {
        Require(entropy, ScalarLength, nameof(entropy));
        fixed (byte* seed = entropy)
        {
            _ = secp256k1_context_randomize(Context, seed);
        }
    }

    /// <summary>ECDSA. A signature of high S is accepted here, as consensus does.</summary>
    /// <param name="publicKey">33 or 65 bytes.</param>
    /// <param name="message">32 bytes, the hash that was signed.</param>
    /// <param name="signature">64 bytes: r and s, big-endian.</param>
    /// <returns>False also for keys and signatures that are none.</returns>
    public static bool VerifyEcdsa(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        Require(message, ScalarLength, nameof(message));
        if (signature.Length != 64 || publicKey.IsEmpty)
        {
            return false;
        }

        var key = stackalloc byte[OpaqueLength];
        var parsed = stackalloc byte[OpaqueLength];
        fixed (byte* keyBytes = publicKey)
        fixed (byte* messageBytes = message)
        fixed (byte* signatureBytes = signature)
        {
            if (secp256k1_ec_pubkey_parse(Context, key, keyBytes, (nuint)publicKey.Length) != 1
                || secp256k1_ecdsa_signature_parse_compact(Context, parsed, signatureBytes) != 1)
            {
                return false;
            }

            _ = secp256k1_ecdsa_signature_normalize(Context, parsed, parsed);
            return secp256k1_ecdsa_verify(Context, parsed, messageBytes, key) == 1;
        }
    }

    /// <summary>BIP340.</summary>
    /// <param name="publicKey">32 bytes.</param>
    /// <param name="message">Any length; 32 bytes in transactions.</param>
    /// <param name="signature">64 bytes.</param>
    /// <returns>False also for keys and signatures that are none.</returns>
    public static bool VerifySchnorr(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != 64 || publicKey.Length != ScalarLength)
        {
            return false;
        }

        var key = stackalloc byte[OpaqueLength];
        byte none = 0;
        fixed (byte* keyBytes = publicKey)
        fixed (byte* messageBytes = message)
        fixed (byte* signatureBytes = signature)
        {
            return secp256k1_xonly_pubkey_parse(Context, key, keyBytes) == 1
                && secp256k1_schnorrsig_verify(
                    Context, signatureBytes, message.IsEmpty ? &none : messageBytes, (nuint)message.Length, key) == 1;
        }
    }

    /// <summary>
    /// Tells whether output = internal + tweak * G, with the parity that a control block states (BIP341).
    /// </summary>
    /// <param name="outputKey">32 bytes.</param>
    /// <param name="outputIsOdd">The parity of the output key's y.</param>
    /// <param name="internalKey">32 bytes.</param>
    /// <param name="tweak">32 bytes.</param>
    public static bool CheckTweak(
        ReadOnlySpan<byte> outputKey, bool outputIsOdd, ReadOnlySpan<byte> internalKey, ReadOnlySpan<byte> tweak)
    {
        Require(outputKey, ScalarLength, nameof(outputKey));
        Require(internalKey, ScalarLength, nameof(internalKey));
        Require(tweak, ScalarLength, nameof(tweak));
        var key = stackalloc byte[OpaqueLength];
        fixed (byte* output = outputKey)
        fixed (byte* inner = internalKey)
        fixed (byte* tweakBytes = tweak)
        {
            return secp256k1_xonly_pubkey_parse(Context, key, inner) == 1
                && secp256k1_xonly_pubkey_tweak_add_check(Context, output, outputIsOdd ? 1 : 0, key, tweakBytes) == 1;
        }
    }

    internal static bool IsPublicKey(ReadOnlySpan<byte> bytes)
    {
        var key = stackalloc byte[OpaqueLength];
        return TryParse(bytes, key);
    }

    /// <summary>True where 32 bytes are the x of a point (BIP340). Nothing is allocated.</summary>
    public static bool IsXOnlyKey(ReadOnlySpan<byte> bytes)
    {
        var key = stackalloc byte[OpaqueLength];
        fixed (byte* input = bytes)
        {
            return bytes.Length == ScalarLength && secp256k1_xonly_pubkey_parse(Context, key, input) == 1;
        }
    }

    internal static bool TryParse(ReadOnlySpan<byte> bytes, byte* key)
    {
        fixed (byte* input = bytes)
        {
            return bytes.Length is 33 or 65
                && secp256k1_ec_pubkey_parse(Context, key, input, (nuint)bytes.Length) == 1;
        }
    }

    internal static byte[] Serialize(byte* key, bool compressed)
    {
        var bytes = new byte[compressed ? 33 : 65];
        var length = (nuint)bytes.Length;
        fixed (byte* output = bytes)
        {
            _ = secp256k1_ec_pubkey_serialize(Context, output, &length, key, compressed ? Compressed : Uncompressed);
        }

        return bytes;
    }

    internal static void Require(ReadOnlySpan<byte> bytes, int length, string name)
    {
        if (bytes.Length != length)
        {
            throw new ArgumentException($"{length} bytes are needed.", name);
        }
    }
}
