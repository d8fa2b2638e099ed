using System.Collections.Immutable;
using System.Text.Json.Serialization;
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
/// <param name="IsStray">It is not the lock, whatever it holds: the one who reads knows that the leg's owner did not sign
/// it.</param>
public sealed record Payment(
    OutPoint OutPoint, Amount Amount, int? Height, Spend? Spend = null, bool Missing = false, bool IsStray = false)
{
    /// <summary>Below this a stray payment is not worth a transaction, and nobody waits for it.</summary>
    public static Amount LeastWorth { get; } = SwapFees.MinimumLeg(FeeRate.MinimumRelay);

    /// <summary>
    /// Shares that expired where they were locked: a block had made it, none spent it, and none can. A reader that looks at what
    /// can be spent has it missing, one that looks at blocks in its block.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsExpired { get; init; }

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

    /// <summary>
    /// The payments of a leg with room for one more. What is gone gives way first: whoever pays and replaces the payment
    /// over and over, which is free, must not keep the lock from being recorded.
    /// </summary>
    /// <param name="payments">What is recorded.</param>
    /// <param name="next">What is to be.</param>
    /// <param name="agreed">The amount that the leg's lock has: its payments have room where others have none.</param>
    /// <returns>Null where there is no room.</returns>
    internal static ImmutableArray<Payment>? WithRoomFor(
        ImmutableArray<Payment> payments, Payment next, Amount agreed)
    {
        if (payments.Length < (next.Amount == agreed && !next.IsStray ? 2 * Swap.MostPayments : Swap.MostPayments))
        {
            return payments;
        }

        var gone = payments.FirstOrDefault(payment => payment.Missing);
        return gone is null ? null : payments.Remove(gone);
    }

    private static int Depth(int? block, int tip) => block is { } at ? Math.Max(0, tip - at + 1) : 0;
}
