using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Sharechain;

/// <summary>
/// A share block's id: SHA256d of its header and the mainchain header that proves its work. It commits to all of the
/// block: one id is one block, byte for byte. Text is in display (reversed) order.
/// </summary>
/// <param name="Value">The hash in internal byte order.</param>
public readonly record struct ShareId(Hash256 Value) : IComparable<ShareId>
{
    /// <summary>The id of a header with a certain work.</summary>
    /// <param name="header">The share's header.</param>
    /// <param name="mainHeader">The mainchain header that was hashed for it; 80 zero bytes stand for it in genesis.</param>
    public static ShareId Of(ShareHeader header, BlockHeader? mainHeader)
    {
        var writer = new ByteWriter(header.Length + BlockHeader.Length);
        header.Write(writer);
        if (mainHeader is null)
        {
            writer.Bytes(new byte[BlockHeader.Length]);
        }
        else
        {
            mainHeader.Write(writer);
        }

        return new ShareId(Hash256.DoubleSha256(writer.Written));
    }

    /// <summary>Orders by internal bytes.</summary>
    public int CompareTo(ShareId other) => Value.CompareTo(other.Value);

    /// <summary>64 hexadecimal digits in display (reversed) order.</summary>
    public override string ToString() => Value.ToString();
}
