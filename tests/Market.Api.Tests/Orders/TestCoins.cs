using System.Buffers.Binary;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains;

namespace Market.Api.Tests.Orders;

/// <summary>
/// Coins that say themselves what they are, so that every process sees the same ones: the txid holds the hash160 of the
/// owner's key (20 bytes), a kind (1) and a serial number (8); the index is the worth in units of 100,000.
/// </summary>
public sealed class TestCoins : IOutpointSource
{
    public enum Kind : byte
    {
        Good,
        Missing,
        Unconfirmed,
        Immature,
        NoAnswer,
        PaysScript,
    }

    public static OutPoint Make(PublicKey owner, long worth, ulong serial, Kind kind = Kind.Good)
    {
        Span<byte> id = stackalloc byte[32];
        id.Clear();
        owner.Hash160.CopyTo(id);
        id[20] = (byte)kind;
        BinaryPrimitives.WriteUInt64LittleEndian(id[24..], serial);
        return new OutPoint(new TxId(new Hash256(id)), checked((uint)((worth + 99_999) / 100_000)));
    }

    public int CoinbaseMaturity(ChainKind chain) => 5;

    public ValueTask<UnspentOutput?> FindAsync(ChainKind chain, OutPoint outPoint, CancellationToken cancel)
    {
        var id = outPoint.TxId.Value.ToArray();
        var kind = (Kind)id[20];
        if (kind == Kind.NoAnswer) throw new ChainUnavailableException("the node does not answer");
        if (kind == Kind.Missing) return ValueTask.FromResult<UnspentOutput?>(null);
        var script = kind == Kind.PaysScript ? Script.P2wsh(Script.Empty) : Script.P2wpkh(new Hash160(id.AsSpan(0, 20)));
        return ValueTask.FromResult<UnspentOutput?>(new UnspentOutput(
            outPoint, new TxOut(new Amount(outPoint.Index * 100_000L), script), kind == Kind.Unconfirmed ? -1 : 10,
            kind == Kind.Immature, kind == Kind.Unconfirmed ? 0 : 4));
    }
}
