using Market.Bitcoin;

namespace Market.Swaps.Agent;

/// <summary>
/// Law 15: shares that expire are locked, and locked against, only while they surely outlive the swap: its longest course and what
/// taking them back may need after it. What is sure is reckoned by the agent's own chain, at a hashrate that is a stated factor
/// above the present one; above that, nothing that an agent does keeps shares from expiring in their contract.
/// Law 16: and only where none of them is older than the series that was traded. Shares of an older one may well outlive the swap,
/// and are worth less; which series was traded the own order says, and how old they are the own chain.
/// Law 17: and the secret is shown only while the own shares surely last for as long as their buyer may need to claim them with it.
/// </summary>
internal static class Outliving
{
    /// <summary>True where shares that surely last so long may be locked in the swap.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="lasts">Seconds from now for which they can surely be spent; null where that is not known.</param>
    public static bool Fits(Turn turn, long? lasts) =>
        turn.Own.Swap.Plan.ExpiryMargin is null || !turn.Policy.Keeps(AgentLaws.Outliving)
        || (lasts is { } sure && turn.Own.Swap.Plan.IsOutlived(sure, LocktimeOfShares(turn) - turn.Sight.Now));

    /// <summary>True where shares of so low a root height may be locked in the swap; a newer series' last longer.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="root">The lowest root height; null where that is not known.</param>
    public static bool IsOfSeries(Turn turn, int? root) =>
        turn.Own.Swap.Plan.ExpiryMargin is null || !turn.Policy.Keeps(AgentLaws.OfSeries)
        || (turn.Own.LeastRoot is { } least && root >= least);

    /// <summary>
    /// True of a payment of the other's shares that are older than those that were traded: it is not the lock, and a fresh one
    /// beside it is. One that was locked against stays what it was taken for, so that it is claimed.
    /// </summary>
    public static bool IsOlder(Turn turn, Role leg, OutPoint outPoint)
    {
        var own = turn.Own;
        return own.Swap.Plan.ExpiryMargin is not null && turn.Policy.Keeps(AgentLaws.OfSeries) && leg == LegOfShares(turn)
            && SwapReading.IsOfOlderSeries(own.Swap, leg, outPoint, RootOf(turn, leg, outPoint), own.LeastRoot)
            && !(own.Locks().Any() && own.Swap.PaymentsOf(leg).Any(known => known.OutPoint == outPoint && !known.IsStray));
    }

    /// <summary>Why shares may not be locked in the swap, or locked against, for people; null where they may.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="lasts">Seconds from now for which they can surely be spent; null where that is not known.</param>
    /// <param name="root">Their lowest root height; null where that is not known.</param>
    public static string? WhyNot(Turn turn, long? lasts, int? root)
    {
        var isOwn = LegOfShares(turn) == turn.Own.Role;
        return !Fits(turn, lasts) ? isOwn ? AgentWords.OwnWouldExpire : AgentWords.OthersWouldExpire
            : IsOfSeries(turn, root) ? null
            : isOwn ? AgentWords.OwnAreOlder : AgentWords.OthersAreOlder;
    }

    /// <summary>
    /// Law 17. Why the secret may not be shown, for people; null where it may. The buyer needs as long as there is from the last
    /// moment to reveal until the seller may take its shares back: whenever it is shown, since all that the buyer does follows.
    /// Not asked again once a claim is written down: what may have been handed out is pushed.
    /// </summary>
    public static string? WhyNotRevealed(Turn turn)
    {
        var (own, leg) = (turn.Own, LegOfShares(turn));
        if (own.Swap.Plan.ExpiryMargin is null || !turn.Policy.Keeps(AgentLaws.ClaimableReveal) || leg != own.Role
            || own.Transactions.Any(known => known.Kind == OwnTransactionKind.Claim))
        {
            return null;
        }

        var needed = own.Swap.Deadlines!.Value.ClaimSpan;
        return own.Swap.FundingOf(leg) is { } funding && LifeOf(turn, leg, funding.OutPoint) is { } lasts
            ? lasts == ChainSight.Gone ? AgentWords.OwnGoneBeforeReveal
                : lasts >= needed ? null : AgentWords.OwnMayExpireBeforeClaimed
            : AgentWords.OwnMayExpireBeforeClaimed;
    }

