using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using NSec.Cryptography;

namespace Market.Client.Keys;

/// <summary>What stands in a seed file, as JSON.</summary>
/// <param name="Version">1 or 2.</param>
/// <param name="Network">The network that the keys are for.</param>
/// <param name="Kdf">"argon2id"; "pbkdf2-sha512" in version 1.</param>
/// <param name="Rounds">Passes over the memory; iterations in version 1.</param>
/// <param name="Salt">16 bytes, hexadecimal as all bytes here.</param>
/// <param name="Nonce">12 bytes.</param>
/// <param name="Cipher">The entropy of the words (16 or 32 bytes), or 32 raw bytes.</param>
/// <param name="Tag">16 bytes.</param>
internal sealed record SeedContent(
    int Version, string Network, string Kdf, int Rounds, string Salt, string Nonce, string Cipher, string Tag)
{
    /// <summary>The seed is the entropy of a phrase.</summary>
    public const string Words = "bip39";

    private const string Raw = "raw";
    private const string Argon2 = "argon2id";
    private const string Pbkdf2 = "pbkdf2-sha512";
    private const int SaltLength = 16;

    // What RFC 9106 recommends where memory is scarce: 3 passes over 64 MiB.
    private const int Passes = 3;
    private const int KibOfMemory = 64 * 1024;
    private const int MostPasses = 20;
    private const int MostKib = 1024 * 1024;
    private const int LeastKib = 8;
    private const int MostIterations = 10_000_000;

    /// <summary>"bip39" or "raw"; absent in version 1, which is raw.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Kind { get; init; }

    /// <summary>Memory of Argon2id in KiB; absent in version 1.</summary>
    public int MemoryKib { get; init; }

    /// <summary>When the seed was made, Unix seconds; 0 where that is not known.</summary>
    public long BornAt { get; init; }

    /// <summary>The design of the sharechain that the wallet is for; absent for the network's own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sharechain { get; init; }

    /// <summary>True where every field is one that this version knows, and within bounds.</summary>
    [JsonIgnore]
    public bool IsWellFormed => Network is not null && SeedFile.IsHex(Salt, SaltLength) && this switch
    {
        { Version: 1, Kdf: Pbkdf2, Rounds: > 0 and <= MostIterations, Kind: null, MemoryKib: 0, BornAt: 0, Sharechain: null } =>
            SeedFile.IsHex(Cipher, Seed.Length),
        { Version: 2, Kdf: Argon2, Rounds: > 0 and <= MostPasses, MemoryKib: >= LeastKib and <= MostKib, BornAt: >= 0 } =>
            SeedFile.IsHex(Cipher, Seed.Length) ? Kind is Words or Raw : Kind is Words && SeedFile.IsHex(Cipher, 16),
        _ => false,
    };

    /// <summary>What is authenticated with the secret.</summary>
    [JsonIgnore]
    public string Authenticated => $"market/seed/{Version}/{Network}/{Kind}/{Kdf}/{MemoryKib}/{Rounds}/{BornAt}"
        + (Sharechain is null ? "" : $"/{Sharechain}");

    /// <summary>A file of the current version, without its secret.</summary>
    public static SeedContent New(string network, string? sharechain, bool words, long bornAt) => new(
        2, network, Argon2, Passes, SeedFile.Hex(RandomNumberGenerator.GetBytes(SaltLength)), "", "", "")
    {
        Kind = words ? Words : Raw,
        MemoryKib = KibOfMemory,
        BornAt = bornAt,
        Sharechain = sharechain,
    };

    /// <summary>What version 1 authenticated.</summary>
    public byte[] AuthenticatedOfVersion1()
    {
        var text = Encoding.UTF8.GetBytes($"market/seed/{Version}/{Network}/{Kdf}/");
        var bytes = new byte[text.Length + 4];
        text.CopyTo(bytes, 0);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(text.Length), Rounds);
        return bytes;
    }
}

/// <summary>The key of a seed file from its passphrase.</summary>
internal static class SeedKdf
{
    private const int KeyLength = 32;

    /// <summary>32 bytes; the caller zeroes them.</summary>
    public static byte[] Derive(SeedContent content, string passphrase)
    {
        var word = Encoding.UTF8.GetBytes(passphrase);
        var salt = Convert.FromHexString(content.Salt);
        try
        {
            return content.Version == 1
                ? Rfc2898DeriveBytes.Pbkdf2(word, salt, content.Rounds, HashAlgorithmName.SHA512, KeyLength)
                : PasswordBasedKeyDerivationAlgorithm.Argon2id(new Argon2Parameters
                {
                    DegreeOfParallelism = 1,
                    MemorySize = content.MemoryKib,
                    NumberOfPasses = content.Rounds,
                }).DeriveBytes(word, salt, KeyLength);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(word);
        }
    }
}
