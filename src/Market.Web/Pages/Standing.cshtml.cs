using System.Globalization;
using Market.Contracts;
using Microsoft.AspNetCore.Mvc;

namespace Market.Web.Pages;

/// <summary>What a key may do and why, what the next tier needs, what calls cost it, and a way to earn credits on the spot.
/// </summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class StandingModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    /// <summary>Digits of a key at most: one with its parity's byte.</summary>
    public const int LongestKey = 66;

    private const int KeyDigits = 64;
    private const int TimesHarder = 4;

    /// <summary>The key asked about. It is no secret, and stands in the page's own address.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Key { get; set; }

    /// <summary>What is known of it; null where none was asked about, or what was is no key.</summary>
    public ShownStanding? Shown { get; private set; }

    /// <summary>Whether something that is no key was asked about.</summary>
    public bool IsWrong { get; private set; }

    /// <summary>Sizes of memory-hard tickets that are offered, by the tries that each takes on average.</summary>
    public IReadOnlyList<long> Difficulties { get; private set; } = [];

    /// <summary>GET.</summary>
    public async Task OnGetAsync(CancellationToken cancel)
    {
        Key = Key?.Trim().ToLowerInvariant() is { Length: > 0 } asked ? asked : null;
        if (Key is null) return;
        if (Key.Length == LongestKey && Key[..2] is "02" or "03") Key = Key[2..];
        Shown = Key.Length == KeyDigits && Key.All(char.IsAsciiHexDigitLower) ? await Reader.StandingAsync(Key, cancel) : null;
        IsWrong = Shown is null;
        if (Shown is null) return;
        var sizes = new List<long>();
        for (var size = (long)Shown.LeastDifficulty; size <= Shown.MostDifficulty; size *= TimesHarder) sizes.Add(size);
        Difficulties = sizes;
    }

    /// <summary>What an operation is, in words.</summary>
    public static string Of(CallCost cost)
    {
        ArgumentNullException.ThrowIfNull(cost);
        return cost.Kind switch
        {
            WorkKind.Orders => "An order",
            WorkKind.Cancels => "A cancel",
            WorkKind.Swaps => "A step of a swap",
            _ => "A look at the book",
        };
    }

    /// <summary>What a call costs, in words.</summary>
    public static string PriceOf(CallCost cost)
    {
        ArgumentNullException.ThrowIfNull(cost);
        return cost.Price == 0 ? "free now" : $"{Units.Whole(cost.Price)} credits where others wait";
    }

    /// <summary>Where something that raises a tier comes from, in words.</summary>
    public static string Of(StandingProof source) => source switch
    {
        StandingProof.FidelityBond => "Locked coins",
        StandingProof.BurnedCoins => "Burned coins",
        StandingProof.LateWork => "A late block",
        _ => "Work",
    };

    /// <summary>A tier in words.</summary>
    public static string Of(StandingTier tier) => tier.ToString().ToLower(CultureInfo.InvariantCulture);
}
