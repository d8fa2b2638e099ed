namespace Market.Sharechain;

/// <summary>
/// What a never-expiring share is worth. Per pool block a share expects B(t) / n(t); over a horizon T it is worth
/// V(r) = integral of lambda B(t) / n(t) e^(-rt) dt, with the halvings of both chains on their schedules. V0 = V(0) is
/// its face value, d_time = V(r) / V0.
/// </summary>
public sealed record ShareValue
{
    private const int PanelsPerSegment = 64;
    private const int MostSegments = 160;
    private const int Bisections = 80;
    private const double HighestYield = 1_000;
    private const double HashrateRange = 1e9;

    private readonly List<Segment> _segments;

    private ShareValue(ShareValueInputs inputs)
    {
        Inputs = inputs;
        _segments = SegmentsOf(inputs);
        Face = Present(0);
        Discounted = Present(inputs.Rate);
        Model = ShareModel.Of(inputs, Face, ExpectedBlocks);
    }

    /// <summary>What it was computed from.</summary>
    public ShareValueInputs Inputs { get; }

    /// <summary>V0: satoshis that one whole share is expected to be paid over the horizon.</summary>
    public double Face { get; }

    /// <summary>V(r): the same discounted.</summary>
    public double Discounted { get; }

    /// <summary>V(r) / V0; 1 where nothing is expected at all.</summary>
    public double DTime => Face > 0 ? Discounted / Face : 1;

    /// <summary>What the rules take away.</summary>
    public ShareModel Model { get; }

    /// <summary>V0 x d_time x d_params: what the model would pay for one whole share, in satoshis.</summary>
    public double ModelPrice => Discounted * Model.DParams;

    /// <summary>Expected number of pool blocks in the horizon, those after the last reward left out.</summary>
    public double ExpectedBlocks => Inputs.BlockRate * _segments.Where(s => s.Reward > 0).Sum(s => s.Seconds);

    /// <summary>Computes the worth.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A figure that must be positive is not.</exception>
    public static ShareValue Of(ShareValueInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        Positive(inputs.HorizonYears, nameof(inputs.HorizonYears));
        Positive(inputs.MainSpacing, nameof(inputs.MainSpacing));
        Positive(inputs.MainWork, nameof(inputs.MainWork));
        Positive(inputs.ShareSpacing, nameof(inputs.ShareSpacing));
        Positive(inputs.Outstanding, nameof(inputs.Outstanding));
        if (!double.IsFinite(inputs.Rate) || inputs.Rate < 0)
            throw new ArgumentOutOfRangeException(nameof(inputs), inputs.Rate, "The rate is a number from 0.");
        return new ShareValue(inputs);
    }

    /// <summary>d = price / face value; null where nothing is expected.</summary>
    /// <param name="price">Satoshis per whole share.</param>
    public double? DiscountOf(double price) => Face > 0 ? price / Face : null;

    /// <summary>The yearly rate at which the model pays exactly this price (r*); null where even no discount would pay
    /// less, or no rate below 1,000 is high enough.</summary>
    /// <param name="price">Satoshis per whole share.</param>
    public double? ImpliedYield(double price)
    {
        if (price <= 0 || price > Face * Model.DParams) return null;
        if (Present(HighestYield) * Model.DParams > price) return null;
        var (low, high) = (0.0, HighestYield);
        for (var i = 0; i < Bisections; i++)
        {
            var middle = (low + high) / 2;
            if (Present(middle) * Model.DParams > price) low = middle;
            else high = middle;
        }
        return (low + high) / 2;
    }

    /// <summary>
    /// The hashes a second of the sharechain's miners at which the model pays exactly this price (H*); null where none
    /// within a factor of a thousand million does.
    /// </summary>
    /// <param name="price">Satoshis per whole share.</param>
    public double? ImpliedHashrate(double price)
    {
        var (low, high) = (-Math.Log(HashrateRange), Math.Log(HashrateRange));
        if (!(PriceAt(low) <= price && PriceAt(high) >= price)) return null;
        for (var i = 0; i < Bisections; i++)
        {
            var middle = (low + high) / 2;
            if (PriceAt(middle) < price) low = middle;
            else high = middle;
        }
        return Inputs.PoolHashrate * Math.Exp((low + high) / 2);

        double PriceAt(double power) =>
            Of(Inputs with { PoolHashrate = Inputs.PoolHashrate * Math.Exp(power) }).ModelPrice;
    }

