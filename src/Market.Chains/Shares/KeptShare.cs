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
/// added to the count, and that stands behind the headers with its length. Behind a share that names others, built on other
/// mainchain blocks than its own, stand those the same way: count, then each with its height (u32), count, headers.
/// </remarks>
/// <param name="MainHeaders">At least the header that the share builds on, last.</param>
/// <param name="Share">The share.</param>
internal sealed record KeptShare(ImmutableArray<BlockHeader> MainHeaders, ShareBlock Share)
{
    private const int HasFacts = 128;

    /// <summary>What the mainchain said about the share.</summary>
    public ShareFacts Facts { get; init; } = ShareFacts.None;

    /// <summary>The other mainchain blocks that the shares build on which it names.</summary>
    public ImmutableArray<KeptBranch> Branches { get; init; } = [];

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

        writer.Bytes(Share.ToArray());
        if (!Branches.IsEmpty)
        {
            writer.CompactSize((ulong)Branches.Length);
            foreach (var branch in Branches)
            {
                branch.Write(writer);
            }
        }

        return writer.ToArray();
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
        if (headers.Count != count || facts is null || facts.IsEmpty == hasFacts || reader.Failed
            || !ShareBlock.TryParseStart(bytes[reader.Position..], out var share, out var length))
        {
            return null;
        }

        reader = new ByteReader(bytes[(reader.Position + length)..]);
        var branches = ReadBranches(ref reader);
        reader.ExpectEnd();
        return reader.Failed ? null : new KeptShare(headers.MoveToImmutable(), share) { Facts = facts, Branches = branches };
    }

    private static ImmutableArray<KeptBranch> ReadBranches(ref ByteReader reader)
    {
        var branches = ImmutableArray.CreateBuilder<KeptBranch>();
        if (reader.Remaining > 0)
        {
            for (var left = reader.ReadCompactSize(); left > 0 && KeptBranch.Read(ref reader) is { } branch; left--)
            {
                branches.Add(branch);
            }
        }

        return branches.ToImmutable();
    }
}

/// <summary>A mainchain block that a share builds on, as it is kept with the share that names it.</summary>
/// <param name="Height">The block's height.</param>
/// <param name="Headers">Its header, last, and its ancestors' that only shares know.</param>
internal sealed record KeptBranch(int Height, ImmutableArray<BlockHeader> Headers)
{
    /// <summary>Reads one; the reader holds the error where the result is null.</summary>
    public static KeptBranch? Read(ref ByteReader reader)
    {
        var height = reader.ReadUInt32();
        var count = reader.ReadCompactSize();
        if (count is 0 or > KeptShare.MostHeaders || height > int.MaxValue)
        {
            reader.Fail(ParseError.InvalidValue);
        }

        var headers = ImmutableArray.CreateBuilder<BlockHeader>();
        while (!reader.Failed && headers.Count < (int)count && BlockHeader.Read(ref reader) is { } header)
        {
            headers.Add(header);
        }

        return reader.Failed ? null : new KeptBranch((int)height, headers.ToImmutable());
    }

    /// <summary>Writes it.</summary>
    public void Write(ByteWriter writer)
    {
        writer.UInt32((uint)Height).CompactSize((ulong)Headers.Length);
        foreach (var header in Headers)
        {
            header.Write(writer);
        }
    }
}
