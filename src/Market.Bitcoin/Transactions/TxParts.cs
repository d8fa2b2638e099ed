using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin;

/// <summary>An input's witness stack (BIP141). The default value is the empty stack. Equal where the items are.</summary>
public readonly struct Witness : IEquatable<Witness>
{
    private readonly ImmutableArray<ReadOnlyMemory<byte>> _items;

    /// <summary>Wraps the items, first pushed first.</summary>
    public Witness(ImmutableArray<ReadOnlyMemory<byte>> items) => _items = items;

    /// <summary>Wraps the items, first pushed first.</summary>
    public Witness(params ReadOnlySpan<byte[]> items)
    {
        var builder = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>(items.Length);
        foreach (var item in items)
        {
            builder.Add(item);
        }

        _items = builder.MoveToImmutable();
    }

    /// <summary>No items.</summary>
    public static Witness Empty => default;

    /// <summary>The items, first pushed first.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Items => _items.IsDefault ? [] : _items;

    /// <summary>How many items.</summary>
    public int Count => _items.IsDefault ? 0 : _items.Length;

    /// <summary>True for no items.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>Serialized length in bytes, the count in front included.</summary>
    public int SerializedLength
    {
        get
        {
            var length = ByteWriter.CompactSizeLength((ulong)Count);
            foreach (var item in Items.AsSpan())
            {
                length += ByteWriter.CompactSizeLength((ulong)item.Length) + item.Length;
            }

            return length;
        }
    }

    /// <summary>Reads a count and as many items (BIP144).</summary>
    /// <param name="reader">Where from; its bytes are kept, so they must not change.</param>
    public static Witness Read(ref ByteReader reader)
    {
        var count = reader.ReadCount(1);
        if (count == 0)
        {
            return Empty;
        }

        var items = new ReadOnlyMemory<byte>[count];
        for (var i = 0; i < items.Length && !reader.Failed; i++)
        {
            items[i] = reader.ReadVarBytes();
        }

        return new Witness(ImmutableCollectionsMarshal.AsImmutableArray(items));
    }

    /// <summary>Writes a count and the items (BIP144).</summary>
    public void Write(ByteWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.CompactSize((ulong)Count);
        foreach (var item in Items.AsSpan())
        {
            writer.VarBytes(item.Span);
        }
    }

    /// <inheritdoc/>
    public bool Equals(Witness other)
    {
        var own = Items.AsSpan();
        var others = other.Items.AsSpan();
        for (var i = 0; i < own.Length && own.Length == others.Length; i++)
        {
            if (!own[i].Span.SequenceEqual(others[i].Span))
            {
                return false;
            }
        }

        return own.Length == others.Length;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Witness other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var item in Items.AsSpan())
        {
            hash.AddBytes(item.Span);
        }

        return hash.ToHashCode();
    }

    /// <summary>Same items.</summary>
    public static bool operator ==(Witness left, Witness right) => left.Equals(right);

    /// <summary>Different items.</summary>
    public static bool operator !=(Witness left, Witness right) => !left.Equals(right);
}

/// <summary>An input: what it spends and why it may.</summary>
/// <param name="PreviousOutput">The output spent.</param>
/// <param name="ScriptSig">The unlocking script.</param>
/// <param name="Sequence">Relative lock or finality (BIP68, BIP125).</param>
/// <param name="Witness">The witness stack.</param>
public readonly record struct TxIn(OutPoint PreviousOutput, Script ScriptSig, uint Sequence, Witness Witness = default)
{
    /// <summary>An input that is final and switches every lock off.</summary>
    public const uint FinalSequence = 0xffffffff;

    /// <summary>Enables nLockTime and signals replaceability (BIP125).</summary>
    public const uint ReplaceableSequence = 0xfffffffd;
}

/// <summary>An output: an amount under a script.</summary>
/// <param name="Value">Base units of the chain it stands on.</param>
/// <param name="ScriptPubKey">The locking script.</param>
public readonly record struct TxOut(Amount Value, Script ScriptPubKey)
{
    /// <summary>Serialized length in bytes.</summary>
    public int SerializedLength =>
        8 + ByteWriter.CompactSizeLength((ulong)ScriptPubKey.Length) + ScriptPubKey.Length;
}
