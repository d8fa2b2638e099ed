using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <content>The state as bytes, and its hash.</content>
public sealed partial class SharechainState
{
    private const uint SnapshotVersion = 2;

    /// <summary>SHA-256 of <see cref="ToSnapshot"/>: equal states have equal hashes.</summary>
    public Hash256 StateHash() => new(SHA256.HashData(Body()));

    /// <summary>
    /// The whole state: version u32, genesis 32, tip 32, height u32, places u32, coins in creation order; then SHA-256
    /// of all that.
    /// </summary>
    public byte[] ToSnapshot()
    {
        var body = Body();
        return [.. body, .. SHA256.HashData(body)];
    }

    /// <summary>Reads a snapshot. Only its wholeness is checked: its coins were valid when it was written.</summary>
    /// <param name="bytes">What <see cref="ToSnapshot"/> returned.</param>
    /// <param name="profile">The chain's profile.</param>
    /// <param name="scripts">Verifies scripts.</param>
    /// <param name="state">The state.</param>
    /// <returns>False where the bytes are damaged or of another chain.</returns>
    public static bool TryRestore(
        ReadOnlyMemory<byte> bytes,
        SharechainProfile profile,
        IScriptRules scripts,
        [NotNullWhen(true)] out SharechainState? state)
    {
        state = null;
        if (bytes.Length < SHA256.HashSizeInBytes)
        {
            return false;
        }

        var body = bytes[..^SHA256.HashSizeInBytes];
        if (!bytes.Span[^SHA256.HashSizeInBytes..].SequenceEqual(SHA256.HashData(body.Span)))
        {
            return false;
        }

        var read = new SharechainState(profile, scripts);
        var reader = new ByteReader(body);
        state = read.ReadBody(ref reader) ? read : null;
        return state is not null;
    }

    private byte[] Body()
    {
        var writer = new ByteWriter(1024 + _coins.Count * 128);
        writer.UInt32(SnapshotVersion).Hash256(Profile.GenesisId.Value).Hash256(Tip.Value).Int32(Height)
            .Int32(_nextPlace).CompactSize((ulong)_coins.Count);
        foreach (var coin in _coins.InOrder)
        {
            coin.Write(writer);
        }

        return writer.ToArray();
    }

    private bool ReadBody(ref ByteReader reader)
    {
        if (reader.ReadUInt32() != SnapshotVersion || reader.ReadHash256() != Profile.GenesisId.Value)
        {
            return false;
        }

        Tip = new ShareId(reader.ReadHash256());
        Height = reader.ReadInt32();
        var places = reader.ReadInt32();
        var coins = new ShareCoin[reader.ReadCount(ShareCoin.LeastLength)];
        for (var i = 0; i < coins.Length; i++)
        {
            coins[i] = ShareCoin.Read(ref reader);
            if (i > 0 && coins[i].Place <= coins[i - 1].Place)
            {
                reader.Fail(ParseError.InvalidValue);
            }
        }

        reader.ExpectEnd();
        if (reader.Failed || Height < 0 || places < 0 || (coins.Length > 0 && coins[^1].Place >= places))
        {
            return false;
        }

        foreach (var coin in coins)
        {
            Insert(coin.OutPoint, coin.Coin, coin.Place, coin.Payout, IsMature(coin));
        }

        _nextPlace = places;
        foreach (var waiting in coins.Where(coin => !IsMature(coin)).GroupBy(coin => coin.Coin.Height))
        {
            _immature[waiting.Key] = [.. waiting.Select(coin => coin.Place)];
        }

        return true;
    }
}
