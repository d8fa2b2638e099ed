namespace Market.Hashing;

/// <summary>Bitcoin's double hash: SHA-256 of the SHA-256 of a message.</summary>
/// <remarks>Digests are in the order SHA-256 gives them; Bitcoin prints block and transaction ids reversed.</remarks>
public static class Sha256d
{
    /// <summary>The digest's length in bytes.</summary>
    public const int Size = Sha256Hash.Size;

    /// <summary>Writes the double hash of <paramref name="data"/>.</summary>
    /// <param name="data">The message.</param>
    /// <param name="destination">At least 32 bytes; may overlap <paramref name="data"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public static unsafe void Hash(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        Sha256Hash.Hash(data, destination);
        fixed (byte* p = destination) Sha256Padding.HashDigest(p, p);
    }

    /// <summary>Writes the double hash of two pieces laid end to end.</summary>
    /// <param name="first">The message's beginning.</param>
    /// <param name="second">The rest of it.</param>
    /// <param name="destination">At least 32 bytes; may overlap the pieces.</param>
    public static void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> destination)
    {
        Sha256Hasher hasher = default;
        hasher.Append(first);
        hasher.Append(second);
        hasher.FinishDouble(destination);
    }
}
