using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Market.Bitcoin;

/// <summary>
/// The interpreter's stack. An item is a slice of a script or witness, or up to 32 bytes held in place, so that no
/// operation allocates but OP_CAT. A span of an item is good until the stack next changes.
/// </summary>
internal sealed class ScriptStack
{
    private const int InitialCapacity = 32;
    private Item[] _items = new Item[InitialCapacity];
    private int _highest;

    public int Count { get; private set; }

    /// <summary>The nth item from the top, 1 being the top.</summary>
    public ReadOnlySpan<byte> Top(int n) => At(Count - n);

    /// <summary>The top as memory that outlives the stack's changes.</summary>
    public ReadOnlyMemory<byte> TopMemory() => _items[Count - 1].Memory;

    public ReadOnlySpan<byte> At(int index) => _items[index].Span;

    public bool IsTrue(int n)
    {
        var item = Top(n);
        for (var i = 0; i < item.Length; i++)
        {
            if (item[i] != 0)
            {
                // Negative nought is false too.
                return i != item.Length - 1 || item[i] != 0x80;
            }
        }

        return false;
    }

    /// <summary>The nth item from the top as a number of up to four bytes.</summary>
    public bool TryNumber(int n, bool minimal, out long value) =>
        ScriptNumber.TryDecode(Top(n), minimal, ScriptNumber.DefaultMaxLength, out value);

    /// <summary>What every ...VERIFY does: the top must be true, and goes.</summary>
    public ScriptError PopTrue(ScriptError failure)
    {
        if (Count < 1)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        if (!IsTrue(1))
        {
            return failure;
        }

        Pop();
        return ScriptError.OK;
    }

    public void Push(ReadOnlyMemory<byte> slice) => Next().Set(slice);

    /// <summary>Pushes a copy of up to 32 bytes.</summary>
    public void PushCopy(ReadOnlySpan<byte> bytes) => Next().Set(bytes);

    public void PushBool(bool value) => PushCopy(value ? [1] : []);

    public void PushNumber(long value)
    {
        Span<byte> bytes = stackalloc byte[ScriptNumber.MaxEncodedLength];
        PushCopy(bytes[..ScriptNumber.Write(value, bytes)]);
    }

    /// <summary>Doubles the nth item from the top onto the top.</summary>
    public void PushFromTop(int n)
    {
        Next();
        _items[Count - 1] = _items[Count - 1 - n];
    }

    public void Pop(int count = 1) => Count -= count;

    /// <summary>Moves the top of another stack here.</summary>
    public void MoveFrom(ScriptStack other)
    {
        Next() = other._items[other.Count - 1];
        other.Count--;
    }

    /// <summary>Takes the nth item from the top out and puts it on top.</summary>
    public void Roll(int n)
    {
        var index = Count - n;
        var item = _items[index];
        Array.Copy(_items, index + 1, _items, index, n - 1);
        _items[Count - 1] = item;
    }

    /// <summary>Removes the nth item from the top.</summary>
    public void Remove(int n)
    {
        var index = Count - n;
        Array.Copy(_items, index + 1, _items, index, n - 1);
        Count--;
    }

    /// <summary>Swaps two items counted from the top.</summary>
    public void Swap(int a, int b) =>
        (_items[Count - a], _items[Count - b]) = (_items[Count - b], _items[Count - a]);

    /// <summary>Puts a copy of the top below the second.</summary>
    public void Tuck()
    {
        PushFromTop(1);
        Swap(2, 3);
    }

    /// <summary>Joins the top two, the second in front.</summary>
    public void Concatenate()
    {
        var first = Top(2);
        var second = Top(1);
        var joined = new byte[first.Length + second.Length];
        first.CopyTo(joined);
        second.CopyTo(joined.AsSpan(first.Length));
        Pop(2);
        Push(joined);
    }

    /// <summary>Makes this stack the same as another.</summary>
    public void CopyFrom(ScriptStack other)
    {
        Count = 0;
        for (var i = 0; i < other.Count; i++)
        {
            Next() = other._items[i];
        }
    }

    /// <summary>Empties the stack and lets go of what it pointed at.</summary>
    public void Reset()
    {
        Array.Clear(_items, 0, _highest);
        (Count, _highest) = (0, 0);
    }

    private ref Item Next()
    {
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Count * 2);
        }

        Count++;
        _highest = Math.Max(_highest, Count);
        return ref _items[Count - 1];
    }

    private struct Item
    {
        private ReadOnlyMemory<byte> _slice;
        private Bytes _own;
        private int _ownLength;

        [UnscopedRef]
        public readonly ReadOnlySpan<byte> Span =>
            _ownLength >= 0 ? ((ReadOnlySpan<byte>)_own)[.._ownLength] : _slice.Span;

        public readonly ReadOnlyMemory<byte> Memory => _ownLength >= 0 ? Span.ToArray() : _slice;

        public void Set(ReadOnlyMemory<byte> slice) => (_slice, _ownLength) = (slice, -1);

        public void Set(ReadOnlySpan<byte> bytes)
        {
            Debug.Assert(bytes.Length <= Hash256.Length, "Only hashes and numbers are held in place.");
            bytes.CopyTo(_own);
            (_slice, _ownLength) = (default, bytes.Length);
        }
    }

    [InlineArray(Hash256.Length)]
    private struct Bytes
    {
        private byte _first;
    }
}
