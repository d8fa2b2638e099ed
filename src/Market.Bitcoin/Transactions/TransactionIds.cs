using System.Buffers;
using System.Runtime.InteropServices;
using Market.Hashing;

namespace Market.Bitcoin;

/// <summary>Hashes the ids of many transactions at once: as many at a time as the machine has lanes.</summary>
internal static class TransactionIds
{
    /// <summary>Hashes and sets all txids, and the wtxids of those that have a witness.</summary>
    /// <param name="buffer">The transactions' bytes, end to end.</param>
    /// <param name="transactions">The transactions.</param>
    public static void Hash(ReadOnlySpan<byte> buffer, ReadOnlySpan<Transaction> transactions)
    {
        var messages = ArrayPool<HashMessage>.Shared.Rent(2 * transactions.Length);
        var (count, start) = (0, 0);
        foreach (var transaction in transactions)
        {
            messages[count++] = transaction.Stripped(start);
            if (transaction.HasWitness)
            {
                messages[count++] = new HashMessage(start, transaction.TotalSize);
            }

            start += transaction.TotalSize;
        }

        var rented = ArrayPool<Hash256>.Shared.Rent(count);
        var hashes = rented.AsSpan(0, count);
        BatchHasher.Hash(buffer, messages.AsSpan(0, count), MemoryMarshal.AsBytes(hashes));
        foreach (var transaction in transactions)
        {
            transaction.SetIds(ref hashes);
        }

        ArrayPool<HashMessage>.Shared.Return(messages);
        ArrayPool<Hash256>.Shared.Return(rented);
    }
}