    /// <summary>V at a yearly rate, in satoshis per whole share.</summary>
    public double Present(double rate)
    {
        var perSecond = rate / ShareValueInputs.SecondsPerYear;
        return _segments.Sum(s => s.Value(perSecond)) * Inputs.BlockRate * ShareUnits.PerShare;
    }

    /// <summary>Cuts the horizon at the halvings of both chains.</summary>
    private static List<Segment> SegmentsOf(ShareValueInputs inputs)
    {
        var horizon = inputs.HorizonYears * ShareValueInputs.SecondsPerYear;
        var segments = new List<Segment>();
        double main = inputs.MainHeight + 1L;
        double share = inputs.ShareHeight + 1L;
        double units = inputs.Outstanding;
        var at = 0.0;
        while (at < horizon && segments.Count < MostSegments)
        {
            var reward = inputs.MainIssuance.At(Clamp(main)).Sats;
            var issued = inputs.ShareIssuance.At(Clamp(share)).Sats;
            if (reward == 0) break;
            var toMain = ToNext(main, inputs.MainIssuance.HalvingInterval) * inputs.MainSpacing;
            var toShare = issued == 0
                ? horizon
                : ToNext(share, inputs.ShareIssuance.HalvingInterval) * inputs.ShareSpacing;
            var seconds = Math.Min(horizon - at, Math.Min(toMain, toShare));
            var segment = new Segment(at, seconds, reward, units, issued / inputs.ShareSpacing);
            segments.Add(segment);
            at += seconds;
            units += segment.UnitsPerSecond * seconds;
            main = Math.Round(main + seconds / inputs.MainSpacing, 6);
            share = Math.Round(share + seconds / inputs.ShareSpacing, 6);
        }
        return segments;
    }

    private static int Clamp(double height) => (int)Math.Min(int.MaxValue, Math.Floor(height));

    private static double ToNext(double height, int interval) =>
        (Math.Floor(height / interval) + 1) * interval - height;

    private static void Positive(double value, string name)
    {
        if (!(value > 0) || !double.IsFinite(value))
            throw new ArgumentOutOfRangeException(name, value, "Must be a positive number.");
    }

    /// <summary>A stretch of time without a halving.</summary>
    /// <param name="Start">Seconds from now.</param>
    /// <param name="Seconds">How long it is.</param>
    /// <param name="Reward">Satoshis a pool block.</param>
    /// <param name="Units">Base units at its start.</param>
    /// <param name="UnitsPerSecond">Base units issued a second.</param>
    private readonly record struct Segment(
        double Start, double Seconds, double Reward, double Units, double UnitsPerSecond)
    {
        /// <summary>Integral of B / n(t) e^(-rt) dt. With n(t) = n + ct the step s = ln(1 + ct/n) makes the integrand
        /// the discount alone, smooth however much n grows; Simpson's rule over it.</summary>
        public double Value(double rate)
        {
            if (UnitsPerSecond <= 0)
            {
                var span = rate > 0 ? -Math.Exp(-rate * Start) * Expm1(-rate * Seconds) / rate : Seconds;
                return Reward / Units * span;
            }
            var growth = UnitsPerSecond / Units;
            var end = Math.Log(1 + growth * Seconds);
            var step = end / PanelsPerSegment;
            var sum = 0.0;
            for (var i = 0; i <= PanelsPerSegment; i++)
            {
                var t = Start + Expm1(i * step) / growth;
                var weight = i is 0 or PanelsPerSegment ? 1 : i % 2 == 1 ? 4 : 2;
                sum += weight * Math.Exp(-rate * t);
            }
            return Reward / UnitsPerSecond * sum * step / 3;
        }

        /// <summary>e^x - 1 without losing small x.</summary>
        private static double Expm1(double x) =>
            Math.Abs(x) < 1e-5 ? x + x * x / 2 + x * x * x / 6 : Math.Exp(x) - 1;
    }
}

/// <summary>Base units of shares.</summary>
public static class ShareUnits
{
    /// <summary>Base units in one whole share.</summary>
    public const double PerShare = 100_000_000;
}
