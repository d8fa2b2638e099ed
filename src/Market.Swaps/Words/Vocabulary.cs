using System.Globalization;
using Market.Bitcoin;

namespace Market.Swaps;

/// <summary>
/// How a swap's parties, goods and times are named to a reader. An earliest time is "from 12:00 on", a deadline "by 12:00": the two
/// are never mixed up, since to take one for the other costs a leg.
/// </summary>
/// <param name="swap">The swap.</param>
/// <param name="tips">The chains and the clock.</param>
/// <param name="reader">The party that reads; null for anybody else.</param>
internal sealed class Vocabulary(Swap swap, SwapTips tips, Role? reader)
{
    private const int Hour = 60 * 60;
    private const int AlmostADay = 20 * Hour;

    /// <summary>"the seller", "the buyer", "your agent".</summary>
    public string Party(Role role) => role == reader ? "your agent" : IsShare(role) ? "the seller" : "the buyer";

    /// <summary>"the seller's", "your".</summary>
    public string Owner(Role role) => role == reader ? "your" : IsShare(role) ? "the seller's" : "the buyer's";

    /// <summary>"the shares", "the BTC": what a role locks.</summary>
    public string Goods(Role role) => IsShare(role) ? "the shares" : "the BTC";

    /// <summary>"The shares", at the head of a sentence.</summary>
    public string Head(Role role) => Capital(Goods(role));

    /// <summary>"them", "it".</summary>
    public string Them(Role role) => IsShare(role) ? "them" : "it";

    /// <summary>The verb for what a role locks: shares are, BTC is.</summary>
    public string Verb(Role role, string many, string one) => IsShare(role) ? many : one;

    /// <summary>"The shares are not locked."; "as agreed" where something else is.</summary>
    public string NotLocked(Role role) => $"{Head(role)} {Verb(role, "are", "is")} not locked{AsAgreed(role)}.";

    /// <summary>" as agreed" where a block shows another payment in the lock's place; else nothing.</summary>
    public string AsAgreed(Role role) => OthersLocked(role).Count > 0 ? " as agreed" : "";

    /// <summary>What blocks show paid to the leg's contract besides its lock, and none shows spent.</summary>
    public IReadOnlyList<Payment> OthersLocked(Role leg)
    {
        // Without terms there is no contract to pay to.
        var funding = swap.FundingOf(leg);
        return swap.Terms is null ? [] : [.. swap.PaymentsOf(leg).Where(payment =>
            payment is { InBlock: true, SpentAs: null, IsExpired: false } && payment.OutPoint != funding?.OutPoint)];
    }

    /// <summary>"4,900,000 sat", "50 shares": what payments to a leg hold.</summary>
    public string Sum(Role leg, IEnumerable<Payment> payments)
    {
        // Each holds money, and they are few: no sum overflows.
        var sum = payments.Sum(payment => payment.Amount.Sats);
        return IsShare(leg)
            ? $"{((decimal)sum / Amount.Coin).ToString("#,0.########", CultureInfo.InvariantCulture)} shares"
            : $"{sum.ToString("#,0", CultureInfo.InvariantCulture)} sat";
    }

    /// <summary>The chain that a role locks on.</summary>
    public string Chain(Role role) => IsShare(role) ? "sharechain" : "mainchain";

    /// <summary>"by 12:00 UTC": the last moment for something. Never how far away that is: a page shows the sentence for a
    /// while.</summary>
    public string By(long unixSeconds) => "by " + Clock(unixSeconds);

    /// <summary>"from 12:00 UTC on": the first moment for something.</summary>
    public string From(long unixSeconds) => $"from {Clock(unixSeconds)} on";

    /// <summary>When a leg can be taken back: from its locktime on, or now.</summary>
    public string FromLocktime(Role leg)
    {
        var locktime = LocktimeOf(leg);
        if (locktime.IsPassed(tips.Of(swap.ChainOf(leg)).MedianTimePast))
        {
            return "now";
        }

        // A refund waits for the chain's median time, which lags behind the clock.
        return tips.Latest > locktime.UnixSeconds
            ? $"as soon as the {Chain(leg)}'s median time has passed {Clock(locktime.UnixSeconds)}"
            : From(locktime.UnixSeconds);
    }

    /// <summary>True once a refund of the leg is valid.</summary>
    public bool CanBeRefunded(Role leg) => LocktimeOf(leg).IsPassed(tips.Of(swap.ChainOf(leg)).MedianTimePast);

    /// <summary>A sentence's first letter.</summary>
    public static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>Sentences in a row, the empty ones left out.</summary>
    public static string Join(params string?[] sentences) =>
        string.Join(' ', sentences.Where(sentence => !string.IsNullOrEmpty(sentence)));

    private Locktime LocktimeOf(Role leg) => leg == Role.Initiator ? swap.Terms!.Long : swap.Terms!.Short;

    private bool IsShare(Role role) => swap.ChainOf(role) == SwapChain.Share;

    private string Clock(long unixSeconds)
    {
        var away = Math.Abs(unixSeconds - tips.Latest);
        var format = away > AlmostADay ? "d MMM HH:mm" : away < Hour ? "HH:mm:ss" : "HH:mm";
        return DateTimeOffset.FromUnixTimeSeconds(unixSeconds).ToString(format, CultureInfo.InvariantCulture) + " UTC";
    }
}
