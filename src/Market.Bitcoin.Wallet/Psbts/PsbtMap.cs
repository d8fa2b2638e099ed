using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet;

/// <summary>One field of a PSBT.</summary>
/// <param name="Type">The key's type.</param>
/// <param name="KeyData">What follows the type in the key.</param>
/// <param name="Value">The value.</param>
public sealed record PsbtField(ulong Type, ReadOnlyMemory<byte> KeyData, ReadOnlyMemory<byte> Value)
{
    internal bool HasKey(ulong type, ReadOnlySpan<byte> keyData) => Type == type && KeyData.Span.SequenceEqual(keyData);
}

/// <summary>
/// One map of a PSBT: fields in the order they stand, so that what was read is written back byte for byte, unknown
/// fields too. Not safe for use by several threads at once.
/// </summary>
public sealed class PsbtMap
{
    private readonly List<PsbtField> _fields = [];

    /// <summary>The fields in order.</summary>
    public IReadOnlyList<PsbtField> Fields => _fields;

    /// <summary>The value of a field without key data; null where absent.</summary>
    public ReadOnlyMemory<byte>? this[ulong type] => Find(type, default);

    /// <summary>True where there is such a field without key data.</summary>
    public bool Has(ulong type) => Find(type, default) is not null;

    /// <summary>The value of a field; null where absent.</summary>
    public ReadOnlyMemory<byte>? Find(ulong type, ReadOnlySpan<byte> keyData)
    {
        foreach (var field in _fields)
        {
            if (field.HasKey(type, keyData))
            {
                return field.Value;
            }
        }

        return null;
    }

    /// <summary>All fields of a type.</summary>
    public IEnumerable<PsbtField> Of(ulong type) => _fields.Where(field => field.Type == type);

    /// <summary>Sets a field without key data.</summary>
    public void Set(ulong type, ReadOnlyMemory<byte> value) => Set(type, default, value);

    /// <summary>Sets a field: in its place where it is there already, else behind those of its type.</summary>
    public void Set(ulong type, ReadOnlyMemory<byte> keyData, ReadOnlyMemory<byte> value)
    {
        var field = new PsbtField(type, keyData, value);
        var at = _fields.FindIndex(other => other.HasKey(type, keyData.Span));
        if (at >= 0)
        {
            _fields[at] = field;
            return;
        }

        at = _fields.FindIndex(other => other.Type > type);
        _fields.Insert(at < 0 ? _fields.Count : at, field);
    }

    /// <summary>Removes all fields that the test picks.</summary>
    public void RemoveAll(Predicate<PsbtField> test) => _fields.RemoveAll(test);

    /// <summary>True where both have the same fields, in any order.</summary>
    public bool HasSameFields(PsbtMap other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (_fields.Count != other._fields.Count)
        {
            return false;
        }

        var theirs = other._fields.ToHashSet(SameKey.Instance);
        return _fields.TrueForAll(field =>
            theirs.TryGetValue(field, out var own) && own.Value.Span.SequenceEqual(field.Value.Span));
    }

    // A map may hold a million fields that a stranger chose: one pass over both, each new field behind those of its type.
    internal void MergeFrom(PsbtMap other)
    {
        var known = _fields.ToHashSet(SameKey.Instance);
        var missing = other._fields.Where(known.Add).OrderBy(field => field.Type).ToList();
        if (missing.Count == 0)
        {
            return;
        }

        var own = _fields.ToArray();
        _fields.Clear();
        var at = 0;
        foreach (var field in missing)
        {
            for (; at < own.Length && own[at].Type <= field.Type; at++)
            {
                _fields.Add(own[at]);
            }

            _fields.Add(field);
        }

        _fields.AddRange(own.AsSpan(at));
    }

    internal void CopyFrom(PsbtMap other) => _fields.AddRange(other._fields);

    internal void Write(ByteWriter writer)
    {
        foreach (var field in _fields)
        {
            writer.CompactSize((ulong)(ByteWriter.CompactSizeLength(field.Type) + field.KeyData.Length))
                .CompactSize(field.Type).Bytes(field.KeyData.Span).VarBytes(field.Value.Span);
        }

        writer.Byte(0);
    }

    internal static PsbtError Read(ref ByteReader reader, out PsbtMap map)
    {
        map = new PsbtMap();
        var keys = new HashSet<PsbtField>(SameKey.Instance);
        while (true)
        {
            var key = reader.ReadVarBytes();
            if (reader.Failed)
            {
                return PsbtError.Truncated;
            }

            if (key.IsEmpty)
            {
                return PsbtError.None;
            }

            var keyReader = new ByteReader(key);
            var type = keyReader.ReadCompactSize();
            var value = reader.ReadVarBytes();
            if (keyReader.Failed || reader.Failed)
            {
                return PsbtError.Truncated;
            }

            var field = new PsbtField(type, key[keyReader.Position..], value);
            if (!keys.Add(field))
            {
                return PsbtError.DuplicateKey;
            }

            map._fields.Add(field);
        }
    }

    /// <summary>Fields are the same in a map where their keys are, whatever their values.</summary>
    private sealed class SameKey : IEqualityComparer<PsbtField>
    {
        public static SameKey Instance { get; } = new();

        public bool Equals(PsbtField? x, PsbtField? y) =>
            x is not null && y is not null && x.HasKey(y.Type, y.KeyData.Span);

        public int GetHashCode(PsbtField obj)
        {
            var hash = default(HashCode);
            hash.Add(obj.Type);
            hash.AddBytes(obj.KeyData.Span);
            return hash.ToHashCode();
        }
    }
}
