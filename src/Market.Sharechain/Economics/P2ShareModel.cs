using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain.Economics;

/// <summary>
/// What a p2share share is worth: a claim on a part 1 / n(t) of every mainchain block that the pool finds, on the
/// halving schedules of both chains.
/// </summary>
public static class P2ShareModel
{
    /// <summary>What a full-pay-per-share pool pays of a share's worth, from and to: to compare with.</summary>
    public static (double From, double To) FullPayPerShare => (0.96, 0.98);

    private const double LowestRate = -5;
    private const double HighestRate = 50;
    private const double HashrateRange = 1e9;
    private const int Bisections = 200;

    /// <summary>The model's worth.</summary>
    /// <exception cref="ArgumentException">An input is out of its range.</exception>
    public static P2ShareValue Value(P2ShareInputs inputs)
    {
        Require(inputs.Supply > 0 && double.IsFinite(inputs.Supply), "The supply is above 0.");
        Require(inputs.HorizonSeconds > 0 && double.IsFinite(inputs.HorizonSeconds), "The horizon is above 0.");
        Require(inputs.MainSpacing > 0 && inputs.ShareSpacing > 0, "Spacings are above 0.");
        Require(inputs.PoolHashrate >= 0 && inputs.MainWork > 0 && inputs.ShareWork > 0, "Work is above 0.");
        Require(double.IsFinite(inputs.Rate), "The rate is a number.");
        Require(
            Part(inputs.Fee) && Part(inputs.OrphanRate) && Part(inputs.GrinderHashrate) && Part(inputs.GrinderShares),
            "Parts are from 0 to 1.");
        Require(
            inputs.RiskAversion >= 0 && (inputs.RiskAversion == 0 || inputs.HolderWealth > 0)
                && inputs.HolderUnits >= 0,
            "Risk aversion is not negative, and needs wealth above 0.");

        var face = Flow(inputs, 0, inputs.HorizonSeconds);
        var present = Flow(inputs, inputs.Rate, inputs.HorizonSeconds);
        var blocks = inputs.BlockRate * inputs.HorizonSeconds;
        var margin = GrindingMargin(inputs, face);
        var parts = new DiscountParts(
            Maturity(inputs, face),
            1 - inputs.Fee,
            1 - inputs.OrphanRate,
            margin >= 1 ? 1 : 1 - inputs.GrinderHashrate * inputs.GrinderShares,
            Variance(inputs, face, blocks));
        return new P2ShareValue(
            inputs, face, present, face > 0 ? present / face : 1, parts, blocks, margin);
    }

    /// <summary>A price beside the model.</summary>
    /// <param name="inputs">See <see cref="Value"/>.</param>
    /// <param name="price">Satoshis per whole share; above 0.</param>
    /// <exception cref="ArgumentException">An input is out of its range.</exception>
    public static P2ShareReading Read(P2ShareInputs inputs, double price)
    {
        Require(price > 0 && double.IsFinite(price), "A price is above 0.");
        var value = Value(inputs);
        var discount = price / value.FaceValue;
        var implied = discount / value.TimeFactor;
        var yield = Solve(
            rate => -Flow(inputs, rate, inputs.HorizonSeconds) * value.Parts.Product, -price, LowestRate, HighestRate);
        var factor = Solve(
            power => Value(inputs with { PoolHashrate = inputs.PoolHashrate * Math.Exp(power) }).ModelValue,
            price,
            -Math.Log(HashrateRange),
            Math.Log(HashrateRange));
        return new P2ShareReading(
            value, price, discount, implied, implied / value.Parts.Product, yield,
            factor is { } found ? inputs.PoolHashrate * Math.Exp(found) : null);
    }

    /// <summary>
    /// Satoshis per whole share: the integral of lambda B(t) / n(t) e^(-rt) over the horizon, piece by piece between
    /// the halvings.
    /// </summary>
    private static double Flow(P2ShareInputs inputs, double yearlyRate, double horizon)
    {
        var rate = yearlyRate / P2ShareInputs.YearSeconds;
        var (time, supply, sum) = (0.0, inputs.Supply, 0.0);
        var (mainHeight, shareHeight) = ((double)inputs.MainHeight, (double)inputs.ShareHeight);
        while (time < horizon)
        {
            var subsidy = inputs.MainIssuance.At((int)Math.Min(mainHeight, int.MaxValue)).Sats;
            var minted = inputs.ShareIssuance.At((int)Math.Min(shareHeight, int.MaxValue)).Sats;
            var toMain = subsidy == 0 ? horizon : Ahead(mainHeight, inputs.MainIssuance) * inputs.MainSpacing;
            var toShare = minted == 0 ? horizon : Ahead(shareHeight, inputs.ShareIssuance) * inputs.ShareSpacing;
            var length = Math.Min(horizon - time, Math.Min(toMain, toShare));
            var growth = minted / inputs.ShareSpacing;
            sum += (subsidy + inputs.MainFees) * Math.Exp(-rate * time) * Piece(supply, growth, rate, length);
            time += length;
            supply += growth * length;
            mainHeight = Advance(mainHeight, length / inputs.MainSpacing, length >= toMain);
            shareHeight = Advance(shareHeight, length / inputs.ShareSpacing, length >= toShare);
        }

        return sum * inputs.BlockRate * Amount.Coin;
    }

