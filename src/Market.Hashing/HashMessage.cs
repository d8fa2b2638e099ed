using System.Buffers.Binary;

namespace Market.Hashing;

/// <summary>Up to three pieces of one buffer, hashed as one message laid end to end.</summary>
/// <remarks>
/// The three pieces are what a transaction id covers: the version, the inputs and outputs, and the locktime, with the
/// witness marker and the witnesses left out (BIP141). Offsets and lengths are in bytes.
/// </remarks>
public readonly record struct HashMessage
{
    /// <summary>A message in one piece.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public HashMessage(int start, int length)
        : this(start, length, 0, 0, 0, 0)
    {
    }

    /// <summary>A message in three pieces, any of which may be empty.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative, or the lengths exceed an int.</exception>
    public HashMessage(
        int headStart, int headLength, int bodyStart, int bodyLength, int tailStart, int tailLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(headStart);
        ArgumentOutOfRangeException.ThrowIfNegative(headLength);
        ArgumentOutOfRangeException.ThrowIfNegative(bodyStart);
        ArgumentOutOfRangeException.ThrowIfNegative(bodyLength);
        ArgumentOutOfRangeException.ThrowIfNegative(tailStart);
        ArgumentOutOfRangeException.ThrowIfNegative(tailLength);
        long length = (long)headLength + bodyLength + tailLength;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, int.MaxValue);
        HeadStart = headStart;
        HeadLength = headLength;
        BodyStart = bodyStart;
        BodyLength = bodyLength;
        TailStart = tailStart;
        TailLength = tailLength;
    }

    /// <summary>Where the first piece begins in the buffer.</summary>
    public int HeadStart { get; }

    /// <summary>The first piece's length.</summary>
    public int HeadLength { get; }

    /// <summary>Where the second piece begins in the buffer.</summary>
    public int BodyStart { get; }

    /// <summary>The second piece's length.</summary>
    public int BodyLength { get; }

    /// <summary>Where the third piece begins in the buffer.</summary>
    public int TailStart { get; }

    /// <summary>The third piece's length.</summary>
    public int TailLength { get; }

    /// <summary>The whole message's length.</summary>
    public int Length => HeadLength + BodyLength + TailLength;

    /// <summary>How many blocks of 64 bytes the padded message takes.</summary>
    internal int BlockCount => (int)Sha256Padding.BlockCount(Length);

    /// <summary>Whether every piece lies inside a buffer of <paramref name="bufferLength"/> bytes.</summary>
    internal bool FitsIn(int bufferLength) =>
        (long)HeadStart + HeadLength <= bufferLength
        && (long)BodyStart + BodyLength <= bufferLength
        && (long)TailStart + TailLength <= bufferLength;

    /// <summary>Writes block <paramref name="index"/> of the padded message.</summary>
    /// <param name="buffer">The buffer the message is in.</param>
    /// <param name="index">0 to <see cref="BlockCount"/> - 1.</param>
    /// <param name="room">64 bytes.</param>
    internal unsafe void Assemble(byte* buffer, int index, byte* room)
    {
        long at = (long)index * Sha256Block.BlockSize;
        Span<byte> block = new(room, Sha256Block.BlockSize);
        block.Clear();
        Copy(buffer + HeadStart, 0, HeadLength, at, block);
        Copy(buffer + BodyStart, HeadLength, BodyLength, at, block);
        Copy(buffer + TailStart, (long)HeadLength + BodyLength, TailLength, at, block);
        if (Length >= at && Length < at + block.Length) block[(int)(Length - at)] = 0x80;
        if (index == BlockCount - 1) BinaryPrimitives.WriteUInt64BigEndian(block[56..], (ulong)Length * 8);
    }

    // Copies what of a piece, which begins at start of the message, falls into the block at its offset.
    private static unsafe void Copy(byte* piece, long start, int length, long at, Span<byte> block)
    {
        long from = Math.Max(start, at);
        long to = Math.Min(start + length, at + block.Length);
        if (from >= to) return;
        new ReadOnlySpan<byte>(piece + (from - start), (int)(to - from)).CopyTo(block[(int)(from - at)..]);
    }
}
