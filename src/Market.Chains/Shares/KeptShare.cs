using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Sharechain;

namespace Market.Chains.Shares;

/// <summary>
/// A share as a node keeps it: in front of its bytes stands the mainchain header that it builds on, and in front of that
/// those of its ancestors that this node's mainchain did not know, oldest first. Blocks that lost their race are
/// forgotten by mainchain nodes that come later; shares built on them are judged by these headers.
/// </summary>
/// <remarks>
/// Laid out as: count (compact size), headers of 80 bytes, the share. Where the mainchain said something about the share, 128 is
/// added to the count, and that stands behind the headers with its length.
/// </remarks>
/// <param name="MainHeaders">At least the header that the share builds on, last.</param>
/// <param name="Share">The share.</param>
internal sealed record KeptShare(ImmutableArray<BlockHeader> MainHeaders, ShareBlock Share)
{
    private const int HasFacts = 128;

    /// <summary>What the mainchain said about the share.</summary>
    public ShareFacts Facts { get; init; } = ShareFacts.None;

    /// <summary>Headers kept with one share at most.</summary>
    public const int MostHeaders = 101;

    /// <summary>A new array of the bytes.</summary>
    public byte[] ToArray()
    {
        var writer = new ByteWriter(1024).CompactSize((ulong)(MainHeaders.Length + (Facts.IsEmpty ? 0 : HasFacts)));
        foreach (var header in MainHeaders)
        {
            header.Write(writer);
        }

        if (!Facts.IsEmpty)
        {
            writer.VarBytes(Facts.ToArray());
        }

        return writer.Bytes(Share.ToArray()).ToArray();
    }

    /// <summary>The share's header and proof out of the first bytes of a kept share; null where they do not reach so far.
    /// </summary>
    public static ReadOnlyMemory<byte>? HeaderIn(ReadOnlyMemory<byte> start)
    {
        var reader = new ByteReader(start);
        var count = reader.ReadCompactSize();
        var hasFacts = count >= HasFacts;
        var from = reader.Position + (int)Math.Min(count - (hasFacts ? HasFacts : 0UL), MostHeaders) * BlockHeader.Length;
        if (!reader.Failed && hasFacts && from <= start.Length)
        {
            reader = new ByteReader(start[from..]);
            _ = reader.ReadVarBytes();
            from += reader.Position;
        }

        if (reader.Failed || from > start.Length)
        {
            return null;
        }

        reader = new ByteReader(start[from..]);
        _ = ShareHeader.Read(ref reader);
        _ = reader.Failed ? null : WorkProof.Read(ref reader);
        return reader.Failed ? null : start.Slice(from, reader.Position);
    }

    /// <summary>Reads what <see cref="ToArray"/> wrote; null where the bytes are something else.</summary>
    public static KeptShare? Parse(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        var stated = reader.ReadCompactSize();
        var hasFacts = stated >= HasFacts;
        var count = (int)Math.Min(stated - (hasFacts ? HasFacts : 0UL), MostHeaders + 1UL);
        if (reader.Failed || count > MostHeaders || count * BlockHeader.Length > bytes.Length)
        {
            return null;
        }

        var headers = ImmutableArray.CreateBuilder<BlockHeader>(count);
        for (var i = 0; i < count && BlockHeader.Read(ref reader) is { } header; i++)
        {
            headers.Add(header);
        }

        var facts = hasFacts && headers.Count == count
            ? ShareFacts.Parse(reader.ReadVarBytes().ToArray())
            : ShareFacts.None;
        return headers.Count == count && facts is not null && facts.IsEmpty != hasFacts && !reader.Failed
            && ShareBlock.TryParse(bytes[reader.Position..], out var share, out _)
            ? new KeptShare(headers.MoveToImmutable(), share) { Facts = facts }
            : null;
    }
}
