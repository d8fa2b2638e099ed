using System.Diagnostics.CodeAnalysis;

namespace Market.Bitcoin;

/// <summary>
/// A transaction's id: SHA256d of its serialization without witness. Text is in display (reversed) order.
/// </summary>
/// <param name="Value">The hash in internal byte order.</param>
public readonly record struct TxId(Hash256 Value) : IComparable<TxId>
{
    /// <summary>Reads 64 hexadecimal digits in display (reversed) order.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TxId id)
    {
        var ok = Hash256.TryParse(text, out var hash);
        id = new TxId(hash);
        return ok;
    }

    /// <summary>Reads 64 hexadecimal digits in display (reversed) order.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static TxId Parse(string text) => new(Hash256.Parse(text));

    /// <summary>Orders by internal bytes.</summary>
    public int CompareTo(TxId other) => Value.CompareTo(other.Value);

    /// <summary>64 hexadecimal digits in display (reversed) order.</summary>
    public override string ToString() => Value.ToString();
}
