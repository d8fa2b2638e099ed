using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Ledger;

/// <summary>What a block spent, so that it can be disconnected.</summary>
/// <param name="Spent">The coins of every input but the coinbase's, in the block's order.</param>
public sealed record BlockUndo(ImmutableArray<Coin> Spent)
{
    /// <summary>Writes a count and the coins.</summary>
    public void Write(ByteWriter writer)
    {
        writer.CompactSize((ulong)Spent.Length);
        foreach (var coin in Spent)
        {
            coin.Write(writer);
        }
    }

    /// <summary>A new array of what <see cref="Write"/> writes.</summary>
    public byte[] ToArray()
    {
        var writer = new ByteWriter();
        Write(writer);
        return writer.ToArray();
    }

    /// <summary>Reads what <see cref="Write"/> wrote; the reader holds the error where the result is null.</summary>
    public static BlockUndo? Read(ref ByteReader reader)
    {
        var coins = ImmutableArray.CreateBuilder<Coin>(reader.ReadCount(Coin.LeastLength));
        for (var i = 0; i < coins.Capacity && !reader.Failed; i++)
        {
            coins.Add(Coin.Read(ref reader));
        }

        return reader.Failed ? null : new BlockUndo(coins.MoveToImmutable());
    }

    /// <summary>Reads undo data and nothing else.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out BlockUndo? undo)
    {
        var reader = new ByteReader(bytes);
        undo = Read(ref reader);
        reader.ExpectEnd();
        undo = reader.Failed ? null : undo;
        return undo is not null;
    }
}
