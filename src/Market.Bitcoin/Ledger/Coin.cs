using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Ledger;

/// <summary>An unspent output and what its age depends on.</summary>
/// <param name="Output">Amount and script.</param>
/// <param name="Height">Height of the block that made it; of the next block while it is unconfirmed.</param>
/// <param name="IsCoinbase">True for an output of a coinbase (sharebase).</param>
/// <param name="PreviousMedianTime">
/// Median time past of the block before the one that made it, Unix seconds (BIP68).
/// </param>
public readonly record struct Coin(TxOut Output, int Height, bool IsCoinbase, uint PreviousMedianTime)
{
    /// <summary>Fewest bytes a serialized coin takes.</summary>
    public const int LeastLength = 4 + 1 + 4 + 8 + 1;

    /// <summary>Writes height, coinbase flag, median time, amount, script.</summary>
    public void Write(ByteWriter writer) => writer.Int32(Height).Byte(IsCoinbase ? (byte)1 : (byte)0)
        .UInt32(PreviousMedianTime).Int64(Output.Value.Sats).VarBytes(Output.ScriptPubKey.Span);

    /// <summary>Reads what <see cref="Write"/> wrote; the script is copied, and keeps no larger buffer alive.</summary>
    public static Coin Read(ref ByteReader reader)
    {
        var height = reader.ReadInt32();
        var coinbase = reader.ReadByte();
        var time = reader.ReadUInt32();
        var value = new Amount(reader.ReadInt64());
        var script = new Script(reader.ReadVarBytes().ToArray());
        if (coinbase > 1 || height < 0 || !value.IsMoney)
        {
            reader.Fail(ParseError.InvalidValue);
        }

        return new Coin(new TxOut(value, script), height, coinbase == 1, time);
    }
}

/// <summary>What can be asked of a set of unspent outputs.</summary>
public interface ICoinView
{
    /// <summary>The coin at an outpoint; false where there is none or it is spent.</summary>
    bool TryGet(OutPoint outPoint, out Coin coin);
}

/// <summary>A set of unspent outputs that blocks are connected to and disconnected from.</summary>
public interface ICoinSet : ICoinView
{
    /// <summary>Puts a coin where none is.</summary>
    /// <param name="outPoint">Its name.</param>
    /// <param name="coin">The coin.</param>
    /// <exception cref="InvalidOperationException">A coin is there already.</exception>
    void Add(OutPoint outPoint, in Coin coin);

    /// <summary>Takes a coin out.</summary>
    /// <exception cref="InvalidOperationException">No coin is there.</exception>
    Coin Remove(OutPoint outPoint);
}
