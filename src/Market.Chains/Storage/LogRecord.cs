using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Chains.Storage;

/// <summary>What one record of the log of a <see cref="FileBlockStore"/> holds.</summary>
/// <remarks>
/// tip 32 · blocks · invalid · undos, and only where there are any: pieces of undo data that are too long for one record, each
/// id 32 · whole i32 · from i32 · bytes, where whole counts all bytes of these undo data, and from those in the pieces before.
/// </remarks>
/// <param name="Tip">The best block.</param>
/// <param name="Blocks">Blocks, and where their bytes stand in the log.</param>
/// <param name="Invalid">Blocks that break a rule.</param>
/// <param name="Undo">Where undo data of blocks stand whole.</param>
/// <param name="Pieces">Where pieces of undo data stand.</param>
internal sealed record LogRecord(
    Hash256 Tip, (StoredBlock Block, LogRecord.Place Place)[] Blocks, Hash256[] Invalid,
    (Hash256 Id, LogRecord.Place Place)[] Undo, (Hash256 Id, int Whole, int From, LogRecord.Place Place)[] Pieces)
{
    private const int LeastBlockBytes = 32 + 32 + 4 + 4 + 1;
    private const int LeastUndoBytes = 32 + 1;
    private const int LeastPieceBytes = 32 + 4 + 4 + 1;

    /// <summary>A record's bytes.</summary>
    /// <param name="change">What is written.</param>
    /// <param name="pieces">Pieces of undo data besides.</param>
    public static byte[] Encode(StoreChange change, IReadOnlyList<Piece> pieces)
    {
        var writer = new ByteWriter(4096).Hash256(change.Tip).CompactSize((ulong)change.Blocks.Count);
        foreach (var block in change.Blocks)
        {
            writer.Hash256(block.Id).Hash256(block.Parent).Int32(block.Height).Int32(block.Note)
                .VarBytes(block.Bytes.Span);
        }

        writer.CompactSize((ulong)change.Invalid.Count);
        foreach (var id in change.Invalid)
        {
            writer.Hash256(id);
        }

        writer.CompactSize((ulong)change.Undo.Count);
        foreach (var undo in change.Undo)
        {
            writer.Hash256(undo.Id).VarBytes(undo.Bytes.Span);
        }

        // A record without any is as it was before there were pieces.
        if (pieces.Count > 0)
        {
            writer.CompactSize((ulong)pieces.Count);
            foreach (var piece in pieces)
            {
                writer.Hash256(piece.Id).Int32(piece.Whole).Int32(piece.From).VarBytes(piece.Bytes.Span);
            }
        }

        return writer.ToArray();
    }

    /// <summary>Reads what <see cref="Encode"/> made.</summary>
    /// <param name="body">A record without what stands in front of it; blocks are slices of it.</param>
    /// <param name="at">Where it begins in the log.</param>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static LogRecord Decode(ReadOnlyMemory<byte> body, long at)
    {
        var reader = new ByteReader(body);
        var tip = reader.ReadHash256();
        var blocks = new (StoredBlock, Place)[reader.ReadCount(LeastBlockBytes)];
        for (var i = 0; i < blocks.Length; i++)
        {
            var (id, parent) = (reader.ReadHash256(), reader.ReadHash256());
            var (height, note) = (reader.ReadInt32(), reader.ReadInt32());
            var bytes = reader.ReadVarBytes();
            blocks[i] = (new StoredBlock(id, parent, height, note, bytes), PlaceBefore(reader, bytes.Length, at));
        }

        var invalid = new Hash256[reader.ReadCount(Hash256.Length)];
        for (var i = 0; i < invalid.Length; i++)
        {
            invalid[i] = reader.ReadHash256();
        }

        var undo = new (Hash256, Place)[reader.ReadCount(LeastUndoBytes)];
        for (var i = 0; i < undo.Length; i++)
        {
            var id = reader.ReadHash256();
            var length = reader.ReadVarBytes().Length;
            undo[i] = (id, PlaceBefore(reader, length, at));
        }

        var hasPieces = !reader.Failed && reader.Position < body.Length;
        var pieces = new (Hash256, int, int, Place)[hasPieces ? reader.ReadCount(LeastPieceBytes) : 0];
        for (var i = 0; i < pieces.Length; i++)
        {
            var (id, all, from) = (reader.ReadHash256(), reader.ReadInt32(), reader.ReadInt32());
            var length = reader.ReadVarBytes().Length;
            pieces[i] = (id, all, from, PlaceBefore(reader, length, at));
        }

        reader.ExpectEnd();
        return reader.Failed
            ? throw new InvalidDataException($"A record of the log cannot be read: {reader.Error}.")
            : new LogRecord(tip, blocks, invalid, undo, pieces);
    }

    private static Place PlaceBefore(in ByteReader reader, int length, long at) =>
        new(at + reader.Position - length, length);

    /// <summary>Where bytes stand in the log.</summary>
    /// <param name="At">The first of them.</param>
    /// <param name="Length">How many.</param>
    public readonly record struct Place(long At, int Length);

    /// <summary>A part of a block's undo data.</summary>
    /// <param name="Id">The block's hash.</param>
    /// <param name="Whole">How many bytes the whole has.</param>
    /// <param name="From">Its first byte in the whole.</param>
    /// <param name="Bytes">The part.</param>
    public readonly record struct Piece(Hash256 Id, int Whole, int From, ReadOnlyMemory<byte> Bytes);
}
