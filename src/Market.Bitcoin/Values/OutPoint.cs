using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Market.Bitcoin;

/// <summary>Names one output of one transaction.</summary>
/// <param name="TxId">The transaction that made the output.</param>
/// <param name="Index">Its zero-based place there.</param>
public readonly record struct OutPoint(TxId TxId, uint Index) : IComparable<OutPoint>
{
    /// <summary>Serialized length in bytes.</summary>
    public const int Length = 36;

    /// <summary>What a coinbase's only input names: zeros and 0xffffffff.</summary>
    public static OutPoint Null => new(default, uint.MaxValue);

    /// <summary>True for the outpoint that a coinbase's input names.</summary>
    public bool IsNull => Index == uint.MaxValue && TxId.Value.IsZero;

    /// <summary>Reads "txid:index" with the txid in display order.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out OutPoint outPoint)
    {
        outPoint = default;
        if (text is not { Length: > 65 and <= 75 } || text[64] != ':' || !TxId.TryParse(text[..64], out var id)
            || !uint.TryParse(text.AsSpan(65), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return false;
        }

        outPoint = new OutPoint(id, index);
        return true;
    }

    /// <summary>Orders by id, then index.</summary>
    public int CompareTo(OutPoint other)
    {
        var byId = TxId.CompareTo(other.TxId);
        return byId != 0 ? byId : Index.CompareTo(other.Index);
    }

    /// <summary>"txid:index" with the txid in display order.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{TxId}:{Index}");
}
