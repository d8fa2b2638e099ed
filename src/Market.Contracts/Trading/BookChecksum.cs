using System.Globalization;
using System.Text;

namespace Market.Contracts;

/// <summary>
/// The checksum that lets a follower see that its book is the server's. It is the CRC-32 (IEEE 802.3: reflected,
/// polynomial 0xEDB88320, start and final xor 0xFFFFFFFF; as in zip and PNG) of an ASCII text: for i = 0..9 the i-th best
/// bid and then the i-th best ask, each as "price:quantity" in the decimal strings of the wire, all joined by ":".
/// A side that has fewer levels is skipped. Two bids and one ask give "100:5:101:7:99:2"; an empty book gives "", whose
/// checksum is 0.
/// </summary>
public static class BookChecksum
{
    /// <summary>The same in words, for who reads the description of the interface alone.</summary>
    public const string Shape =
        "the CRC-32 (IEEE 802.3, as in zip and PNG) of an ASCII text: for each of the ten best levels the bid and then the ask, "
        + "where there is one, as price:quantity in the decimal strings of the wire, all joined by colons; of an empty book 0";

    /// <summary>How many levels of each side are covered.</summary>
    public const int Depth = 10;

    private static readonly uint[] Table = BuildTable();

    /// <summary>The text whose CRC is taken.</summary>
    /// <param name="bids">Highest price first.</param>
    /// <param name="asks">Lowest price first.</param>
    public static string Text(IReadOnlyList<BookLevel> bids, IReadOnlyList<BookLevel> asks)
    {
        ArgumentNullException.ThrowIfNull(bids);
        ArgumentNullException.ThrowIfNull(asks);
        var text = new StringBuilder(Depth * 64);
        for (var i = 0; i < Depth; i++)
        {
            if (i < bids.Count) Append(text, bids[i]);
            if (i < asks.Count) Append(text, asks[i]);
        }
        return text.ToString();
    }

    /// <summary>The checksum of a book.</summary>
    /// <param name="bids">Highest price first.</param>
    /// <param name="asks">Lowest price first.</param>
    public static uint Compute(IReadOnlyList<BookLevel> bids, IReadOnlyList<BookLevel> asks) =>
        Crc32(Encoding.ASCII.GetBytes(Text(bids, asks)));

    /// <summary>CRC-32 (IEEE 802.3) of <paramref name="data"/>.</summary>
    public static uint Crc32(ReadOnlySpan<byte> data)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var b in data) crc = (crc >> 8) ^ Table[(byte)(crc ^ b)];
        return ~crc;
    }

    private static void Append(StringBuilder text, BookLevel level)
    {
        if (text.Length > 0) text.Append(':');
        text.Append(CultureInfo.InvariantCulture, $"{level.Price.Sats}:{level.Quantity.Units}");
    }

    private static uint[] BuildTable()
    {
        var table = new uint[256];
        for (var n = 0u; n < 256; n++)
        {
            var c = n;
            for (var bit = 0; bit < 8; bit++) c = (c & 1) != 0 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
            table[n] = c;
        }
        return table;
    }
}
