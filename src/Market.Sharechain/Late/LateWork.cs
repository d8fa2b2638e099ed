using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Sharechain;

/// <summary>Late work: a mainchain block that lost its race, registered on the sharechain.</summary>
/// <param name="Block">The block that lost.</param>
/// <param name="MainHeight">Its height (B).</param>
/// <param name="Key">The x-only key that it names, 32 bytes: an authority until its term is over.</param>
public sealed record LateWork(BlockId Block, int MainHeight, Hash256 Key)
{
    /// <summary>Bytes that it takes.</summary>
    public const int Length = Hash256.Length + sizeof(int) + Hash256.Length;

    /// <summary>Writes block, height, key.</summary>
    public void Write(ByteWriter writer) => writer.Hash256(Block.Value).Int32(MainHeight).Hash256(Key);

    /// <summary>Reads what <see cref="Write"/> wrote; the reader holds the error.</summary>
    public static LateWork Read(ref ByteReader reader) =>
        new(new BlockId(reader.ReadHash256()), reader.ReadInt32(), reader.ReadHash256());
}

/// <summary>When late work may be registered, and for how long it counts.</summary>
/// <param name="Race">Mainchain blocks above its height until the race is over.</param>
/// <param name="Window">Mainchain blocks above its height after which it is too late.</param>
/// <param name="Term">Mainchain blocks above its height for which its key is an authority.</param>
/// <param name="Ease">Its target is the mainchain's times this: 1 asks for a whole block's work.</param>
public sealed record LateRule(int Race, int Window, int Term, int Ease);
