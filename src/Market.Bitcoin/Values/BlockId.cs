using System.Diagnostics.CodeAnalysis;

namespace Market.Bitcoin;

/// <summary>A block's id: SHA256d of its 80-byte header. Text is in display (reversed) order.</summary>
/// <param name="Value">The hash in internal byte order.</param>
public readonly record struct BlockId(Hash256 Value) : IComparable<BlockId>
{
    /// <summary>Reads 64 hexadecimal digits in display (reversed) order.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out BlockId id)
    {
        var ok = Hash256.TryParse(text, out var hash);
        id = new BlockId(hash);
        return ok;
    }

    /// <summary>Reads 64 hexadecimal digits in display (reversed) order.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static BlockId Parse(string text) => new(Hash256.Parse(text));

    /// <summary>Orders by internal bytes.</summary>
    public int CompareTo(BlockId other) => Value.CompareTo(other.Value);

    /// <summary>64 hexadecimal digits in display (reversed) order.</summary>
    public override string ToString() => Value.ToString();
}
