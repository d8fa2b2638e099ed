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

    /// <summary>Whether every piece lies inside a buffer of <paramref name="bufferLength"/> bytes.</summary>
    internal bool FitsIn(int bufferLength) =>
        (long)HeadStart + HeadLength <= bufferLength
        && (long)BodyStart + BodyLength <= bufferLength
        && (long)TailStart + TailLength <= bufferLength;
}
