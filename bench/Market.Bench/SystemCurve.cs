using System.Runtime.InteropServices;

namespace Market.Bench;

/// <summary>The system's libsecp256k1, beside the package's: parse key and signature, normalise, verify.</summary>
internal sealed unsafe class SystemCurve
{
    private const uint SignAndVerify = 0x301;
    private const int OpaqueLength = 64;

    private readonly nint _context;
    private readonly delegate* unmanaged<nint, byte*, byte*, nuint, int> _parseKey;
    private readonly delegate* unmanaged<nint, byte*, byte*, int> _parseSignature;
    private readonly delegate* unmanaged<nint, byte*, byte*, int> _normalize;
    private readonly delegate* unmanaged<nint, byte*, byte*, byte*, int> _verify;

    private SystemCurve(nint library)
    {
        _parseKey = (delegate* unmanaged<nint, byte*, byte*, nuint, int>)
            NativeLibrary.GetExport(library, "secp256k1_ec_pubkey_parse");
        _parseSignature = (delegate* unmanaged<nint, byte*, byte*, int>)
            NativeLibrary.GetExport(library, "secp256k1_ecdsa_signature_parse_compact");
        _normalize = (delegate* unmanaged<nint, byte*, byte*, int>)
            NativeLibrary.GetExport(library, "secp256k1_ecdsa_signature_normalize");
        _verify = (delegate* unmanaged<nint, byte*, byte*, byte*, int>)
            NativeLibrary.GetExport(library, "secp256k1_ecdsa_verify");
        _context = ((delegate* unmanaged<uint, nint>)NativeLibrary.GetExport(library, "secp256k1_context_create"))(SignAndVerify);
    }

    /// <summary>The library, where the system has one.</summary>
    public static SystemCurve? Find()
    {
        foreach (var name in (string[])["libsecp256k1.so.6", "libsecp256k1.so.5", "libsecp256k1.so.2", "libsecp256k1.so.1"])
        {
            if (NativeLibrary.TryLoad(name, out var library)) return new SystemCurve(library);
        }

        return null;
    }

    public bool VerifyEcdsa(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var key = stackalloc byte[OpaqueLength];
        var parsed = stackalloc byte[OpaqueLength];
        fixed (byte* keyBytes = publicKey)
        fixed (byte* messageBytes = message)
        fixed (byte* signatureBytes = signature)
        {
            return _parseKey(_context, key, keyBytes, (nuint)publicKey.Length) == 1
                && _parseSignature(_context, parsed, signatureBytes) == 1
                && _normalize(_context, parsed, parsed) is 0 or 1
                && _verify(_context, parsed, messageBytes, key) == 1;
        }
    }
}