    /// <summary>True of shares that expired where they were locked, also where they are not asked for any more: as long as no block
    /// spends them they stay gone.</summary>
    public static bool HasExpired(Turn turn, Role leg, OutPoint outPoint) => leg == LegOfShares(turn)
        && (LifeOf(turn, leg, outPoint) is { } lasts ? lasts == ChainSight.Gone
            : turn.Own.Swap.PaymentsOf(leg).Any(known => known.OutPoint == outPoint && known.IsExpired)
                && turn.SightOf(leg).View.SpendOf(outPoint) is not { Height: not null });

    /// <summary>Why the lock of shares that the own lock stands against may not be locked against; of a swap whose own leg is the
    /// shares, why the coins of its lock may not be locked, as long as no block holds it. Null where nothing is wrong with
    /// them.</summary>
    public static string? WhyNotOnChain(Turn turn)
    {
        var (own, leg) = (turn.Own, LegOfShares(turn));
        if (own.Swap.FundingOf(leg) is { } funding)
        {
            return WhyNot(turn, LifeOf(turn, leg, funding.OutPoint), RootOf(turn, leg, funding.OutPoint));
        }

        return leg != own.Role ? null : own.Locks().SelectMany(known => known.Transaction.Inputs)
            .Select(input => input.PreviousOutput).Where(coin => LifeOf(turn, leg, coin) is not null)
            .Select(coin => WhyNot(turn, LifeOf(turn, leg, coin), RootOf(turn, leg, coin))).FirstOrDefault(why => why is not null);
    }

    /// <summary>True where a payment of shares nears its end: whatever spends it is wanted in the very next block.</summary>
    public static bool IsExpiring(Turn turn, Role leg, Payment payment) =>
        turn.Own.Swap.Plan.ExpiryMargin is { } margin && turn.Policy.Keeps(AgentLaws.Outliving)
        && LifeOf(turn, leg, payment.OutPoint) is { } lasts && lasts < margin;

    /// <summary>True for an output of shares that expired: nothing is left of it to anybody.</summary>
    public static bool IsGone(Turn turn, Role leg, OutPoint outPoint) => LifeOf(turn, leg, outPoint) == ChainSight.Gone;

    /// <summary>Says once that shares which are locked may expire before all is over.</summary>
    public static void Warn(Turn turn)
    {
        var leg = LegOfShares(turn);
        if (turn.Own.Swap is { Plan.ExpiryMargin: not null, Closed: false } swap && swap.FundingOf(leg) is { InBlock: true } funding
            && LifeOf(turn, leg, funding.OutPoint) is { } lasts && !Fits(turn, lasts))
        {
            turn.Say(AgentSayingKind.Alarm, "expiry", lasts == ChainSight.Gone ? AgentWords.SharesExpired
                : leg == turn.Own.Role ? AgentWords.OwnMayExpire : AgentWords.OthersMayExpire);
        }
    }

    private static long? LifeOf(Turn turn, Role leg, OutPoint outPoint) =>
        turn.SightOf(leg).Lives.TryGetValue(outPoint, out var lasts) ? lasts : null;

    private static int? RootOf(Turn turn, Role leg, OutPoint outPoint) =>
        turn.SightOf(leg).Roots.TryGetValue(outPoint, out var root) ? root : null;

    private static Role LegOfShares(Turn turn) => turn.Own.Swap.RoleOn(SwapChain.Share);

    private static long LocktimeOfShares(Turn turn) => turn.Own.Swap.Terms!.ContractOf(LegOfShares(turn)).Locktime.UnixSeconds;
}
