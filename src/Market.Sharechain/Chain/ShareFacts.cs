using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Sharechain;

/// <summary>A share that was a mainchain block when it was found, until the mainchain has decided about it.</summary>
/// <param name="Share">The share, whose winner's output is frozen.</param>
/// <param name="MainHeight">The block's height.</param>
/// <param name="MainBlock">The block.</param>
public sealed record PendingBlock(ShareId Share, int MainHeight, BlockId MainBlock);

/// <summary>What the mainchain decided about a share that was a block.</summary>
/// <param name="Share">The share.</param>
/// <param name="IsKept">True where its block stands: the winner's output is destroyed. False: it is free again.</param>
public sealed record SettledBlock(ShareId Share, bool IsKept);

/// <summary>
/// What the mainchain, as seen from the block that a share builds on, says about it. It is looked up once, before the share is
/// stored, and kept with it: a chain is opened again without asking the mainchain.
/// </summary>
/// <param name="Settled">Blocks of earlier shares that are decided about with this one, in order of their shares.</param>
/// <param name="Late">Late work that it registers, found good but for being registered before.</param>
public sealed record ShareFacts(ImmutableArray<SettledBlock> Settled, ImmutableArray<LateWork> Late)
{
    /// <summary>Nothing.</summary>
    public static ShareFacts None { get; } = new([], []);

    /// <summary>True where there is nothing to be said.</summary>
    public bool IsEmpty => Settled.IsEmpty && Late.IsEmpty;

    /// <summary>A new array of the bytes, to be read by <see cref="Parse"/>.</summary>
    public byte[] ToArray()
    {
        var writer = new ByteWriter().CompactSize((ulong)Settled.Length);
        foreach (var settled in Settled)
        {
            writer.Hash256(settled.Share.Value).Byte(settled.IsKept ? (byte)1 : (byte)0);
        }

        writer.CompactSize((ulong)Late.Length);
        foreach (var late in Late)
        {
            late.Write(writer);
        }

        return writer.ToArray();
    }

    /// <summary>Reads what <see cref="ToArray"/> wrote and nothing else; null where the bytes are something else.</summary>
    public static ShareFacts? Parse(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        var settled = new SettledBlock[reader.ReadCount(Hash256.Length + 1)];
        for (var i = 0; i < settled.Length; i++)
        {
            var share = new ShareId(reader.ReadHash256());
            var isKept = reader.ReadByte();
            settled[i] = new SettledBlock(share, isKept == 1);
            if (isKept > 1)
            {
                reader.Fail(ParseError.InvalidValue);
            }
        }

        var late = new LateWork[reader.ReadCount(LateWork.Length)];
        for (var i = 0; i < late.Length; i++)
        {
            late[i] = LateWork.Read(ref reader);
        }

        reader.ExpectEnd();
        return reader.Failed ? null : new ShareFacts([.. settled], [.. late]);
    }
}
