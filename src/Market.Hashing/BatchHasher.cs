using System.Runtime.CompilerServices;

namespace Market.Hashing;

/// <summary>Double hashes of many messages of different lengths, such as the transaction ids of a block.</summary>
/// <remarks>
/// Messages are sorted by how many blocks they have and laid into the lanes longest first; a lane whose message ends
/// takes the next, so that all lanes are busy until the last few messages.
/// </remarks>
public static class BatchHasher
{
    // How many messages are sorted together: bounds the room taken on the stack.
    private const int WindowSize = 1024;
    private const int Classes = 512;

    /// <summary>Writes the double hash of each message.</summary>
    /// <param name="buffer">The bytes the messages are pieces of.</param>
    /// <param name="messages">n messages.</param>
    /// <param name="hashes">At least n times 32 bytes, in the order of the messages, not overlapping the buffer.</param>
    /// <exception cref="ArgumentException">A message leaves the buffer, or too little room for the hashes.</exception>
    public static void Hash(ReadOnlySpan<byte> buffer, ReadOnlySpan<HashMessage> messages, Span<byte> hashes) =>
        Hash(buffer, messages, hashes, HashKernels.Active);

    /// <summary>The same with a kernel chosen by name.</summary>
    /// <inheritdoc cref="Hash(ReadOnlySpan{byte}, ReadOnlySpan{HashMessage}, Span{byte})"/>
    public static unsafe void Hash(
        ReadOnlySpan<byte> buffer, ReadOnlySpan<HashMessage> messages, Span<byte> hashes, HashKernel kernel)
    {
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

        fixed (byte* input = buffer)
        fixed (byte* output = hashes)
        {
            for (int first = 0; first < messages.Length; first += WindowSize)
            {
                ReadOnlySpan<HashMessage> window = messages.Slice(first, Math.Min(WindowSize, messages.Length - first));
                HashWindow(kernel, input, window, output + (long)first * Sha256d.Size);
            }
        }
    }

    [SkipLocalsInit]
    private static unsafe void HashWindow(
        HashKernel kernel, byte* buffer, ReadOnlySpan<HashMessage> messages, byte* hashes)
    {
        ushort* order = stackalloc ushort[WindowSize];
        SortByBlockCount(messages, order);
        LaneBatch batch = new(kernel, buffer, messages, order, hashes);
        batch.Run();
        LaneKernels.Digests(kernel, hashes, hashes, messages.Length);
    }

    // Counts how many messages have each number of blocks, then puts each behind those with more.
    [SkipLocalsInit]
    private static unsafe void SortByBlockCount(ReadOnlySpan<HashMessage> messages, ushort* order)
    {
        Span<int> places = stackalloc int[Classes];
        places.Clear();
        foreach (ref readonly HashMessage message in messages) places[Class(message)]++;
        int place = 0;
        for (int i = 0; i < places.Length; i++)
        {
            (places[i], place) = (place, place + places[i]);
        }

        for (int i = 0; i < messages.Length; i++) order[places[Class(messages[i])]++] = (ushort)i;
    }

    // Longest first; messages of more blocks than there are classes come first in any order.
    private static int Class(in HashMessage message) => Math.Max(0, Classes - message.BlockCount);
}
