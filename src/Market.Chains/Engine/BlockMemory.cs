using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains.Engine;

/// <summary>
/// What a parsed block takes of memory, never less than it really does by much: a witness of empty items has one byte each on
/// the wire and sixteen in memory, so that bounds by bytes of the wire alone would hold sixteen times as much.
/// </summary>
public static class BlockMemory
{
    private const int PerItem = 24;
    private const int PerInput = 96;
    private const int PerOutput = 48;
    private const int PerTransaction = 256;

    /// <summary>Bytes of memory, estimated.</summary>
    public static long Of(ImmutableArray<Transaction> transactions)
    {
        long bytes = 0;
        foreach (var transaction in transactions)
        {
            bytes += PerTransaction + transaction.TotalSize + (long)transaction.Inputs.Length * PerInput
                + (long)transaction.Outputs.Length * PerOutput;
            foreach (ref readonly var input in transaction.Inputs.AsSpan())
            {
                bytes += (long)input.Witness.Count * PerItem;
            }
        }

        return bytes;
    }
}
