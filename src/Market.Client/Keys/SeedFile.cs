using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Market.Bitcoin.Wallet;
using Market.Client.Files;

namespace Market.Client.Keys;

/// <summary>Why a seed file was not opened or made.</summary>
public enum SeedFileError
{
    /// <summary>There is no such file.</summary>
    NotFound,

    /// <summary>There is a file already; it is never overwritten.</summary>
    AlreadyThere,

    /// <summary>The file is no seed file, or one of a newer version.</summary>
    Malformed,

    /// <summary>The passphrase is wrong, or the file was altered.</summary>
    WrongPassphrase,

    /// <summary>The passphrase is no text in UTF-8.</summary>
    UnreadablePassphrase,
}

/// <summary>A seed file could not be opened or made.</summary>
/// <param name="error">Why.</param>
/// <param name="message">The same for a person, with what to do.</param>
public sealed class SeedFileException(SeedFileError error, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public SeedFileError Error { get; } = error;
}

/// <summary>A seed file that was opened.</summary>
/// <param name="Seed">The secret; the caller disposes it.</param>
/// <param name="Network">The network that its keys are for.</param>
/// <param name="Sharechain">The design of the sharechain that they are for; null for the network's own.</param>
public sealed record OpenedSeed(Seed Seed, string Network, string? Sharechain)
{
    /// <summary>Seed and network.</summary>
    public void Deconstruct(out Seed seed, out string network) => (seed, network) = (Seed, Network);
}

/// <summary>
/// A seed under a passphrase: Argon2id (RFC 9106, by libsodium) makes an AES-256-GCM key (NIST SP 800-38D); network, parameters and
/// the time of its making are authenticated with it. Written whole or not at all, readable by its owner only. Files of version 1
/// (PBKDF2-HMAC-SHA512, no words) are still read.
/// </summary>
public static class SeedFile
{
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int MaxFileBytes = 4096;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes a new file.</summary>
    /// <param name="path">Where; its folder is made, for its owner only.</param>
    /// <param name="seed">The secret.</param>
    /// <param name="passphrase">May be empty, which protects against nothing but a look.</param>
    /// <param name="network">The network that the keys are for.</param>
    /// <param name="sharechain">The design of the sharechain that they are for; null for the network's own.</param>
    /// <exception cref="SeedFileException">A file is there already, or the passphrase is no text.</exception>
    public static void Create(string path, Seed seed, string passphrase, string network, string? sharechain = null)
    {
        CheckAbsent(path);
        CheckReadable(passphrase);
        var kept = seed.Kept;
        var nonce = RandomNumberGenerator.GetBytes(NonceLength);
        var content = SeedContent.New(network, sharechain, seed.HasWords, seed.BornAt) with { Nonce = Hex(nonce) };
        var cipher = new byte[kept.Length];
        var tag = new byte[TagLength];
        var key = SeedKdf.Derive(content, passphrase);
        using (var aes = new AesGcm(key, TagLength))
        {
            aes.Encrypt(nonce, kept, cipher, tag, Encoding.UTF8.GetBytes(content.Authenticated));
        }

        CryptographicOperations.ZeroMemory(key);
        DurableFile.WriteWhole(path, JsonSerializer.SerializeToUtf8Bytes(content with
        {
            Cipher = Hex(cipher),
            Tag = Hex(tag)
        }, Json));
    }

    /// <summary>Throws where a wallet is there already: asked before anything else is, such as the words of a restore.</summary>
    /// <exception cref="SeedFileException">A file is there already.</exception>
    public static void CheckAbsent(string path)
    {
        if (File.Exists(path))
        {
            throw new SeedFileException(
                SeedFileError.AlreadyThere, $"{path} is there already. Move it away first, or name another with --wallet.");
        }
    }

    // What is no UTF-8 comes from the system with every strange byte replaced by one and the same sign: all such passphrases
    // would be one. Files that were made with one are still opened.
    private static void CheckReadable(string passphrase)
    {
        if (passphrase.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar))
        {
            throw new SeedFileException(
                SeedFileError.UnreadablePassphrase,
                "The passphrase is not written in UTF-8, and parts of it would count for nothing. Choose another, or set "
                + "LC_ALL=C.UTF-8.");
        }
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where.</param>
    /// <param name="passphrase">As it was made with.</param>
    /// <returns>The seed, and the chains that it is for.</returns>
    /// <exception cref="SeedFileException">See <see cref="SeedFileError"/>.</exception>
    public static OpenedSeed Open(string path, string passphrase)
    {
        var content = Read(path);
        var key = SeedKdf.Derive(content, passphrase);
        Span<byte> kept = stackalloc byte[content.Cipher.Length / 2];
        try
        {
            using var aes = new AesGcm(key, TagLength);
            aes.Decrypt(
                Convert.FromHexString(content.Nonce),
                Convert.FromHexString(content.Cipher),
                Convert.FromHexString(content.Tag),
                kept,
                content.Version == 1 ? content.AuthenticatedOfVersion1() : Encoding.UTF8.GetBytes(content.Authenticated));
            var seed = content.Kind == SeedContent.Words
                ? new Seed(Mnemonic.FromEntropy(kept), content.BornAt)
                : new Seed(kept, content.BornAt);
            return new OpenedSeed(seed, content.Network, content.Sharechain);
        }
        catch (CryptographicException)
        {
            throw new SeedFileException(
                SeedFileError.WrongPassphrase,
                $"The passphrase does not open {path}. It is asked for, or taken from MARKET_PASSPHRASE.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(kept);
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>The chains that a file says it is for, without opening it: nothing vouches for that.</summary>
    /// <exception cref="SeedFileException">There is no such file, or it is none.</exception>
    public static (string Network, string? Sharechain) ChainsOf(string path)
    {
        var content = Read(path);
        return (content.Network, content.Sharechain);
    }

    private static SeedContent Read(string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists)
        {
            throw new SeedFileException(
                SeedFileError.NotFound,
                $"There is no wallet at {path}. Make one with: market wallet create (or from its words: market wallet restore)");
        }

        try
        {
            var content = info.Length > MaxFileBytes
                ? null
                : JsonSerializer.Deserialize<SeedContent>(File.ReadAllBytes(path), Json);
            if (content is not null && content.IsWellFormed && IsHex(content.Nonce, NonceLength) && IsHex(content.Tag, TagLength))
            {
                return content;
            }
        }
        catch (JsonException)
        {
            // Said below: it is no seed file.
        }

        throw new SeedFileException(SeedFileError.Malformed, $"{path} is no wallet file that this version can read.");
    }

    internal static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    internal static bool IsHex(string? text, int bytes) =>
        text is not null && text.Length == bytes * 2 && text.All(char.IsAsciiHexDigit);
}
