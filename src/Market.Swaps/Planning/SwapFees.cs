using Market.Bitcoin;

namespace Market.Swaps;

/// <summary>What a swap's transactions weigh and what they should pay.</summary>
public static class SwapFees
{
    /// <summary>Virtual bytes of a claim to one P2WPKH output, at most (signature of 71 bytes).</summary>
    public const int ClaimVirtualSize = 139;

    /// <summary>Virtual bytes of a refund to one P2WPKH output, at most (signature of 71 bytes).</summary>
    public const int RefundVirtualSize = 131;

    /// <summary>Virtual bytes of a funding with one P2WPKH input, the HTLC and change to P2WPKH, at most.</summary>
    public const int FundingVirtualSize = 154;

    /// <summary>Virtual bytes of one more P2WPKH input.</summary>
    public const int InputVirtualSize = 68;

    /// <summary>Virtual bytes more for the payout annotation of a P2WPKH script.</summary>
    public const int AnnotationVirtualSize = 36;

    /// <summary>Outputs below this are not relayed (Bitcoin Core's dust limit of P2WSH, the largest of those
    /// used).</summary>
    public const long DustSats = 330;

    private const int LeastValueInFees = 20;
    private const int BumpPercent = 150;
    private const int MostBumps = 64;

    /// <summary>
    /// The least worth locking: what is left after the dearer way out is spendable, and the fee of that way is at
    /// most a
    /// twentieth of it.
    /// </summary>
    public static Amount MinimumLeg(FeeRate rate)
    {
        var fee = rate.FeeFor(ClaimVirtualSize).Sats;
        return new Amount(Math.Max(checked(fee * LeastValueInFees), fee + DustSats));
    }

    /// <summary>
    /// The rate of the n-th try of a lock: rising like a claim's, never beyond the share of the leg that
    /// <see cref="MinimumLeg"/> allows for a fee, since giving the swap up costs less.
    /// </summary>
    /// <param name="estimate">The rate to begin with.</param>
    /// <param name="attempt">0 for the first broadcast.</param>
    /// <param name="leg">What is locked.</param>
    /// <param name="vsize">The transaction's virtual size.</param>
    public static FeeRate BumpedLock(FeeRate estimate, int attempt, Amount leg, int vsize) =>
        Bumped(estimate, attempt, new Amount(MostForLock(leg).Sats * 2), vsize);

    /// <summary>The highest fee worth paying for the lock of a leg.</summary>
    public static Amount MostForLock(Amount leg) => new(leg.Sats / LeastValueInFees);

    /// <summary>
    /// The rate of the n-th try of a claim or refund: half as much again each time, by at least the relay minimum
    /// (BIP125), never more than half of the value at stake.
    /// </summary>
    /// <param name="estimate">The rate to begin with.</param>
    /// <param name="attempt">0 for the first broadcast.</param>
    /// <param name="atStake">What the transaction spends.</param>
    /// <param name="vsize">Its virtual size.</param>
    public static FeeRate Bumped(FeeRate estimate, int attempt, Amount atStake, int vsize)
    {
        var least = FeeRate.MinimumRelay.SatsPerKvB;
        var highest = Math.Max(least, FeeRate.Of(new Amount(atStake.Sats / 2), vsize).SatsPerKvB);
        var rate = Math.Max(estimate.SatsPerKvB, least);
        for (var i = 0; i < Math.Min(attempt, MostBumps) && rate < highest; i++)
        {
            rate = Math.Max(rate * BumpPercent / 100, rate + least);
        }

        return new FeeRate(Math.Min(rate, highest));
    }
}
