using System.Reflection;
using System.Runtime.InteropServices;

namespace Market.Bitcoin;

/// <summary>libsecp256k1 was not found, or lacks a function that is needed.</summary>
public sealed class CurveLibraryMissingException : Exception
{
    internal CurveLibraryMissingException(string? library, Exception? inner) : base(
        library is null
            ? "The curve library libsecp256k1 was not found. The package Secp256k1.Net brings it along for Linux, macOS and "
            + "Windows; on other systems install it, and name its file in MARKET_SECP256K1."
            : $"The curve library {library} could not be loaded, or lacks a function that is needed.", inner)
    {
    }
}

/// <summary>The library's secp256k1_schnorrsig_extraparams; no nonce function means BIP340's own.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SchnorrExtraParameters
{
    /// <summary>The bytes da 6f b3 8c.</summary>
    public const uint MagicValue = 0x8cb36fda;

    public uint Magic;
    public nint NonceFunction;
    public byte* NonceData;
}

/// <summary>
/// The functions of libsecp256k1 that are used, loaded once. Keys and signatures in the library's own form are 64
/// opaque bytes, key pairs 96. The library aborts the process on arguments it calls illegal (an all-zero key), so
/// every opaque value given here must come from the library itself.
/// </summary>
internal static unsafe partial class CurveNative
{
    private const string Library = "secp256k1";
    private const uint ContextSignVerify = 0x301;

    private static readonly Lazy<nint> LazyContext = new(CreateContext);
    private static readonly Lock Choice = new();
    private static string? _chosen;
    private static bool _loaded;

    static CurveNative() => NativeLibrary.SetDllImportResolver(typeof(CurveNative).Assembly, Resolve);

    /// <summary>One context for the process; safe for use by many threads.</summary>
    public static nint Context => LazyContext.Value;

    /// <summary>What is loaded: the package's own file before any of the system.</summary>
    private static ReadOnlySpan<string> Candidates => new[]
    {
        Library, "libsecp256k1.so.6", "libsecp256k1.so.5", "libsecp256k1.so.2", "libsecp256k1.so.1",
        "/opt/homebrew/lib/libsecp256k1.dylib", "libsecp256k1-2.dll",
    };

    /// <summary>The library by name or path in place of the package's, loaded at once; null for the package's.</summary>
    /// <exception cref="InvalidOperationException">Another was loaded already.</exception>
    /// <exception cref="CurveLibraryMissingException">It cannot be loaded.</exception>
    public static void Use(string? library)
    {
        lock (Choice)
        {
            if (_loaded && library != _chosen)
            {
                throw new InvalidOperationException("The curve library was loaded before it was chosen.");
            }

            _chosen = library;
        }

        if (library is not null)
        {
            _ = Context;
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
        {
            return 0;
        }

        lock (Choice)
        {
            _loaded = true;
            if (_chosen is not null)
            {
                // Whoever names a library wants no other.
                return NativeLibrary.Load(_chosen, assembly, path);
            }

            foreach (var candidate in Candidates)
            {
                if (NativeLibrary.TryLoad(candidate, assembly, path, out var handle))
                {
                    return handle;
                }
            }

            return 0;
        }
    }

    private static nint CreateContext()
    {
        try
        {
            var context = secp256k1_context_create(ContextSignVerify);
            return context != 0 ? context : throw new CurveLibraryMissingException(_chosen, null);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            throw new CurveLibraryMissingException(_chosen, e);
        }
    }

    [LibraryImport(Library)]
    private static partial nint secp256k1_context_create(uint flags);

    [LibraryImport(Library)]
    internal static partial int secp256k1_context_randomize(nint context, byte* seed32);

    [LibraryImport(Library)]
    internal static partial int secp256k1_ec_seckey_verify(nint context, byte* key);

    [LibraryImport(Library)]
    internal static partial int secp256k1_ec_seckey_negate(nint context, byte* key);

    [LibraryImport(Library)]
    internal static partial int secp256k1_ec_seckey_tweak_add(nint context, byte* key, byte* tweak);

    [LibraryImport(Library)]
    internal static partial int secp256k1_ec_pubkey_create(nint context, byte* publicKey, byte* key);

    [LibraryImport(Library)]
    internal static partial int secp256k1_ec_pubkey_parse(nint context, byte* publicKey, byte* input, nuint length);

    [LibraryImport(Library)]
    internal static partial int secp256k1_ec_pubkey_serialize(
        nint context, byte* output, nuint* length, byte* publicKey, uint flags);

    [LibraryImport(Library)]
    internal static partial int secp256k1_ec_pubkey_tweak_add(nint context, byte* publicKey, byte* tweak);

    [LibraryImport(Library)]
    internal static partial int secp256k1_ecdsa_signature_parse_compact(nint context, byte* signature, byte* input);

    [LibraryImport(Library)]
    internal static partial int secp256k1_ecdsa_signature_serialize_compact(
        nint context, byte* output, byte* signature);

    [LibraryImport(Library)]
    internal static partial int secp256k1_ecdsa_signature_normalize(nint context, byte* output, byte* input);

    [LibraryImport(Library)]
    internal static partial int secp256k1_ecdsa_verify(nint context, byte* signature, byte* message, byte* publicKey);

    [LibraryImport(Library)]
    internal static partial int secp256k1_ecdsa_sign(
        nint context, byte* signature, byte* message, byte* key, nint nonceFunction, byte* nonceData);

    [LibraryImport(Library)]
    internal static partial int secp256k1_ecdsa_sign_recoverable(
        nint context, byte* signature65, byte* message, byte* key, nint nonceFunction, byte* nonceData);

    [LibraryImport(Library)]
    internal static partial int secp256k1_ecdsa_recoverable_signature_parse_compact(
        nint context, byte* signature65, byte* input, int recoveryId);

    [LibraryImport(Library)]
    internal static partial int secp256k1_ecdsa_recoverable_signature_serialize_compact(
        nint context, byte* output, int* recoveryId, byte* signature65);

    [LibraryImport(Library)]
    internal static partial int secp256k1_ecdsa_recover(
        nint context, byte* publicKey, byte* signature65, byte* message);

    [LibraryImport(Library)]
    internal static partial int secp256k1_keypair_create(nint context, byte* pair96, byte* key);

    [LibraryImport(Library)]
    internal static partial int secp256k1_schnorrsig_sign_custom(
        nint context, byte* signature, byte* message, nuint length, byte* pair96, SchnorrExtraParameters* extra);

    [LibraryImport(Library)]
    internal static partial int secp256k1_schnorrsig_verify(
        nint context, byte* signature, byte* message, nuint length, byte* xOnlyKey);

    [LibraryImport(Library)]
    internal static partial int secp256k1_xonly_pubkey_parse(nint context, byte* xOnlyKey, byte* input32);

    [LibraryImport(Library)]
    internal static partial int secp256k1_xonly_pubkey_tweak_add(
        nint context, byte* publicKey, byte* xOnlyKey, byte* tweak);

    [LibraryImport(Library)]
    internal static partial int secp256k1_xonly_pubkey_tweak_add_check(
        nint context, byte* tweaked32, int tweakedParity, byte* xOnlyKey, byte* tweak);
}
