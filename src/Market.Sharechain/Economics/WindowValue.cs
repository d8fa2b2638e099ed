namespace Market.Sharechain;

/// <summary>
/// What a share is worth that a window pays until it expires (PPLNS). Pool blocks come at H / M a second and pay B / n a share, n
/// the shares outstanding: W / s once the window is full, H t / s before. Summed over what is left of its life: F (1 - a) with
/// F = B s / M in a full window, and F (ln(W / (H A)) + H A / W - a) while the chain's age A is below W / H.
/// </summary>
public sealed record WindowValue
{
    private const int Bisections = 80;
    private const double HighestYield = 1_000;
    private const double WidestPanel = 0.5;
    private const double FarthestDiscount = 60;

    private WindowValue(WindowValueInputs inputs)
    {
        Inputs = inputs;
        Face = Present(0);
        Discounted = Present(inputs.Rate);
        Model = WindowModel.Of(this);
    }

    /// <summary>What it was computed from.</summary>
    public WindowValueInputs Inputs { get; }

    /// <summary>F = B s / M: satoshis that a full-pay-per-share pool would owe for a fresh whole share.</summary>
    public double FreshFace => Inputs.Reward * Inputs.HashesPerShare / Inputs.MainWork;

    /// <summary>V0: satoshis that one whole share of this age is expected to be paid, before the rules' parts.</summary>
    public double Face { get; }

    /// <summary>V(r): the same discounted.</summary>
    public double Discounted { get; }

    /// <summary>V(r) / V0; 1 where nothing is expected at all.</summary>
    public double DTime => Face > 0 ? Discounted / Face : 1;

    /// <summary>What the rules take away.</summary>
    public WindowModel Model { get; }

    /// <summary>V0 x d_time x d_params for the insider who buys: what the model would have him pay, in satoshis.</summary>
    public double ModelPrice => Discounted * Model.DParams;

    /// <summary>What holding one whole share is worth to its owner, in satoshis: nothing below the cut.</summary>
    public double OwnerPrice => Discounted * Model.Common * Model.TopOwner;

    /// <summary>m: pool blocks expected in the share's remaining life.</summary>
    public double Blocks => Inputs.Window / Inputs.MainWork * Span(Inputs);

    /// <summary>e^-m: the chance that it is never paid at all.</summary>
    public double ChanceOfNone => Math.Exp(-Blocks);

    /// <summary>Standard deviation over mean of what the share is paid, undiscounted: 1 / sqrt(m) in a full window.</summary>
    public double CoefficientOfVariation
    {
        get
        {
            var (once, twice) = (Sum(Inputs, 0), Squares(Inputs));
            return once > 0 ? Math.Sqrt(twice / (Inputs.Window / Inputs.MainWork)) / once : double.PositiveInfinity;
        }
    }

    /// <summary>Computes the worth.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A figure that must be positive is not.</exception>
    public static WindowValue Of(WindowValueInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        Positive(inputs.MainSpacing, nameof(inputs.MainSpacing));
        Positive(inputs.MainWork, nameof(inputs.MainWork));
        Positive(inputs.Window, nameof(inputs.Window));
        Positive(inputs.HashesPerShare, nameof(inputs.HashesPerShare));
        Positive(inputs.PoolHashrate, nameof(inputs.PoolHashrate));
        Positive(inputs.Filled, nameof(inputs.Filled));
        if (!double.IsFinite(inputs.Rate) || inputs.Rate < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(inputs), inputs.Rate, "The rate is a number from 0.");
        }

