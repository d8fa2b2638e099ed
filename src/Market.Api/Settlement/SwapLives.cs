using Market.Api.Chains;
using Market.Api.Data;
using Market.Bitcoin;
using Market.Bitcoin.Watching;
using Market.Chains;
using Market.Swaps;

namespace Market.Api.Settlement;

/// <summary>What pays a leg's contract, as it can be spent.</summary>
/// <param name="Payments">Those that are there.</param>
/// <param name="IsStray">True of those that are not the lock; null where nobody can tell.</param>
/// <param name="IsExpired">True of shares that were there, and have expired.</param>
public sealed record LegReading(
    IReadOnlyList<WatchedPayment> Payments, Func<WatchedPayment, bool>? IsStray, Func<OutPoint, bool> IsExpired);

/// <summary>
/// What the lives of shares say of the payments to a swap's contract. Shares that expired in it are no payment any more, so that
/// the swap ends: nobody can claim them or take them back. And shares of an older series than the one that was traded are not the
/// lock, whatever they hold: who locks them is the one who did not lock.
/// </summary>
/// <param name="chains">The chains.</param>
/// <param name="instrument">What is traded.</param>
public sealed class SwapLives(ChainPair chains, MarketInstrument instrument)
{
    private readonly ShareLives? _shares = ShareLives.Of(chains.Shares);

    /// <summary>Those of the oldest share of the series, which is what all its swaps are asked about; null where nothing
    /// expires.</summary>
    internal PastLives? Past { get; } = instrument.Series is { } series ? PastLives.Of(chains.Shares, series.First) : null;

    /// <summary>The payments that are there, which of them are not the lock, and which have expired.</summary>
    /// <param name="swap">The swap.</param>
    /// <param name="leg">Which leg, by the role that locks it.</param>
    /// <param name="payments">All that ever paid the leg's contract, as blocks and mempool have it.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async ValueTask<LegReading> ReadAsync(
        Swap swap, Role leg, IReadOnlyList<WatchedPayment> payments, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(swap);
        ArgumentNullException.ThrowIfNull(payments);
        var lacksTerms = SwapReading.LacksTerms(swap, leg);
        if (_shares is null || swap.ChainOf(leg) != SwapChain.Share) return new LegReading(payments, lacksTerms, _ => false);
        var (there, older, expired) = (new List<WatchedPayment>(payments.Count), new HashSet<OutPoint>(), new HashSet<OutPoint>());
        foreach (var payment in payments)
        {
            var life = payment.Spend is { Height: not null } ? null : await _shares.OfAsync(payment.OutPoint, cancel);
            if (life is null && payment is { Height: not null, Spend: not { Height: not null } }
                && await _shares.IsGoneAsync(payment.OutPoint, cancel))
            {
                expired.Add(payment.OutPoint);
                continue;
            }
            there.Add(payment);
            if (SwapReading.IsOfOlderSeries(swap, leg, payment.OutPoint, life?.Root, instrument.Series?.First))
                older.Add(payment.OutPoint);
        }
        return new LegReading(
            there, payment => older.Contains(payment.OutPoint) || (lacksTerms?.Invoke(payment) ?? false), expired.Contains);
    }

    /// <summary>
    /// False where who is blamed for a step that was left out could not take it: at some time of it the shares did not surely
    /// outlive what follows, by the chain as it is here (<see cref="SharesInDoubt"/>). In doubt it is false. Null where there is
    /// more to look at than is looked at in one go: ask again, after others had their turn.
    /// </summary>
    /// <param name="swap">The swap, failed.</param>
    /// <param name="lockedAt">When both legs were seen to be locked.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async ValueTask<bool?> CouldActAsync(Swap swap, DateTimeOffset? lockedAt, CancellationToken cancel)
    {
        if (Past is null || SharesInDoubt.Since(swap, lockedAt?.ToUnixTimeSeconds()) is not { } since) return true;
        var verdict = await Past.LookAsync(
            since, swap.TipsAtFailure!.Value.Share.Height,
            past => SharesInDoubt.CouldAct(swap, past.Life.SureSeconds, past.MedianTime), cancel);
        return verdict == PastVerdict.Unfinished ? null : verdict == PastVerdict.Held;
    }
}
