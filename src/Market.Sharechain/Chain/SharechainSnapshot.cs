using System.Collections.Immutable;
using System.Security.Cryptography;
using Market.Bitcoin.Encoding;

namespace Market.Sharechain;

/// <summary>
/// A state as bytes: version u32, genesis 32, tip 32, height u32, places u32, coins in creation order; of a window's row where it
/// starts u32 and root heights u32 in the same order; of a row that names shares the newest ones; of a row that redeems what is
/// frozen; late work; markets announced in the order of their authorities; then SHA-256 of all that.
/// </summary>
internal static class SharechainSnapshot
{
    private const uint Version = 5;

    /// <summary>The bytes that a state's hash is of.</summary>
    public static byte[] Body(SharechainState state)
    {
        var writer = new ByteWriter(1024 + state.CoinCount * 128);
        writer.UInt32(Version).Hash256(state.Profile.GenesisId.Value).Hash256(state.Tip.Value).Int32(state.Height)
            .Int32(state.NextPlace).CompactSize((ulong)state.CoinCount);
        foreach (var coin in state.CoinsInOrder)
        {
            coin.Write(writer);
        }

        if (state.Window is { } window)
        {
            writer.Int32(state.WindowStart);
            foreach (var coin in state.CoinsInOrder)
            {
                writer.Int32(window.RootOf(coin.Place));
            }
        }

        if (state.Recent is { } recent)
        {
            writer.CompactSize((ulong)recent.All.Count);
            foreach (var share in recent.All)
            {
                share.Write(writer);
            }
        }

        if (state.Redeem is { } redeem)
        {
            FrozenOutput.WriteAll(writer, [.. redeem.All]);
        }

        writer.CompactSize((ulong)state.Late.Count);
        foreach (var work in state.Late)
        {
            work.Write(writer);
        }

        var announced = state.Announced.ToList();
        writer.CompactSize((ulong)announced.Count);
        foreach (var market in announced)
        {
            market.Write(writer);
        }

        return writer.ToArray();
    }

    /// <summary>The body with its hash.</summary>
    public static byte[] Write(SharechainState state)
    {
        var body = Body(state);
        return [.. body, .. SHA256.HashData(body)];
    }

    /// <summary>Fills a fresh state; false where the bytes are damaged or of another chain, and it is of no use then.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, SharechainState fresh)
    {
        if (bytes.Length < SHA256.HashSizeInBytes)
        {
            return false;
        }

        var body = bytes[..^SHA256.HashSizeInBytes];
        if (!bytes.Span[^SHA256.HashSizeInBytes..].SequenceEqual(SHA256.HashData(body.Span)))
        {
            return false;
        }

        var reader = new ByteReader(body);
        return ReadBody(ref reader, fresh);
    }

    private static bool ReadBody(ref ByteReader reader, SharechainState fresh)
    {
        if (reader.ReadUInt32() != Version || reader.ReadHash256() != fresh.Profile.GenesisId.Value)
        {
            return false;
        }

        var tip = new ShareId(reader.ReadHash256());
        var height = reader.ReadInt32();
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

        var start = 0;
        var roots = new int[fresh.Window is null ? 0 : coins.Length];
        if (fresh.Window is not null)
        {
            start = reader.ReadInt32();
            for (var i = 0; i < roots.Length; i++)
            {
                roots[i] = reader.ReadInt32();
            }
        }

        var recent = new RecentShare[fresh.Recent is null ? 0 : reader.ReadCount(sizeof(int))];
        for (var i = 0; i < recent.Length; i++)
        {
            recent[i] = RecentShare.Read(ref reader);
        }

        var frozen = fresh.Redeem is null ? [] : FrozenOutput.ReadAll(ref reader);
        var late = new LateWork[reader.ReadCount(LateWork.Length)];
        for (var i = 0; i < late.Length; i++)
        {
            late[i] = LateWork.Read(ref reader);
        }

        var announced = new AnnouncedMarket[reader.ReadCount(AnnouncedMarket.LeastLength)];
        for (var i = 0; i < announced.Length; i++)
        {
            announced[i] = AnnouncedMarket.Read(ref reader);
        }

        reader.ExpectEnd();
        if (reader.Failed || height < 0 || places < 0 || start < 0 || (coins.Length > 0 && coins[^1].Place >= places))
        {
            return false;
        }

        fresh.Fill(new Contents(tip, height, places, coins, start, roots, recent, frozen, [.. late], [.. announced]));
        return true;
    }

    /// <summary>What a snapshot says.</summary>
    /// <param name="Tip">The block whose state it is.</param>
    /// <param name="Height">Its height.</param>
    /// <param name="NextPlace">The next output's place.</param>
    /// <param name="Coins">All outputs in creation order.</param>
    /// <param name="WindowStart">Where the window begins; 0 for none.</param>
    /// <param name="Roots">Root heights of the outputs; empty where there is no window.</param>
    /// <param name="Recent">The newest shares, oldest first; empty where the row names none.</param>
    /// <param name="Frozen">What is frozen; empty where the row does not redeem.</param>
    /// <param name="Late">Late work in order of registration.</param>
    /// <param name="Announced">Markets announced.</param>
    internal sealed record Contents(
        ShareId Tip, int Height, int NextPlace, ShareCoin[] Coins, int WindowStart, int[] Roots, RecentShare[] Recent,
        ImmutableArray<FrozenOutput> Frozen, ImmutableArray<LateWork> Late, ImmutableArray<AnnouncedMarket> Announced);
}
