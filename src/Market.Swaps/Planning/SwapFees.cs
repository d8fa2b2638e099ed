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

    /// <summary>Virtual bytes more for the annotation that states a swap's terms.</summary>
    public const int TermsVirtualSize = 196;

    /// <summary>Outputs below this are not relayed (Bitcoin Core's dust limit of P2WSH, the largest of those
    /// used).</summary>
    public const long DustSats = 330;

    private const int LeastValueInFees = 20;
    private const int BumpPercent = 150;

    // More than any leg is worth for a virtual byte: rates are not raised beyond.
    private const long HighestRate = Amount.MaxMoney;

    /// <summary>Virtual bytes of a lock of one P2WPKH input on a chain, at most: on the sharechain with both annotations.</summary>
    /// <param name="chain">Where.</param>
    public static int LockVirtualSize(SwapChain chain) =>
        FundingVirtualSize + (chain == SwapChain.Share ? AnnotationVirtualSize + TermsVirtualSize : 0);

    /// <summary>
    /// The least worth locking: what is left after the dearer way out is spendable, and the fee of that way is at
    /// most a twentieth of it.
    /// </summary>
    public static Amount MinimumLeg(FeeRate rate)
    {
        var fee = rate.FeeFor(ClaimVirtualSize).Sats;
        return new Amount(Math.Max(checked(fee * LeastValueInFees), fee + DustSats));
    }

    /// <summary>
    /// False for a swap of which a lock or a claim costs more than a twentieth even at the lowest rate there is: whoever
    /// matches could else have an order eaten up by fees, in pieces.
    /// </summary>
    /// <param name="shares">Base units of shares; their lock states the terms.</param>
    /// <param name="sats">Satoshis.</param>
    public static bool IsWorthLocking(Amount shares, Amount sats) =>
        IsWorth(shares, LockVirtualSize(SwapChain.Share)) && IsWorth(sats, LockVirtualSize(SwapChain.Coin));

    private static bool IsWorth(Amount leg, int vsize) => leg >= MinimumLeg(FeeRate.MinimumRelay)
        && FeeRate.MinimumRelay.FeeFor(vsize) <= MostForLock(leg);

    /// <summary>
    /// The rate of the n-th try of a lock: rising like a claim's, never beyond the share of the leg that
    /// <see cref="MinimumLeg"/> allows for a fee, since giving the swap up costs less.
    /// </summary>
    /// <param name="estimate">The rate to begin with.</param>
    /// <param name="attempt">0 for the first broadcast.</param>
    /// <param name="leg">What is locked.</param>
    /// <param name="vsize">The transaction's virtual size.</param>
    public static FeeRate BumpedLock(FeeRate estimate, int attempt, Amount leg, int vsize)
    {
        var least = FeeRate.MinimumRelay.SatsPerKvB;
        var most = Math.Max(least, FeeRate.Of(MostForLock(leg), vsize).SatsPerKvB);
        return new FeeRate(Math.Min(most, Raised(Math.Max(estimate.SatsPerKvB, least), attempt)));
    }

    /// <summary>The highest fee worth paying for the lock of a leg.</summary>
    public static Amount MostForLock(Amount leg) => new(leg.Sats / LeastValueInFees);

    /// <summary>The highest fee of a claim or refund, or to conflict a late lock: the whole leg less dust, since the other side
    /// may offer as much.</summary>
    public static Amount MostForSpend(Amount leg) => new(Math.Max(0, leg.Sats - DustSats));

    /// <summary>The highest rate of a claim or refund.</summary>
    /// <param name="leg">What it spends.</param>
    /// <param name="vsize">Its virtual size.</param>
    public static FeeRate MostRate(Amount leg, int vsize) =>
        new(Math.Max(FeeRate.MinimumRelay.SatsPerKvB, FeeRate.Of(MostForSpend(leg), vsize).SatsPerKvB));

    /// <summary>The highest fee at which a preimage is revealed: half of the leg, so that a claim can still rise.</summary>
    public static Amount MostForReveal(Amount leg) => new(leg.Sats / 2);

    /// <summary>A rate raised: half as much again each time, by at least the relay minimum (BIP125).</summary>
    /// <param name="satsPerKvB">The rate before.</param>
    /// <param name="times">How many times; 0 leaves it.</param>
    /// <returns>Satoshis per 1,000 vB.</returns>
    public static long Raised(long satsPerKvB, int times)
    {
        for (var i = 0; i < times && satsPerKvB < HighestRate; i++)
        {
            satsPerKvB = Math.Max(satsPerKvB / 100 * BumpPercent, satsPerKvB + FeeRate.MinimumRelay.SatsPerKvB);
        }

        return satsPerKvB;
    }
}
