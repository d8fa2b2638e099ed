using System.Globalization;
using Market.Api.Results;
using Market.Contracts;
using Market.Standing;

namespace Market.Api.Standing;

/// <summary>What a key's tier gives in orders: how many are open, how large each is, how fast it takes. Asked in the order's
/// turn, by every instrument: how many are open and how fast a key takes is counted over all of them. Safe from any
/// thread.</summary>
public sealed class OrderLimits(StandingBook book, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly TakeBudget _takes = new();

    /// <summary>Why a new order is not taken; null where it may be. An order that would trade is counted.</summary>
    /// <param name="key">Hex of the x-only key.</param>
    /// <param name="tryOpen">Counts it among the key's open orders of all instruments; false where there are as many as it is
    /// passed.</param>
    /// <param name="price">The highest at which it may trade or rest.</param>
    /// <param name="quantity">The order's.</param>
    /// <param name="takes">Whether it would trade at once.</param>
    public Refusal? Judge(string key, Func<int, bool> tryOpen, Price price, Quantity quantity, bool takes)
    {
        ArgumentNullException.ThrowIfNull(tryOpen);
        var limits = TierTable.Of(book.TierOf(key));
        if (!tryOpen(limits.OpenOrders))
        {
            return new Refusal(ProblemCodes.TooManyOrders,
                Text($"The tier {NameOf(limits)} gives {limits.OpenOrders} open orders, in all instruments together."));
        }
        var worth = Sats.Notional(price, quantity).Value;
        if (worth > limits.LargestNotional)
        {
            return new Refusal(ProblemCodes.TierTooLow, Text(
                $"The order is worth {worth} satoshi; the tier {NameOf(limits)} gives {limits.LargestNotional} at most."));
        }
        return takes ? Take(key, limits) : null;
    }

    private Refusal? Take(string key, TierLimits limits)
    {
        var now = clock.GetUtcNow();
        long? wait;
        lock (_gate) wait = _takes.Take(key, limits, now.ToUnixTimeMilliseconds());
        return wait is null ? null : new Refusal(ProblemCodes.TierTooLow, Text(
            $"The tier {NameOf(limits)} takes {limits.TakesAtOnce} times and then once in {limits.SecondsPerTake} s."))
        {
            RetryAt = now.AddMilliseconds(wait.Value),
        };
    }

    private static string NameOf(TierLimits limits) => WireEnum.Name(limits.Tier);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
