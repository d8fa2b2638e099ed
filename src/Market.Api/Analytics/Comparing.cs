using Market.Contracts;
using Market.Sharechain;

namespace Market.Api.Analytics;

/// <summary>Holds what was said of two instruments on one mainchain against each other. Nothing is estimated anew: the figures are
/// those that were said, one over the other, with their errors.</summary>
internal static class Comparing
{
    private const double Tera = 1e12;

    // That two chains are two is no rule of theirs.
    private static readonly string[] NoRules = ["enforced", "genesis"];

    /// <summary>Expected hashes behind one whole new share: FPPS worth M / B; null where none is minted.</summary>
    public static double? HashesOf(Discount said)
    {
        ArgumentNullException.ThrowIfNull(said);
        return said.FppsWorth is > 0 and { } worth && said.Inputs.Reward.Value > 0
            ? worth * said.Inputs.MainchainWork / said.Inputs.Reward.Value
            : null;
    }

    /// <summary>Satoshis that the price pays for 10^12 hashes of the work behind a share; null where one of the two is not there.
    /// </summary>
    public static double? PricePerTerahash(Discount said) => HashesOf(said) is { } hashes ? said.Price?.Sats / hashes * Tera : null;

    /// <summary>The figures of one over those of the other.</summary>
    /// <param name="said">The one.</param>
    /// <param name="other">The other.</param>
    /// <param name="isOneChain">Whether both are of one sharechain: its hashrate, and so the error of it, is the same in both.
    /// </param>
    public static WorthRatios Of(Discount said, Discount other, bool isOneChain)
    {
        ArgumentNullException.ThrowIfNull(said);
        ArgumentNullException.ThrowIfNull(other);
        var rate = isOneChain ? 1 : Over(said.Inputs.PoolHashrate, other.Inputs.PoolHashrate) ?? 0;
        var d = Over(said.D, other.D);
        return new WorthRatios
        {
            PricePerHash = Over(PricePerTerahash(said), PricePerTerahash(other)),
            Hashrate = rate,
            HashrateError = isOneChain ? null : Error(rate, said.Uncertainty, other.Uncertainty),
            D = d,
            DError = isOneChain
                ? Error(d, Math.Abs((Relative(said) ?? 0) - (Relative(other) ?? 0)), 0)
                : Error(d, Relative(said) ?? 0, Relative(other) ?? 0),
        };
    }

    /// <summary>The rules in which two rows differ, in words.</summary>
    public static IReadOnlyList<RuleDifference> RulesOf(SharechainProfile here, SharechainProfile there) =>
        [.. ProfileTable.Of(here).Zip(ProfileTable.Of(there))
            .Where(pair => pair.First.Value != pair.Second.Value && !NoRules.Contains(pair.First.Name))
            .Select(pair => new RuleDifference
            {
                Rule = pair.First.Name,
                Here = pair.First.Value,
                There = pair.Second.Value,
            })];

    private static double? Relative(Discount said) => said.D is > 0 and { } d ? said.DError / d : null;

    private static double? Over(double? one, double? other) => one is { } a && other is > 0 and { } b ? a / b : null;

    // Two errors that do not know of each other.
    private static double? Error(double? ratio, double one, double other) =>
        ratio is { } r && Math.Sqrt((one * one) + (other * other)) is > 0 and var relative ? r * relative : null;
}
