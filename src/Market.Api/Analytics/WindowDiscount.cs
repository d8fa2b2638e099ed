using Market.Api.Results;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Sharechain;

namespace Market.Api.Analytics;

/// <summary>
/// What a price says about shares that a window pays until they expire. It is told of the oldest shares of the series that are not
/// expired: who sells chooses which of a series' shares are sold, so that a price is one for these.
/// </summary>
internal static class WindowDiscount
{
    /// <summary>The discount; refused while nobody is paid, or nothing minted. What is expected of shares that are all expired is
    /// nothing.</summary>
    /// <param name="reading">What the chains show.</param>
    /// <param name="profile">The row; it has a window.</param>
    /// <param name="series">The series that is sold; null for fresh shares.</param>
    /// <param name="payout">Whom the next block pays.</param>
    /// <param name="subsidy">New satoshis of the next mainchain block.</param>
    public static Result<Discount> Of(
        DiscountReading reading, SharechainProfile profile, Series? series, NextPayout payout, Amount subsidy)
    {
        var issued = profile.Issuance.Of(reading.ShareHeight + 1, reading.Figures.NextBits);
        if (payout.TotalUnits <= 0 || issued <= Amount.Zero || subsidy.Sats + reading.MainFees <= 0)
            return new Refusal(ProblemCodes.ChainUnavailable, "The window pays nobody yet.");
        var perShare = profile.Issuance is IssuanceRule.ByWork work
            ? work.HashesPerShare.ToDouble()
            : reading.ShareWork / issued.Sats * Quantity.UnitsPerShare;
        var root = Math.Max(series?.First ?? reading.ShareHeight, payout.WindowStart);
        var window = WindowValueInputs.InForce(profile.Window!, reading.MainWork, reading.BlockWork);
        var value = WindowValue.Of(new WindowValueInputs
        {
            Rate = reading.Rate,
            HorizonYears = reading.HorizonYears,
            Reward = subsidy.Sats + reading.MainFees,
            MainSpacing = reading.MainSpacing,
            MainWork = reading.MainWork,
            Window = window,
            HashesPerShare = perShare,
            PoolHashrate = reading.Pool.HashesPerSecond,
            Aged = WindowValueInputs.AgedOf(root, reading.ShareHeight, reading.BlockWork, window),
            Filled = WindowValueInputs.FilledOf(new Amount(payout.TotalUnits), perShare, window),
            Slots = SlotsOf(payout),
            Orphans = reading.Orphans,
            LockSeconds = reading.LockSeconds,
        });
        return Tell(reading, value, root, payout, issued);
    }

    // The smallest of those who are paid gains most by one more: no other would pay as much.
    private static TopSlots SlotsOf(NextPayout payout) => payout.Holders.IsEmpty
        ? new TopSlots(payout.TotalUnits, payout.TotalUnits, 0)
        : new TopSlots(payout.TotalUnits, payout.Holders.Sum(holder => holder.Weight), payout.Holders[^1].Weight);

    private static Discount Tell(
        DiscountReading reading, WindowValue value, int root, NextPayout payout, Amount issued)
    {
        var error = reading.Pool.RelativeError;
        var price = reading.Price?.Sats;
        var d = price is { } p ? value.DiscountOf(p) : null;
        var dParams = d / value.DTime;
        return new Discount
        {
            Instrument = reading.Instrument,
            Time = reading.Time,
            Price = reading.Price,
            OverFpps = price / value.FreshFace,
            FppsWorth = value.FreshFace,
            FppsPrice = value.FreshFace * (1 - DiscountModel.FppsFee),
            FaceValue = value.Face,
            PresentValue = value.Discounted,
            D = d,
            DError = price is { } q ? Moves(value, error, other => other.DiscountOf(q)) : null,
            DTime = value.DTime,
            DParams = dParams,
            Model = PartsOf(value.Model),
            RiskPremium = value.Model.DParams > 0 ? dParams / value.Model.DParams : null,
            ModelPrice = value.ModelPrice,
            OwnerPrice = value.OwnerPrice,
            ImpliedYield = price is { } y ? value.ImpliedYield(y) : null,
            ImpliedYieldError = price is { } e ? Moves(value, error, other => other.ImpliedYield(e)) : null,
            Uncertainty = error,
            Inputs = reading.InputsOf(value.Inputs.Reward, issued, value.Inputs.RiskAversion) with
            {
                SharesMature = new Quantity(payout.TotalUnits),
                Window = new DiscountWindow
                {
                    Hashes = value.Inputs.Window,
                    HashesPerShare = value.Inputs.HashesPerShare,
                    Root = root,
                    Aged = value.Inputs.Aged,
                    Filled = value.Inputs.Filled,
                    LifeSeconds = Math.Max(0, 1 - value.Inputs.Aged) * value.Inputs.LifeSeconds,
                    Holders = payout.Holders.Length,
                    Paid = new Quantity((long)value.Inputs.Slots!.Value.Top),
                    Buyer = new Quantity((long)value.Inputs.Slots.Value.Buyer),
                },
            },
        };
    }

    // Half of what a figure moves between a hashrate one error lower and one higher; null where it does not, or is not there.
    private static double? Moves(WindowValue value, double error, Func<WindowValue, double?> figure)
    {
        var (low, high) = (At(1 - error), At(1 + error));
        return low is { } l && high is { } h && Math.Abs(h - l) is > 0 and var moved ? moved / 2 : null;

        double? At(double factor) => figure(
            WindowValue.Of(value.Inputs with { PoolHashrate = value.Inputs.PoolHashrate * factor }));
    }

    private static DiscountParts PartsOf(WindowModel model) => new()
    {
        DParams = model.DParams,
        Fee = model.Fee,
        Orphan = model.Orphan,
        Latency = model.Latency,
        Grinding = 1,
        Variance = model.Variance,
        Variation = double.IsFinite(model.Variation) ? model.Variation : null,
        TopBuyer = model.TopBuyer,
        TopOwner = model.TopOwner,
    };
}
