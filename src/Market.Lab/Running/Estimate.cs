namespace Market.Lab;

/// <summary>What games say of a figure.</summary>
/// <param name="Mean">Over all games.</param>
/// <param name="Deviation">Standard deviation of one game.</param>
/// <param name="Games">How many.</param>
public readonly record struct Estimate(double Mean, double Deviation, long Games)
{
    /// <summary>Standard error of the mean.</summary>
    public double Error => Games > 1 ? Deviation / Math.Sqrt(Games) : double.PositiveInfinity;

    /// <summary>The figure in another unit.</summary>
    public Estimate Times(double factor) => new(Mean * factor, Deviation * Math.Abs(factor), Games);
}

/// <summary>Sums of a figure, game after game (Welford, 1962): no game is kept.</summary>
internal struct Tally
{
    private long _games;
    private double _mean;
    private double _squares;

    public void Add(double figure)
    {
        _games++;
        var off = figure - _mean;
        _mean += off / _games;
        _squares += off * (figure - _mean);
    }

    public readonly Estimate ToEstimate() => new(_mean, _games > 1 ? Math.Sqrt(_squares / (_games - 1)) : 0, _games);
}
