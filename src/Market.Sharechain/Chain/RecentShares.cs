using System.Collections.Immutable;
using Market.Bitcoin.Encoding;

namespace Market.Sharechain;

/// <summary>What is remembered of a share of the last few, for those that name others.</summary>
/// <param name="Height">The share's height.</param>
/// <param name="Payees">Whom a child of it pays; null where nobody holds what is paid.</param>
/// <param name="Named">The shares that it named.</param>
public sealed record RecentShare(int Height, Payees? Payees, ImmutableArray<ShareId> Named)
{
    /// <summary>Writes it.</summary>
    public void Write(ByteWriter writer)
    {
        writer.Int32(Height).Byte(Payees is null ? (byte)0 : (byte)1);
        Payees?.Write(writer);
        writer.CompactSize((ulong)Named.Length);
        foreach (var id in Named)
        {
            writer.Hash256(id.Value);
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote; the reader holds the error.</summary>
    public static RecentShare Read(ref ByteReader reader)
    {
        var height = reader.ReadInt32();
        var hasPayees = reader.ReadByte();
        if (hasPayees > 1)
        {
            reader.Fail(ParseError.InvalidValue);
        }

        var payees = hasPayees == 0 ? null : Payees.Read(ref reader);
        var named = new ShareId[reader.ReadCount(32)];
        for (var i = 0; i < named.Length; i++)
        {
            named[i] = new ShareId(reader.ReadHash256());
        }

        return new RecentShare(height, payees, [.. named]);
    }

    /// <inheritdoc/>
    public bool Equals(RecentShare? other) => other is not null && Height == other.Height && Equals(Payees, other.Payees)
        && Named.SequenceEqual(other.Named);

    /// <inheritdoc/>
    public override int GetHashCode() => Height;
}

/// <summary>
/// The newest shares of a state, oldest first: what those that a later share names had to pay, and what was named already. Belongs
/// to a state of a row that names shares, and goes with it.
/// </summary>
/// <param name="most">How many.</param>
internal sealed class RecentShares(int most)
{
    private readonly List<RecentShare> _shares = [];

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<RecentShare> All => _shares;

    /// <summary>How many a row needs: an uncle's parent may be one below the deepest uncle.</summary>
    public static int? MostOf(SharechainProfile profile) => profile switch
    {
        { Uncles: { } uncles } => uncles.Depth + 1,
        { Weak: { } weak } => weak.Depth,
        _ => null,
    };

    /// <summary>Puts the newest in.</summary>
    /// <returns>The oldest, where it is one too many.</returns>
    public RecentShare? Add(RecentShare share)
    {
        _shares.Add(share);
        if (_shares.Count <= most)
        {
            return null;
        }

        var oldest = _shares[0];
        _shares.RemoveAt(0);
        return oldest;
    }

    /// <summary>Takes the newest out.</summary>
    /// <param name="forgotten">What <see cref="Add"/> returned.</param>
    public void TakeBack(RecentShare? forgotten)
    {
        _shares.RemoveAt(_shares.Count - 1);
        if (forgotten is not null)
        {
            _shares.Insert(0, forgotten);
        }
    }

    /// <summary>Brings it to what a snapshot says.</summary>
    public void Fill(IEnumerable<RecentShare> shares)
    {
        _shares.Clear();
        _shares.AddRange(shares);
    }

    /// <summary>The share of a height; null where it is not among them.</summary>
    public RecentShare? At(int height) => _shares.Find(share => share.Height == height);

    /// <summary>True where one of them named a share.</summary>
    public bool IsNamed(ShareId id) => _shares.Exists(share => share.Named.Contains(id));
}
