using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

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
}

/// <summary>A seed file could not be opened or made.</summary>
/// <param name="error">Why.</param>
/// <param name="message">The same for a person, with what to do.</param>
public sealed class SeedFileException(SeedFileError error, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public SeedFileError Error { get; } = error;
}

/// <summary>
/// A seed under a passphrase: PBKDF2-HMAC-SHA512 (RFC 8018) makes an AES-256-GCM key (NIST SP 800-38D); network and parameters are
/// authenticated with it. Written whole or not at all, readable by its owner only.
/// </summary>
public static class SeedFile
{
    private const int CurrentVersion = 1;
    private const int Iterations = 600_000;
    private const int MaxRounds = 10_000_000;
    private const int SaltLength = 16;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int MaxFileBytes = 4096;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes a new file.</summary>
    /// <param name="path">Where; its folder is made.</param>
    /// <param name="seed">The secret.</param>
    /// <param name="passphrase">May be empty, which protects against nothing but a look.</param>
    /// <param name="network">The network that the keys are for.</param>
    /// <exception cref="SeedFileException">A file is there already.</exception>
    public static void Create(string path, Seed seed, string passphrase, string network)
    {
        if (File.Exists(path))
        {
            throw new SeedFileException(
                SeedFileError.AlreadyThere, $"{path} is there already. Move it away first, or name another with --wallet.");
        }

        var salt = RandomNumberGenerator.GetBytes(SaltLength);
        var nonce = RandomNumberGenerator.GetBytes(NonceLength);
        var content = new Content(CurrentVersion, network, "pbkdf2-sha512", Iterations, Hex(salt), Hex(nonce), "", "");
        var cipher = new byte[Seed.Length];
        var tag = new byte[TagLength];
        var key = Derive(passphrase, salt, Iterations);
        using (var aes = new AesGcm(key, TagLength))
        {
            aes.Encrypt(nonce, seed.Secret, cipher, tag, Authenticated(content));
        }

        CryptographicOperations.ZeroMemory(key);
        WriteWhole(path, JsonSerializer.SerializeToUtf8Bytes(content with { Cipher = Hex(cipher), Tag = Hex(tag) }, Json));
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where.</param>
    /// <param name="passphrase">As it was made with.</param>
    /// <returns>The seed and its network.</returns>
    /// <exception cref="SeedFileException">See <see cref="SeedFileError"/>.</exception>
    public static (Seed Seed, string Network) Open(string path, string passphrase)
    {
        var content = Read(path);
        var key = Derive(passphrase, Convert.FromHexString(content.Salt), content.Rounds);
        Span<byte> secret = stackalloc byte[Seed.Length];
        try
        {
            using var aes = new AesGcm(key, TagLength);
            aes.Decrypt(
                Convert.FromHexString(content.Nonce),
                Convert.FromHexString(content.Cipher),
                Convert.FromHexString(content.Tag),
                secret,
                Authenticated(content));
            return (new Seed(secret), content.Network);
        }
        catch (CryptographicException)
        {
            throw new SeedFileException(
                SeedFileError.WrongPassphrase,
                $"The passphrase does not open {path}. It is asked for, or taken from MARKET_PASSPHRASE.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Writes a file so that after a crash it is there whole or not at all.</summary>
    /// <param name="path">Where; its folder is made.</param>
    /// <param name="bytes">All of it.</param>
    internal static void WriteWhole(string path, ReadOnlySpan<byte> bytes)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        var temporary = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(temporary, options))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private static Content Read(string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists)
        {
            throw new SeedFileException(
                SeedFileError.NotFound, $"There is no wallet at {path}. Make one with: market wallet create");
        }

        try
        {
            var content = info.Length > MaxFileBytes
                ? null
                : JsonSerializer.Deserialize<Content>(File.ReadAllBytes(path), Json);
            if (content is { Version: CurrentVersion, Kdf: "pbkdf2-sha512", Rounds: > 0 and <= MaxRounds }
                && IsHex(content.Salt, SaltLength) && IsHex(content.Nonce, NonceLength)
                && IsHex(content.Cipher, Seed.Length) && IsHex(content.Tag, TagLength))
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

    private static byte[] Derive(string passphrase, byte[] salt, int iterations) => Rfc2898DeriveBytes.Pbkdf2(
        Encoding.UTF8.GetBytes(passphrase), salt, iterations, HashAlgorithmName.SHA512, 32);

    private static byte[] Authenticated(Content content)
    {
        var text = Encoding.UTF8.GetBytes($"market/seed/{content.Version}/{content.Network}/{content.Kdf}/");
        var bytes = new byte[text.Length + 4];
        text.CopyTo(bytes, 0);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(text.Length), content.Rounds);
        return bytes;
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    private static bool IsHex(string? text, int bytes) =>
        text is not null && text.Length == bytes * 2 && text.All(char.IsAsciiHexDigit);

    private sealed record Content(
        int Version, string Network, string Kdf, int Rounds, string Salt, string Nonce, string Cipher, string Tag);
}
