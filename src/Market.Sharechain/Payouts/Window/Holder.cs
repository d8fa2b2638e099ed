using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>A payout script and the base units of the outputs that take part in the payout and are paid to it.</summary>
/// <param name="Script">The payout script.</param>
/// <param name="Weight">Base units, above 0.</param>
public readonly record struct Holder(Script Script, long Weight) : IComparable<Holder>
{
    /// <summary>The larger first; of equal ones the one of the lower script bytes.</summary>
    public int CompareTo(Holder other) => other.Weight.CompareTo(Weight) is var by and not 0
        ? by
        : Script.Span.SequenceCompareTo(other.Script.Span);
}
