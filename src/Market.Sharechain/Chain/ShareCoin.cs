using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>An unspent output of the sharechain.</summary>
/// <param name="OutPoint">Its name.</param>
/// <param name="Coin">Amount, script, height.</param>
/// <param name="Place">Its place in creation order (block, transaction, output), counted from genesis.</param>
/// <param name="Payout">Who is paid when it is drawn: its own script, unless annotated; null: it is never drawn.</param>
public sealed record ShareCoin(OutPoint OutPoint, Coin Coin, int Place, Script? Payout)
{
    /// <summary>Fewest bytes that a serialized coin takes.</summary>
    public const int LeastLength = OutPoint.Length + sizeof(int) + Market.Bitcoin.Ledger.Coin.LeastLength + 1;

    /// <summary>Amount in base units.</summary>
    public Amount Value => Coin.Output.Value;

    /// <summary>True where its payout script is not its own.</summary>
    public bool IsAnnotated => Payout is { } payout && payout != Coin.Output.ScriptPubKey;

    /// <summary>Base units with which it takes part in the draw once it is mature.</summary>
    public long Weight => Payout is null ? 0 : Value.Sats;

    // Stands for "nobody" where the coin's own script could be paid: no annotation can name it, for no coinbase may pay it.
    private static ReadOnlySpan<byte> Nobody => [(byte)Opcode.OP_RETURN];

    /// <summary>Writes outpoint, place, coin and the payout script: empty where it is the coin's own or that has none, OP_RETURN
    /// alone where the coin's own could be paid and is not.</summary>
    public void Write(ByteWriter writer)
    {
        writer.Hash256(OutPoint.TxId.Value).UInt32(OutPoint.Index).Int32(Place);
        Coin.Write(writer);
        writer.VarBytes(
            Payout == PayoutAnnotation.OwnPayout(Coin.Output.ScriptPubKey) ? [] : Payout is { } named ? named.Span : Nobody);
    }

    /// <summary>Reads what <see cref="Write"/> wrote; the reader holds the error.</summary>
    public static ShareCoin Read(ref ByteReader reader)
    {
        var outPoint = new OutPoint(new TxId(reader.ReadHash256()), reader.ReadUInt32());
        var place = reader.ReadInt32();
        var coin = Market.Bitcoin.Ledger.Coin.Read(ref reader);
        var payout = reader.ReadVarBytes();
        if (place < 0)
        {
            reader.Fail(ParseError.InvalidValue);
        }

        return new ShareCoin(
            outPoint, coin, place,
            payout.IsEmpty ? PayoutAnnotation.OwnPayout(coin.Output.ScriptPubKey)
            : payout.Span.SequenceEqual(Nobody) ? null
            : new Script(payout.ToArray()));
    }
}
