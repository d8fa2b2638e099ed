using Market.Bitcoin;

namespace Market.Swaps;

/// <summary>How an HTLC's output was spent.</summary>
public enum SpendKind
{
    /// <summary>With the preimage.</summary>
    Claim,

    /// <summary>After the locktime, by the one who locked it.</summary>
    Refund,
}

/// <summary>A transaction that spends an HTLC's output.</summary>
/// <param name="TxId">The transaction.</param>
/// <param name="Kind">How.</param>
/// <param name="Height">Of its block; null in the mempool.</param>
public sealed record Spend(TxId TxId, SpendKind Kind, int? Height);

/// <summary>An output that pays an HTLC's script.</summary>
/// <param name="OutPoint">The output.</param>
/// <param name="Amount">What it holds.</param>
/// <param name="Height">Of its block; null in the mempool, or where it is missing.</param>
/// <param name="Spend">What spends it.</param>
/// <param name="Missing">Seen once, and now neither in the chain nor in the mempool.</param>
public sealed record Payment(OutPoint OutPoint, Amount Amount, int? Height, Spend? Spend = null, bool Missing = false)
{
    /// <summary>Below this a stray payment is not worth a transaction, and nobody waits for it.</summary>
    public static Amount LeastWorth { get; } = SwapFees.MinimumLeg(FeeRate.MinimumRelay);

    /// <summary>In a block of the best chain.</summary>
    public bool InBlock => Height is not null;

    /// <summary>What a block has spent it with.</summary>
    public SpendKind? SpentAs => Spend is { Height: not null } ? Spend.Kind : null;

    /// <summary>Blocks on top, its own included.</summary>
    /// <param name="height">The tip's.</param>
    public int Confirmations(int height) => Depth(Height, height);

    /// <summary>Blocks on top of what spends it.</summary>
    /// <param name="height">The tip's.</param>
    public int SpendConfirmations(int height) => Depth(Spend?.Height, height);

    private static int Depth(int? block, int tip) => block is { } at ? Math.Max(0, tip - at + 1) : 0;
}
