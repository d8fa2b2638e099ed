namespace Market.Bitcoin;

/// <summary>
/// A transaction's witness id: SHA256d of its serialization with witness (BIP141). Text is in display (reversed) order.
/// </summary>
/// <param name="Value">The hash in internal byte order.</param>
public readonly record struct WTxId(Hash256 Value) : IComparable<WTxId>
{
    /// <summary>Orders by internal bytes.</summary>
    public int CompareTo(WTxId other) => Value.CompareTo(other.Value);

    /// <summary>64 hexadecimal digits in display (reversed) order.</summary>
    public override string ToString() => Value.ToString();
}
