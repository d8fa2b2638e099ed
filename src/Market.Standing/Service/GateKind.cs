namespace Market.Standing;

/// <summary>Kinds of work. Each has a gate and places of its own, so that nothing waits behind what is less urgent, and a flood
/// of one kind is a flood of that kind alone.</summary>
public enum GateKind
{
    /// <summary>Keys of a swap, and what ends one: others' coins wait for it.</summary>
    Swaps,

    /// <summary>Cancels.</summary>
    Cancels,

    /// <summary>New orders.</summary>
    Orders,

    /// <summary>Reads.</summary>
    Reads,
}
