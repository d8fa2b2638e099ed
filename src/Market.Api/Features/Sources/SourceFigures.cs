using Market.Api.Analytics;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.P2PoolV2;
using Market.Contracts;
using Market.Sharechain;

namespace Market.Api.Features.Sources;

/// <summary>What was read of a pool as the wire has it.</summary>
internal static class SourceFigures
{
    /// <summary>What is not checked. Every answer and every page says it.</summary>
    public const string Unchecked =
        "Nothing here was validated. No proof of work, id, signature or payout was looked at: the node may tell what it likes, "
        + "and what was looked at is only that its answers do not contradict each other. It does not tell the multiplier of its "
        + "window, which is taken to be 1 as it comes, nor the work of shares beside its chain, which is taken to be that of the "
        + "shares that name them, nor how many of its Bitcoin blocks go stale. In that pool Bitcoin pays who mined a share: "
        + "whoever buys the share's coin does not get the payout with it. On the sharechains that are traded here he does.";

    private const int Shown = 20;
    private const double Difficulty1 = 4_294_967_296;

    /// <summary>What is told of the node.</summary>
    /// <param name="sight">How it stands with it.</param>
    /// <param name="target">The market's own Bitcoin target.</param>
    /// <param name="own">The own instruments.</param>
    public static PoolSource Of(P2PoolSight sight, CompactTarget target, IReadOnlyList<OwnFigures> own) => new()
    {
        State = sight.State,
        Since = sight.Since,
        Reason = sight.Reason,
        Unchecked = Unchecked,
        ReadAt = sight.Read?.Time,
        Version = sight.Read?.View.Version switch
        {
            P2PoolVersion.BeforeV014 => SourceVersion.BeforeV014,
            P2PoolVersion.SinceV014 => SourceVersion.SinceV014,
            _ => null,
        },
        Chain = sight.Read is { View: var view } ? ChainOf(view, target) : null,
        Window = sight.Read is { Window: var window } ? WindowOf(window) : null,
        Value = sight.Read is { Window: { Value: { } value } told } ? ValueOf(told, value) : null,
        Forks = sight.Read?.View.Dag is { } dag
            ? new SourceForks { Heights = dag.Heights, OnChain = dag.OnChain, Beside = dag.Beside }
            : null,
        Miners = sight.Read?.View.Local is { } local
            ? new SourceMiners { Results = local.Count, Work = local.Difficulty * Difficulty1, Newest = local.Newest }
            : null,
        Own = own,
    };

    /// <summary>An own instrument in the same figures.</summary>
    public static OwnFigures Of(string instrument, SharechainProfile profile, Discount? discount, ShareHolders holders) => new()
    {
        Instrument = instrument,
        Sharechain = profile.Name,
        Rule = profile.Payout.Words,
        Hashrate = discount?.Inputs.PoolHashrate,
        Uncertainty = discount?.Uncertainty,
        Holders = holders.Count,
        Largest = PartOf(holders, 1),
        Largest20 = PartOf(holders, Shown),
        ModelOverFpps = discount?.ModelPrice / discount?.FppsWorth,
        PriceOverFpps = discount?.OverFpps,
        D = discount?.D,
        DError = discount?.DError,
    };

    private static double? PartOf(ShareHolders holders, int count) => holders.TotalUnits > 0
        ? Math.Min(1, holders.Largest.Take(count).Sum(holder => (double)holder.Weight) / holders.TotalUnits)
        : null;

    private static SourceChain ChainOf(P2PoolView view, CompactTarget target) => new()
    {
        Height = view.Height,
        Tip = view.Tip.ToString(),
        Time = DateTimeOffset.FromUnixTimeSeconds(view.Shares[^1].Time),
        Genesis = view.Genesis?.ToString(),
        TotalWork = view.TotalWork,
        Candidate = view.Candidate,
        MainHeight = view.MainHeight,
        MainWork = view.MainWork,
        IsOurBitcoin = view.MainBits == target,
        Reward = new Sats((long)view.Reward),
        Fee = view.Fee,
    };

    private static SourceWindow WindowOf(ToldWindow window) => new()
    {
        Shares = window.Shares,
        Uncles = window.Uncles,
        Read = window.Read,
        Hashes = window.Hashes,
        Coverage = window.Coverage,
        IsWhole = window.IsWhole,
        Filled = window.Filled,
        LifeSeconds = window.Value?.Inputs.LifeSeconds,
        Holders = window.Holders.Length,
        Owners = window.Owners,
        Largest = window.Top(1),
        Largest20 = window.Top(Shown),
        EvenHolders = window.EvenHolders,
        Items = [.. window.Holders.Take(Shown).Select((holder, i) => new SourceHolder
        {
            Rank = i + 1,
            Address = holder.Payee,
            Part = holder.Part,
            Error = holder.Error,
            Least = holder.Least,
            Most = holder.Most,
        })],
    };

    private static SourceValue ValueOf(ToldWindow window, WindowValue value) => new()
    {
        ShareWork = value.Inputs.HashesPerShare,
        Hashrate = window.Pool.HashesPerSecond,
        Uncertainty = window.Pool.RelativeError,
        FppsWorth = value.FreshFace,
        FaceValue = value.Face,
        PresentValue = value.Discounted,
        Rate = value.Inputs.Rate,
        DTime = value.DTime,
        Fee = value.Model.Fee,
        Variance = value.Model.Variance,
        Blocks = value.Blocks,
        ChanceOfNone = value.ChanceOfNone,
        ModelPrice = value.ModelPrice,
        ModelLeast = window.LeastPrice,
        ModelMost = window.MostPrice,
        ModelOverFpps = value.ModelPrice / value.FreshFace,
    };
}
