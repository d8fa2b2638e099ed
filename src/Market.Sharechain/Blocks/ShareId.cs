using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>A share block's id: SHA256d of its header. Text is in display (reversed) order.</summary>
/// <param name="Value">The hash in internal byte order.</param>
public readonly record struct ShareId(Hash256 Value) : IComparable<ShareId>
{
    /// <summary>Reads 64 hexadecimal digits in display (reversed) order.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ShareId id)
    {
        var ok = Hash256.TryParse(text, out var hash);
        id = new ShareId(hash);
        return ok;
    }

    /// <summary>Reads 64 hexadecimal digits in display (reversed) order.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static ShareId Parse(string text) => new(Hash256.Parse(text));

    /// <summary>Orders by internal bytes.</summary>
    public int CompareTo(ShareId other) => Value.CompareTo(other.Value);

    /// <summary>64 hexadecimal digits in display (reversed) order.</summary>
    public override string ToString() => Value.ToString();
}
