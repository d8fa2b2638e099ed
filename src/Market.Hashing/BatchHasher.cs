namespace Market.Hashing;

/// <summary>Double hashes of many messages of different lengths, such as the transaction ids of a block.</summary>
public static class BatchHasher
{
    /// <summary>Writes the double hash of each message.</summary>
    /// <param name="buffer">The bytes the messages are pieces of.</param>
    /// <param name="messages">n messages.</param>
    /// <param name="hashes">At least n times 32 bytes, in the order of the messages, not overlapping the buffer.</param>
    /// <exception cref="ArgumentException">A message leaves the buffer, or too little room for the hashes.</exception>
    public static void Hash(ReadOnlySpan<byte> buffer, ReadOnlySpan<HashMessage> messages, Span<byte> hashes) =>
        Hash(buffer, messages, hashes, HashKernels.Active);

    /// <summary>The same with a kernel chosen by name.</summary>
    /// <inheritdoc cref="Hash(ReadOnlySpan{byte}, ReadOnlySpan{HashMessage}, Span{byte})"/>
    public static void Hash(
        ReadOnlySpan<byte> buffer, ReadOnlySpan<HashMessage> messages, Span<byte> hashes, HashKernel kernel)
    {
        _ = kernel;
        if (hashes.Length / Sha256d.Size < messages.Length)
        {
            throw new ArgumentException("Each message's hash takes 32 bytes.", nameof(hashes));
        }

        foreach (ref readonly HashMessage message in messages)
        {
            if (!message.FitsIn(buffer.Length))
            {
                throw new ArgumentException("A message leaves the buffer.", nameof(messages));
            }
        }

        for (int i = 0; i < messages.Length; i++)
        {
            HashMessage message = messages[i];
            Sha256Hasher hasher = default;
            hasher.Append(buffer.Slice(message.HeadStart, message.HeadLength));
            hasher.Append(buffer.Slice(message.BodyStart, message.BodyLength));
            hasher.Append(buffer.Slice(message.TailStart, message.TailLength));
            hasher.FinishDouble(hashes.Slice(i * Sha256d.Size, Sha256d.Size));
        }
    }
}
