using System.Runtime.CompilerServices;
using System.Text;

namespace Market.Hashing;

/// <summary>BIP340's tagged hash: SHA-256 of SHA256(tag), SHA256(tag) and the message.</summary>
/// <remarks>For a tag used more than once keep a <see cref="TaggedHasher"/>.</remarks>
public static class TaggedHash
{
    /// <summary>Writes the hash of <paramref name="data"/> under <paramref name="tag"/> (its UTF-8 bytes).</summary>
    /// <param name="tag">The tag, for example "TapLeaf".</param>
    /// <param name="data">The message.</param>
    /// <param name="destination">At least 32 bytes.</param>
    public static void Hash(string tag, ReadOnlySpan<byte> data, Span<byte> destination) =>
        new TaggedHasher(tag).Hash(data, destination);

    /// <summary>Writes the hash of <paramref name="data"/> under <paramref name="tag"/>.</summary>
    /// <param name="tag">The tag's bytes.</param>
    /// <param name="data">The message.</param>
    /// <param name="destination">At least 32 bytes.</param>
    public static void Hash(ReadOnlySpan<byte> tag, ReadOnlySpan<byte> data, Span<byte> destination) =>
        new TaggedHasher(tag).Hash(data, destination);
}

/// <summary>One tag's hash with the block of the tag already mixed in (BIP340). Keep it in a static field.</summary>
/// <remarks>The default value has no tag and is plain SHA-256.</remarks>
public readonly struct TaggedHasher
{
    private readonly Sha256Midstate _midstate;

    /// <summary>Prepares <paramref name="tag"/>.</summary>
    /// <param name="tag">The tag's bytes.</param>
    [SkipLocalsInit]
    public TaggedHasher(ReadOnlySpan<byte> tag)
    {
        Span<byte> block = stackalloc byte[2 * Sha256Hash.Size];
        Sha256Hash.Hash(tag, block);
        block[..Sha256Hash.Size].CopyTo(block[Sha256Hash.Size..]);
        _midstate = Sha256Midstate.After(block);
    }

    /// <summary>Prepares <paramref name="tag"/> (its UTF-8 bytes).</summary>
    /// <param name="tag">The tag, for example "BIP0340/challenge".</param>
    public TaggedHasher(string tag)
        : this(Encoding.UTF8.GetBytes(tag))
    {
    }

    /// <summary>A hasher that has seen the tag; append the message's pieces and finish.</summary>
    public Sha256Hasher Begin() => new(_midstate);

    /// <summary>Writes the tagged hash of <paramref name="data"/>.</summary>
    /// <param name="data">The message.</param>
    /// <param name="destination">At least 32 bytes; may overlap <paramref name="data"/>.</param>
    public void Hash(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        Sha256Hasher hasher = new(_midstate);
        hasher.Append(data);
        hasher.Finish(destination);
    }

    /// <summary>Writes the tagged hash of two pieces laid end to end.</summary>
    /// <param name="first">The message's beginning.</param>
    /// <param name="second">The rest of it.</param>
    /// <param name="destination">At least 32 bytes; may overlap the pieces.</param>
    public void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> destination)
    {
        Sha256Hasher hasher = new(_midstate);
        hasher.Append(first);
        hasher.Append(second);
        hasher.Finish(destination);
    }
}