    private static double Ahead(double height, IssuanceSchedule schedule) =>
        (Math.Floor(height / schedule.HalvingInterval) + 1) * schedule.HalvingInterval - height;

    // At a halving the height is a whole number again, whatever rounding did on the way.
    private static double Advance(double height, double blocks, bool atHalving) =>
        atHalving ? Math.Round(height + blocks) : height + blocks;

    /// <summary>The integral of e^(-rt) / (n + g t) from 0 to a length.</summary>
    private static double Piece(double supply, double growth, double rate, double length)
    {
        if (growth * length <= supply * 1e-12)
        {
            return Math.Abs(rate * length) < 1e-12 ? length / supply : -NearOne.ExpM1(-rate * length) / (rate * supply);
        }

        // With n + g t = n e^u the integrand is smooth whatever the ratio of old shares to new.
        var top = NearOne.LogP1(growth * length / supply);
        if (rate == 0)
        {
            return top / growth;
        }

        var panels = Math.Clamp((int)(4 * (top + Math.Abs(rate) * length)) + 16, 16, 4_096);
        var sum = 0.0;
        for (var i = 0; i < panels; i++)
        {
            sum += Gauss(
                u => Math.Exp(-rate * supply / growth * NearOne.ExpM1(u)), top * i / panels, top * (i + 1) / panels);
        }

        return sum / growth;
    }

    // Gauss-Legendre with five points: exact for polynomials up to degree nine.
    private static double Gauss(Func<double, double> of, double from, double to)
    {
        var (middle, half) = ((from + to) / 2, (to - from) / 2);
        var sum = 0.568888888888888889 * of(middle);
        sum += 0.478628670499366468 * (of(middle - half * 0.538469310105683091)
            + of(middle + half * 0.538469310105683091));
        sum += 0.236926885056189088 * (of(middle - half * 0.906179845938663993)
            + of(middle + half * 0.906179845938663993));
        return half * sum;
    }

    private static double Maturity(P2ShareInputs inputs, double face)
    {
        Require(inputs.ImmatureSeconds >= 0, "The time to maturity is not negative.");
        return inputs.ImmatureSeconds == 0 || face <= 0
            ? 1
            : 1 - Flow(inputs, 0, Math.Min(inputs.ImmatureSeconds, inputs.HorizonSeconds)) / face;
    }

    /// <summary>Cost of a share block thrown away by the gain alpha p (w / M) B.</summary>
    private static double GrindingMargin(P2ShareInputs inputs, double face)
    {
        var reward = inputs.MainIssuance.At(inputs.MainHeight).Sats + inputs.MainFees;
        var gain = inputs.GrinderHashrate * inputs.GrinderShares * inputs.ShareWork / inputs.MainWork * reward;
        var cost = (double)inputs.ShareIssuance.At(inputs.ShareHeight).Sats / Amount.Coin * face;
        return gain > 0 ? cost / gain : double.PositiveInfinity;
    }

    /// <summary>
    /// Certainty equivalent by mean of the holder's payouts. Wins are Poisson: within the horizon so many that their
    /// payouts come to the face value of what is held, each of the mean reward.
    /// </summary>
    private static double Variance(P2ShareInputs inputs, double face, double blocks)
    {
        var mean = face * inputs.HolderUnits / Amount.Coin;
        if (inputs.RiskAversion == 0 || mean <= 0 || blocks <= 0)
        {
            return 1;
        }

        var reward = inputs.MainIssuance.At(inputs.MainHeight).Sats + inputs.MainFees;
        return reward <= 0
            ? 1
            : CertaintyEquivalent.OfPoisson(mean / reward, reward, inputs.HolderWealth, inputs.RiskAversion) / mean;
    }

    /// <summary>Where a rising function takes a value; null where it does not within the range.</summary>
    private static double? Solve(Func<double, double> of, double value, double low, double high)
    {
        if (!(of(low) <= value && of(high) >= value))
        {
            return null;
        }

        for (var i = 0; i < Bisections && high - low > 1e-13 * Math.Max(1, Math.Abs(low)); i++)
        {
            var middle = (low + high) / 2;
            if (of(middle) < value)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return (low + high) / 2;
    }

    private static bool Part(double value) => value is >= 0 and <= 1;

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new ArgumentException(message);
        }
    }
}
