namespace Market.Lab;

/// <summary>Miners of given parts of a pool's hashrate.</summary>
internal sealed class Miners
{
    private readonly double[] _until;

    /// <param name="parts">Of the hashrate; together 1.</param>
    public Miners(params ReadOnlySpan<double> parts)
    {
        _until = new double[parts.Length];
        var sum = 0.0;
        for (var i = 0; i < parts.Length; i++)
        {
            sum += parts[i];
            _until[i] = sum;
        }

        if (Math.Abs(sum - 1) > 1e-9)
        {
            throw new ArgumentOutOfRangeException(nameof(parts), sum, "The parts are not the whole.");
        }
    }

    /// <summary>How many.</summary>
    public int Count => _until.Length;

    /// <summary>Who finds the next share block.</summary>
    public int Next(LabRandom random)
    {
        var at = random.Fraction();
        var (low, high) = (0, _until.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = at < _until[middle] ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
