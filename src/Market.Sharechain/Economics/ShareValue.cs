namespace Market.Sharechain;

/// <summary>
/// What a mature, never-expiring share (p2share) is worth: V(r), the sum over pool blocks to come of B / n_m e^(-r (t + t100)),
/// with the halvings of both chains on their schedules; the face value V0 is the same undiscounted, d_time = V(r) / V0. There is
/// no factor for immaturity: a share that can be sold is mature, and that others are not makes it win more. Both depend on
/// the horizon, which is therefore told beside every d.
/// </summary>
public sealed record ShareValue
{
    private const int Bisections = 80;
    private const double HighestYield = 1_000;
    private const double HashrateRange = 1e9;
    private const double MostGrowth = 50;

    private readonly PayoutStream _stream;

    private ShareValue(ShareValueInputs inputs)
    {
        Inputs = inputs;
        _stream = new PayoutStream(inputs);
        Face = Present(0);
        Discounted = Present(inputs.Rate);
        Wins = inputs.Winners * inputs.HolderPart * inputs.Mature * _stream.Sum(0, 1, 0);
        Model = ShareModel.Of(this);
    }

    /// <summary>What it was computed from.</summary>
    public ShareValueInputs Inputs { get; }

    /// <summary>V0: satoshis that one whole share is expected to be paid over the horizon, before the rules' parts.</summary>
    public double Face { get; }

    /// <summary>V(r): the same discounted.</summary>
    public double Discounted { get; }

    /// <summary>V(r) / V0; 1 where nothing is expected at all.</summary>
    public double DTime => Face > 0 ? Discounted / Face : 1;

    /// <summary>What the rules take away.</summary>
    public ShareModel Model { get; }

    /// <summary>V0 x d_time x d_params: what the model would pay for one whole share, in satoshis.</summary>
    public double ModelPrice => Discounted * Model.DParams;

    /// <summary>Draws that the stated holder wins in the horizon on average, at his units times the integral of
    /// lambda / n_m: what others are minted dilutes him. Each is worth B / K.</summary>
    public double Wins { get; }

    /// <summary>Computes the worth.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A figure that must be positive is not.</exception>
    public static ShareValue Of(ShareValueInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        Positive(inputs.HorizonYears, nameof(inputs.HorizonYears));
        Positive(inputs.MainSpacing, nameof(inputs.MainSpacing));
        Positive(inputs.MainWork, nameof(inputs.MainWork));
        Positive(inputs.ShareSpacing, nameof(inputs.ShareSpacing));
        Positive(inputs.Mature, nameof(inputs.Mature));
        Positive(inputs.Winners, nameof(inputs.Winners));
        if (!double.IsFinite(inputs.Rate) || inputs.Rate < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(inputs), inputs.Rate, "The rate is a number from 0.");
        }

        if (!(Math.Abs(inputs.Growth * inputs.HorizonYears) <= MostGrowth))
        {
            throw new ArgumentOutOfRangeException(nameof(inputs), inputs.Growth, "No hashrate grows like this.");
        }

        return new ShareValue(inputs);
    }

    /// <summary>d = price / face value; null where nothing is expected.</summary>
    /// <param name="price">Satoshis per whole share.</param>
    public double? DiscountOf(double price) => Face > 0 ? price / Face : null;

    /// <summary>Price over what a full-pay-per-share pool pays for the work behind a new share: price M I / (B w). No horizon,
    /// rate or hashrate goes into it. Null where no work mints shares any more.</summary>
    /// <param name="price">Satoshis per whole share.</param>
    public double? OverFpps(double price) => Inputs.FppsWorth is > 0 and { } worth ? price / worth : null;

    /// <summary>V at a yearly rate, in satoshis per whole share, t100 included.</summary>
    public double Present(double rate) => Within(rate, double.PositiveInfinity);

    /// <summary>
    /// Standard deviation over mean of what a holder is paid in the horizon, undiscounted: the square is the sum of
    /// q B^2 (p (1 - p) / K + p^2) over the square of the sum of q B p, p his part of n_m at each block. At constant B and
    /// p, over m blocks: (1 + (K - 1) p) / (K p m).
    /// </summary>
    /// <param name="part">His part of n_m now.</param>
    public double CoefficientOfVariation(double part)
    {
        var units = part * Inputs.Mature;
        var k = Inputs.Winners;
        var mean = units * _stream.Sum(1, 1, 0);
        var once = units * _stream.Sum(2, 1, 0);
        var twice = units * units * _stream.Sum(2, 2, 0);
        return mean > 0 ? Math.Sqrt((once / k) + (twice * (k - 1) / k)) / mean : double.PositiveInfinity;
    }

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

    /// <summary>
    /// The hashes a second of the sharechain's miners at which the model pays exactly this price (H*), a share taking as
    /// much more work; null where none within a factor of a thousand million does.
    /// </summary>
    /// <param name="price">Satoshis per whole share.</param>
    public double? ImpliedHashrate(double price)
    {
        var (low, high) = (-Math.Log(HashrateRange), Math.Log(HashrateRange));
        if (!(PriceAt(low) <= price && PriceAt(high) >= price))
        {
            return null;
        }

        for (var i = 0; i < Bisections; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = PriceAt(middle) < price ? (middle, high) : (low, middle);
        }

        return Inputs.PoolHashrate * Math.Exp((low + high) / 2);

        double PriceAt(double power) => Of(Inputs with
        {
            PoolHashrate = Inputs.PoolHashrate * Math.Exp(power),
            ShareWork = Inputs.ShareWork * Math.Exp(power),
        }).ModelPrice;
    }

    /// <summary>The part of V(r) that falls within some seconds from now, in satoshis per whole share.</summary>
    internal double Within(double rate, double seconds)
    {
        var wait = Math.Exp(-rate / ShareValueInputs.SecondsPerYear * Inputs.CoinbaseSeconds);
        return _stream.Sum(1, 1, rate, seconds) * wait * ShareUnits.PerShare;
    }

    private static void Positive(double value, string name)
    {
        if (!(value > 0) || !double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(name, value, "Must be a positive number.");
        }
    }
}
