namespace Market.Hashing;

/// <summary>Double hashes of many block headers of 80 bytes.</summary>
public static class HeaderHasher
{
    /// <summary>A header's length in bytes.</summary>
    public const int HeaderSize = 80;

    /// <summary>Writes the double hash of each header.</summary>
    /// <param name="headers">n headers of 80 bytes, end to end.</param>
    /// <param name="hashes">At least n times 32 bytes, not overlapping the headers.</param>
    /// <exception cref="ArgumentException">Not whole headers, or too little room for the hashes.</exception>
    public static void HashMany(ReadOnlySpan<byte> headers, Span<byte> hashes) =>
        HashMany(headers, hashes, HashKernels.Active);

    /// <summary>The same with a kernel chosen by name.</summary>
    /// <inheritdoc cref="HashMany(ReadOnlySpan{byte}, Span{byte})"/>
    public static unsafe void HashMany(ReadOnlySpan<byte> headers, Span<byte> hashes, HashKernel kernel)
    {
        int count = headers.Length / HeaderSize;
        if (headers.Length % HeaderSize != 0)
        {
            throw new ArgumentException("Headers take 80 bytes each.", nameof(headers));
        }

        if (hashes.Length < count * Sha256d.Size)
        {
            throw new ArgumentException("Each header's hash takes 32 bytes.", nameof(hashes));
        }

        fixed (byte* input = headers)
        fixed (byte* output = hashes)
        {
            LaneKernels.Headers(kernel, input, output, count);
        }
    }
}
