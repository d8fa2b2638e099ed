using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin;

/// <summary>A Bitcoin block: header and transactions. Scripts are slices of the bytes it was read from.</summary>
/// <param name="Header">The header.</param>
/// <param name="Transactions">The transactions, coinbase first.</param>
public sealed record Block(BlockHeader Header, ImmutableArray<Transaction> Transactions)
{
    /// <summary>The header's id.</summary>
    public BlockId Id => Header.Id;

    /// <summary>Bytes of a block that are no transactions: the header and their count.</summary>
    /// <param name="transactions">How many transactions it has.</param>
    public static int BaseSizeOf(int transactions) =>
        BlockHeader.Length + ByteWriter.CompactSizeLength((ulong)transactions);

    /// <summary>Reads a block and nothing else.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Block? block, out ParseError error)
    {
        var reader = new ByteReader(bytes);
        block = Read(ref reader);
        reader.ExpectEnd();
        error = reader.Error;
        if (error != ParseError.None)
        {
            block = null;
        }

        return block is not null;
    }

    /// <summary>Reads a block from bytes known to be good.</summary>
    /// <exception cref="FormatException">They are not.</exception>
    public static Block Parse(ReadOnlyMemory<byte> bytes) => TryParse(bytes, out var block, out var error)
        ? block
        : throw new FormatException($"Not a block: {error}.");

    /// <summary>Reads a block; the reader holds the error where the result is null.</summary>
    public static Block? Read(ref ByteReader reader)
    {
        var header = BlockHeader.Read(ref reader);
        var transactions = Transaction.ReadList(ref reader);
        return header is null || transactions.IsDefault ? null : new Block(header, transactions);
    }

    /// <summary>A new array of the block's bytes with witnesses.</summary>
    public byte[] ToArray()
    {
        var writer = new ByteWriter(1024);
        Header.Write(writer);
        writer.CompactSize((ulong)Transactions.Length);
        foreach (var transaction in Transactions)
        {
            transaction.Write(writer);
        }

        return writer.ToArray();
    }
}
