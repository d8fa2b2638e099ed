namespace Market.Swaps;

/// <summary>
/// The steps that nobody is blamed for leaving out: agents lock no shares that may not outlive their swap and lock against none
/// (law 15), and show no secret for shares that may be gone (law 17). Asked of the oldest share of the series that was traded, so
/// that anybody with the sharechain finds the same: where that one surely fitted each did, since an older one is no lock (law 16).
/// </summary>
public static class SharesInDoubt
{
    /// <summary>When the step began to be due whose want is blamed on somebody, Unix seconds; null where the lives of shares have
    /// no part in it.</summary>
    /// <param name="swap">The swap, failed.</param>
    /// <param name="lockedAt">When both locks were first seen to be deep, Unix seconds; null where they never were while the swap
    /// had not failed.</param>
    public static long? Since(Swap swap, long? lockedAt)
    {
        ArgumentNullException.ThrowIfNull(swap);
        return swap is
        {
            Plan.ExpiryMargin: not null, Terms: not null, TipsAtFailure: not null, Failure: { Blamed: not null } failure,
        } && (failure.Code != FailureCode.NotRevealed || swap.RoleOn(SwapChain.Share) == Role.Initiator)
            ? SwapDefaults.TimeFor(swap, failure.Code, lockedAt)?.From
            : null;
    }

    /// <summary>True where an agent could take the step that was left out: by law 15 that of a lock, by law 17 that of the
    /// reveal.</summary>
    /// <param name="swap">The swap, for which <see cref="Since"/> is not null.</param>
    /// <param name="sure">Seconds for which the series' oldest share could surely be spent.</param>
    /// <param name="now">When that was so, Unix seconds.</param>
    public static bool CouldAct(Swap swap, long sure, long now)
    {
        ArgumentNullException.ThrowIfNull(swap);
        return swap.Failure!.Code == FailureCode.NotRevealed
            ? sure >= swap.Deadlines!.Value.ClaimSpan
            : swap.Plan.IsOutlived(sure, swap.Terms!.ContractOf(swap.RoleOn(SwapChain.Share)).Locktime.UnixSeconds - now);
    }
}
