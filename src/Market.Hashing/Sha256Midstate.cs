using System.Runtime.CompilerServices;

namespace Market.Hashing;

/// <summary>SHA-256's state after whole blocks of 64 bytes, from which many messages can go on.</summary>
/// <remarks>The default value is the state before the first byte.</remarks>
public readonly struct Sha256Midstate : IEquatable<Sha256Midstate>
{
    private readonly Words _words;

    private Sha256Midstate(in Words words, long blocks)
    {
        _words = words;
        Blocks = blocks;
    }

    /// <summary>How many blocks of 64 bytes have been mixed in.</summary>
    public long Blocks { get; }

    /// <summary>The state after <paramref name="data"/>.</summary>
    /// <param name="data">Whole blocks: a length that is a multiple of 64.</param>
    /// <exception cref="ArgumentException">The length is not a multiple of 64.</exception>
    public static Sha256Midstate After(ReadOnlySpan<byte> data) => default(Sha256Midstate).Then(data);

    /// <summary>The state after this one's message and then <paramref name="data"/>.</summary>
    /// <param name="data">Whole blocks: a length that is a multiple of 64.</param>
    /// <exception cref="ArgumentException">The length is not a multiple of 64.</exception>
    public unsafe Sha256Midstate Then(ReadOnlySpan<byte> data)
    {
        if (data.Length % Sha256Block.BlockSize != 0)
        {
            throw new ArgumentException("A midstate takes whole blocks of 64 bytes.", nameof(data));
        }

        Words words = default;
        CopyWords(words);
        fixed (byte* p = data)
        {
            Sha256Block.Compress((uint*)&words, p, data.Length / Sha256Block.BlockSize);
        }

        return new Sha256Midstate(words, Blocks + data.Length / Sha256Block.BlockSize);
    }

    /// <summary>Copies the eight state words, a to h.</summary>
    /// <param name="destination">At least 8 words.</param>
    public void CopyWords(Span<uint> destination)
    {
        ReadOnlySpan<uint> words = Blocks == 0 ? Sha256Constants.InitialState : _words;
        words.CopyTo(destination);
    }

    /// <inheritdoc/>
    public bool Equals(Sha256Midstate other) =>
        Blocks == other.Blocks && ((ReadOnlySpan<uint>)_words).SequenceEqual(other._words);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Sha256Midstate other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Blocks, _words[0], _words[1]);

    /// <summary>Whether both are the state after the same number of blocks with the same words.</summary>
    public static bool operator ==(Sha256Midstate left, Sha256Midstate right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(Sha256Midstate left, Sha256Midstate right) => !left.Equals(right);

    [InlineArray(8)]
    private struct Words
    {
        private uint _first;
    }
}
