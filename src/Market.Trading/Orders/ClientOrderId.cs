using System.Buffers.Binary;
using System.Text;

namespace Market.Trading;

/// <summary>
/// The name a client gives its order: 1 to 32 characters from <c>A-Z a-z 0-9 . _ : -</c>, held inline without an
/// object. The default value means "no name given".
/// </summary>
public readonly record struct ClientOrderId
{
    /// <summary>The greatest number of characters, and the size of the binary form in bytes.</summary>
    public const int MaxLength = 32;

    private readonly ulong _a, _b, _c, _d;

    private ClientOrderId(ReadOnlySpan<byte> padded)
    {
        _a = BinaryPrimitives.ReadUInt64LittleEndian(padded);
        _b = BinaryPrimitives.ReadUInt64LittleEndian(padded[8..]);
        _c = BinaryPrimitives.ReadUInt64LittleEndian(padded[16..]);
        _d = BinaryPrimitives.ReadUInt64LittleEndian(padded[24..]);
    }

    /// <summary>True unless this is the default value.</summary>
    public bool Exists => _a != 0;

    /// <summary>Reads a name; false when it is empty, too long or has a character outside the set.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ClientOrderId id)
    {
        id = default;
        if (text.Length is 0 or > MaxLength) return false;
        Span<byte> padded = stackalloc byte[MaxLength];
        padded.Clear();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] > 0x7f || !IsAllowed((byte)text[i])) return false;
            padded[i] = (byte)text[i];
        }
        id = new ClientOrderId(padded);
        return true;
    }

    /// <summary>
    /// Reads the binary form: 32 bytes, ASCII padded with zeros at the end; all zeros is the default value. False when
    /// the length, a character or the padding is wrong.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ClientOrderId id)
    {
        id = default;
        if (bytes.Length != MaxLength) return false;
        var end = bytes.IndexOf((byte)0);
        var name = end < 0 ? bytes : bytes[..end];
        if (bytes[name.Length..].ContainsAnyExcept((byte)0)) return false;
        foreach (var b in name)
            if (!IsAllowed(b)) return false;
        id = new ClientOrderId(bytes);
        return true;
    }

    /// <summary>Writes the 32 bytes of the binary form.</summary>
    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(to, _a);
        BinaryPrimitives.WriteUInt64LittleEndian(to[8..], _b);
        BinaryPrimitives.WriteUInt64LittleEndian(to[16..], _c);
        BinaryPrimitives.WriteUInt64LittleEndian(to[24..], _d);
    }

    /// <summary>The name, or the empty string for the default value.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[MaxLength];
        Write(bytes);
        var end = bytes.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? bytes : bytes[..end]);
    }

    /// <summary>
    /// A hash under a secret key: names are chosen by strangers, who must not be able to make them collide.
    /// </summary>
    internal ulong Hash(ulong account, ulong key)
    {
        var h = Fold(_a ^ key, _b ^ 0xa0761d6478bd642f);
        h = Fold(_c ^ h, _d ^ 0xe7037ed1a0b428db ^ key);
        return Fold(h ^ account, key ^ 0x8ebc6af09c88c6e3);
    }

    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }

    private static bool IsAllowed(byte c) =>
        c is >= (byte)'a' and <= (byte)'z' or >= (byte)'A' and <= (byte)'Z' or >= (byte)'0' and <= (byte)'9'
            or (byte)'.' or (byte)'_' or (byte)':' or (byte)'-';
}
