using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin;

/// <summary>
/// Wallet import format: a private key in base58check, with a mark where its public key is compressed.
/// </summary>
public static class Wif
{
    /// <summary>Writes a key.</summary>
    public static string Encode(PrivateKey key, Network network, bool compressed = true)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(network);
        Span<byte> payload = stackalloc byte[compressed ? 34 : 33];
        payload[0] = network.SecretKeyPrefix;
        key.ExportTo(payload[1..]);
        payload[^1] = compressed ? (byte)1 : payload[^1];
        var text = Base58.EncodeCheck(payload);
        CryptographicOperations.ZeroMemory(payload);
        return text;
    }

    /// <summary>Reads a key of one network.</summary>
    /// <param name="text">Base58check text.</param>
    /// <param name="network">Whose prefix it must have.</param>
    /// <param name="key">The key.</param>
    /// <param name="compressed">Whether its public key is written in 33 bytes.</param>
    public static bool TryDecode(
        string? text, Network network, [NotNullWhen(true)] out PrivateKey? key, out bool compressed)
    {
        ArgumentNullException.ThrowIfNull(network);
        (key, compressed) = (null, false);
        if (!Base58.TryDecodeCheck(text, out var payload))
        {
            return false;
        }

        compressed = payload.Length == 34 && payload[33] == 1;
        var ok = (compressed || payload.Length == 33) && payload[0] == network.SecretKeyPrefix
            && PrivateKey.TryCreate(payload.AsSpan(1, 32), out key);
        CryptographicOperations.ZeroMemory(payload);
        return ok;
    }
}
