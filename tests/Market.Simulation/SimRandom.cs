namespace Market.Simulation;

/// <summary>SplitMix64 (Steele, Lea and Flood, 2014): the same numbers from the same seed, on any machine.</summary>
internal sealed class SimRandom(ulong seed)
{
    private const double Unit = 1.0 / (1UL << 53);
    private ulong _state = seed;

    /// <summary>64 bits.</summary>
    public ulong Bits()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>From 0, below 1.</summary>
    public double Fraction() => (Bits() >> 11) * Unit;

    /// <summary>True once in so many, on average.</summary>
    public bool OneIn(int many) => Below(many) == 0;

    /// <summary>True with this probability.</summary>
    public bool Chance(double probability) => Fraction() < probability;

    /// <summary>From 0, below the bound; 0 where that is not above it.</summary>
    public long Below(long bound) => bound <= 1 ? 0 : (long)(Bits() % (ulong)bound);

    /// <summary>From one to the other, both included; the first where the second is not above it.</summary>
    public long Between(long first, long last) => first + Below(last - first + 1);

    /// <summary>The time to the next event of a Poisson process.</summary>
    /// <param name="mean">Seconds.</param>
    public long Wait(double mean) => (long)Math.Round(-Math.Log(1 - Fraction()) * mean);
}
