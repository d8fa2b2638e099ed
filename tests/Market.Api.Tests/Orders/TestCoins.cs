using System.Buffers.Binary;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains;

namespace Market.Api.Tests.Orders;

/// <summary>
/// Coins that say themselves what they are, so that every process sees the same ones: the txid holds a serial number (8
/// bytes), the hash160 of the owner's key (20) and a kind (1); the index is the worth in units of 100,000.
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

    private const int Owner = 8;
    private const int KindAt = 28;

    public static OutPoint Make(PublicKey owner, long worth, ulong serial, Kind kind = Kind.Good)
    {
        Span<byte> id = stackalloc byte[32];
        id.Clear();
        // What tells one from another comes first, as what tables of ids look at does.
        BinaryPrimitives.WriteUInt64LittleEndian(id, serial);
        owner.Hash160.CopyTo(id[Owner..]);
        id[KindAt] = (byte)kind;
        return new OutPoint(new TxId(new Hash256(id)), checked((uint)((worth + 99_999) / 100_000)));
    }

    /// <summary>What a coin of an owner pays.</summary>
    public static Script ScriptOf(OutPoint coin) =>
        Script.P2wpkh(new Hash160(coin.TxId.Value.ToArray().AsSpan(Owner, Hash160.Length)));

    public int CoinbaseMaturity(ChainKind chain) => 5;

    public ValueTask<UnspentOutput?> FindAsync(ChainKind chain, OutPoint outPoint, CancellationToken cancel)
    {
        var id = outPoint.TxId.Value.ToArray();
        var kind = (Kind)id[KindAt];
        if (kind == Kind.NoAnswer) throw new ChainUnavailableException("the node does not answer");
        if (kind == Kind.Missing) return ValueTask.FromResult<UnspentOutput?>(null);
        var script = kind == Kind.PaysScript ? Script.P2wsh(Script.Empty) : ScriptOf(outPoint);
        return ValueTask.FromResult<UnspentOutput?>(new UnspentOutput(
            outPoint, new TxOut(new Amount(outPoint.Index * 100_000L), script), kind == Kind.Unconfirmed ? -1 : 10,
            kind == Kind.Immature, kind == Kind.Unconfirmed ? 0 : 4));
    }
}
