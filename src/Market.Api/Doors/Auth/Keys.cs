using Market.Bitcoin;

namespace Market.Api.Doors.Auth;

/// <summary>Reads what signs: x-only keys and 64 byte signatures in lower case hex.</summary>
public static class Keys
{
    /// <summary>Bytes of lower case hex of exactly this length; null when it is anything else.</summary>
    public static byte[]? Bytes(string? hex, int length) =>
        hex is not null && hex.Length == 2 * length && hex.All(char.IsAsciiHexDigitLower)
            ? Convert.FromHexString(hex)
            : null;

    /// <summary>Verifies BIP340. False also for a key or signature that is none.</summary>
    public static bool Verifies(string key, byte[] digest, string? signature) =>
        Bytes(key, 32) is { } k && Bytes(signature, 64) is { } s && Curve.VerifySchnorr(k, digest, s);
}
