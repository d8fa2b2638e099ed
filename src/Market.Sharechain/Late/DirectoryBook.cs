using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Sharechain;

/// <summary>A market that an authority announced, where that is on the chain.</summary>
/// <param name="Announcement">What it says.</param>
/// <param name="Height">Height of the share that holds it.</param>
public sealed record AnnouncedMarket(MarketAnnouncement Announcement, int Height)
{
    // Keys, numbers, two empty texts with their lengths, signature, height.
    internal const int LeastLength = 2 * Hash256.Length + 2 * sizeof(int) + 2 + 64 + sizeof(int);

    internal void Write(ByteWriter writer)
    {
        Announcement.Write(writer);
        writer.Int32(Height);
    }

    internal static AnnouncedMarket Read(ref ByteReader reader)
    {
        var announcement = MarketAnnouncement.Read(ref reader);
        return new AnnouncedMarket(announcement!, reader.ReadInt32());
    }
}

/// <summary>An entry of the directory: a market, and the work that stands behind it.</summary>
/// <param name="Market">The market.</param>
/// <param name="Works">Late blocks of its authority whose term is not over, the latest first; at least one.</param>
/// <param name="Until">The mainchain height up to which it stands: its own, or the authority's last where that is before.</param>
public sealed record DirectoryEntry(AnnouncedMarket Market, ImmutableArray<LateWork> Works, int Until);

/// <summary>The newest announcement of every authority. Belongs to a state; there are no more than late works.</summary>
internal sealed class DirectoryBook
{
    private readonly Dictionary<Hash256, AnnouncedMarket> _markets = [];

    /// <summary>All of it, in the order of keys' bytes.</summary>
    public IEnumerable<AnnouncedMarket> All =>
        _markets.Values.OrderBy(market => market.Announcement.Authority.ToArray(), ByteOrder);

    private static Comparer<byte[]> ByteOrder { get; } =
        Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));

    /// <summary>Takes what a share announces: of an authority whose term runs, signed, of a number above its last.</summary>
    /// <param name="block">The share.</param>
    /// <param name="isAuthority">Whether a key is one, as the share sees it.</param>
    /// <param name="genesis">The chain's first id.</param>
    /// <returns>What was there before, and for whom there was nothing; in the order to be taken back from its end.</returns>
    public ImmutableArray<FormerMarket> Take(ShareBlock block, Predicate<Hash256> isAuthority, ShareId genesis)
    {
        var former = ImmutableArray<FormerMarket>.Empty;
        foreach (var said in MarketAnnouncement.ReadAll(block).Where(each => isAuthority(each.Authority)))
        {
            var last = _markets.GetValueOrDefault(said.Authority);
            if ((last is null || said.Number > last.Announcement.Number) && said.IsSigned(genesis))
            {
                _markets[said.Authority] = new AnnouncedMarket(said, (int)block.Header.Height);
                former = former.Add(new FormerMarket(said.Authority, last));
                if (former.Length == MarketAnnouncement.MostOfShare) break;
            }
        }

        return former;
    }

    /// <summary>Brings back what was there before.</summary>
    /// <param name="former">What <see cref="Take"/> returned.</param>
    public void TakeBack(ImmutableArray<FormerMarket> former)
    {
        foreach (var (authority, market) in former.Reverse())
        {
            if (market is null)
            {
                _markets.Remove(authority);
            }
            else
            {
                _markets[authority] = market;
            }
        }
    }

    /// <summary>Adds what a snapshot says.</summary>
    public void Fill(ImmutableArray<AnnouncedMarket> markets)
    {
        foreach (var market in markets)
        {
            _markets[market.Announcement.Authority] = market;
        }
    }
}

/// <summary>What an authority's announcement was before a share.</summary>
/// <param name="Authority">Its key.</param>
/// <param name="Market">What was there; null where nothing was.</param>
public sealed record FormerMarket(Hash256 Authority, AnnouncedMarket? Market)
{
    internal static void WriteAll(ByteWriter writer, ImmutableArray<FormerMarket> all)
    {
        writer.CompactSize((ulong)all.Length);
        foreach (var (authority, market) in all)
        {
            writer.Hash256(authority).Byte(market is null ? (byte)0 : (byte)1);
            market?.Write(writer);
        }
    }

    internal static ImmutableArray<FormerMarket> ReadAll(ref ByteReader reader)
    {
        var all = new FormerMarket[reader.ReadCount(Hash256.Length + 1)];
        for (var i = 0; i < all.Length; i++)
        {
            var authority = reader.ReadHash256();
            all[i] = new FormerMarket(authority, reader.ReadByte() == 0 ? null : AnnouncedMarket.Read(ref reader));
        }

        return [.. all];
    }
}