        if (!(inputs.Aged >= 0) || inputs.Filled > 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(inputs), inputs.Aged, "An age is a number from 0, and no more than all of the window is filled.");
        }

        if (inputs.Slots is { } slots && !(slots.Top > 0 && slots.Top <= slots.All && slots.Buyer >= 0 && slots.Buyer <= slots.Top))
        {
            throw new ArgumentOutOfRangeException(nameof(inputs), slots, "0 < S_top <= S, and 0 <= x <= S_top.");
        }

        return new WindowValue(inputs);
    }

    /// <summary>
    /// The most hashes a second at which what matures after so many blocks can be sold before it expires: W / (maturity x
    /// spacing). With a pool of more a share expires before it is mature.
    /// </summary>
    /// <param name="window">W, hashes.</param>
    /// <param name="maturity">Blocks until a sharebase can be spent.</param>
    /// <param name="shareSpacing">Seconds between share blocks.</param>
    public static double MostHashrate(double window, int maturity, double shareSpacing) =>
        window / (maturity * shareSpacing);

    /// <summary>d = price / face value; null where nothing is expected.</summary>
    /// <param name="price">Satoshis per whole share.</param>
    public double? DiscountOf(double price) => Face > 0 ? price / Face : null;

    /// <summary>V at a yearly rate, in satoshis per whole share, t100 included.</summary>
    public double Present(double rate) => Within(rate, double.PositiveInfinity);

    /// <summary>The yearly rate at which the model pays exactly this price (r*); null where even no discount would pay
    /// less, or no rate below 1,000 is high enough.</summary>
    /// <param name="price">Satoshis per whole share.</param>
    public double? ImpliedYield(double price)
    {
        if (price <= 0 || price > PriceAt(0) || PriceAt(HighestYield) > price)
        {
            return null;
        }

        var (low, high) = (0.0, HighestYield);
        for (var i = 0; i < Bisections; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = PriceAt(middle) > price ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;

        double PriceAt(double rate) => Present(rate) * Model.DParams;
    }

    /// <summary>The part of V(r) that falls within some seconds from now, in satoshis per whole share.</summary>
    internal double Within(double rate, double seconds)
    {
        var wait = Math.Exp(
            -rate / ShareValueInputs.SecondsPerYear * ShareValueInputs.CoinbaseMaturity * Inputs.MainSpacing);
        return FreshFace * wait * Sum(Inputs, rate, seconds);
    }

    // How far the share's payouts go, in full lives W / H.
    private static double Span(WindowValueInputs inputs, double seconds = double.PositiveInfinity)
    {
        var horizon = inputs.HorizonYears * ShareValueInputs.SecondsPerYear ?? double.PositiveInfinity;
        return Math.Min(Math.Max(0, 1 - inputs.Aged), Math.Min(horizon, seconds) / inputs.LifeSeconds);
    }

    // Integral of e^(-rate t) over the filled part, time in full lives: 1 / (filled + x) until the window is full.
    private static double Sum(WindowValueInputs inputs, double rate, double seconds = double.PositiveInfinity)
    {
        var end = Span(inputs, seconds);
        var young = Math.Min(end, 1 - inputs.Filled);
        var decay = rate / ShareValueInputs.SecondsPerYear * inputs.LifeSeconds;
        return Growing(inputs.Filled, young, decay) + Full(young, end, decay);
    }

    // With u = ln(filled + x) the integrand is e^(-decay (e^u - filled)), which is smooth over all ages.
    private static double Growing(double filled, double young, double decay)
    {
        var (at, end) = (Math.Log(filled), Math.Log(filled + young));
        if (decay <= 0)
        {
            return end - at;
        }

        var (sum, function) = (0.0, new Dilution(filled, decay));
        while (at < end && decay * (Math.Exp(at) - filled) < FarthestDiscount)
        {
            var next = Math.Min(end, at + Math.Min(WidestPanel, 1 / (decay * Math.Exp(at + WidestPanel))));
            sum += GaussLegendre.Integral(at, next, function);
            at = next;
        }

        return sum;
    }

    private static double Full(double from, double to, double decay) => decay * (to - from) < 1e-9
        ? (to - from) * Math.Exp(-decay * from)
        : (Math.Exp(-decay * from) - Math.Exp(-decay * to)) / decay;

    private static double Squares(WindowValueInputs inputs)
    {
        var end = Span(inputs);
        var young = Math.Min(end, 1 - inputs.Filled);
        return (1 / inputs.Filled) - (1 / (inputs.Filled + young)) + (end - young);
    }

    private static void Positive(double value, string name)
    {
        if (!(value > 0) || !double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(name, value, "Must be a positive number.");
        }
    }

    private readonly record struct Dilution(double Filled, double Decay) : IIntegrand
    {
        public double At(double x) => Math.Exp(-Decay * (Math.Exp(x) - Filled));
    }
}
