using System.Security.Cryptography;

namespace Market.Hashing;

/// <summary>SHA-256 of one message (FIPS 180-4).</summary>
public static class Sha256Hash
{
    /// <summary>The digest's length in bytes.</summary>
    public const int Size = 32;

    // The framework's call costs as much as three blocks here; from the fourth on its instructions win.
    internal const int FrameworkFromLength = 184;

    /// <summary>Writes the SHA-256 of <paramref name="data"/>.</summary>
    /// <param name="data">The message.</param>
    /// <param name="destination">At least 32 bytes; may overlap <paramref name="data"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        if (destination.Length < Size) throw new ArgumentException("A digest takes 32 bytes.", nameof(destination));
        if (data.Length >= FrameworkFromLength)
        {
            SHA256.HashData(data, destination);
            return;
        }

        Sha256Hasher hasher = default;
        hasher.Append(data);
        hasher.Finish(destination);
    }
}
