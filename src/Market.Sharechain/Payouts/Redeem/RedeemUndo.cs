using System.Collections.Immutable;

namespace Market.Sharechain;

/// <summary>What a share changed of what is frozen.</summary>
/// <param name="Frozen">What it froze; null where it was no mainchain block, or drew nothing.</param>
/// <param name="Freed">What it set free, the mainchain having another block.</param>
/// <param name="Destroyed">Shares and outputs that it destroyed, with the outputs themselves, in the same order.</param>
/// <param name="Coins">The outputs that it destroyed.</param>
public sealed record RedeemUndo(
    FrozenOutput? Frozen, ImmutableArray<FrozenOutput> Freed, ImmutableArray<FrozenOutput> Destroyed,
    ImmutableArray<ShareCoin> Coins);
