namespace Market.Lab;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood, 2014), begun anew for every game: the same numbers from the same seed, stream and game, on
/// any machine and any number of cores.
/// </summary>
internal sealed class LabRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private const double Unit = 1.0 / (1UL << 53);
    private ulong _state;

    /// <summary>Numbers of one game.</summary>
    /// <param name="seed">Of the whole run.</param>
    /// <param name="stream">Of the case that is played.</param>
    /// <param name="game">Of the game, from 0.</param>
    public LabRandom(ulong seed, int stream, long game)
    {
        _state = Mix(Mix(Mix(seed + Golden) + (ulong)stream) + (ulong)game);
    }

    /// <summary>64 bits.</summary>
    public ulong Bits() => Mix(_state += Golden);

    /// <summary>From 0, below 1.</summary>
    public double Fraction() => (Bits() >> 11) * Unit;

    /// <summary>True with this probability.</summary>
    public bool Chance(double probability) => Fraction() < probability;

    /// <summary>The time to the next event of a Poisson process of this mean time.</summary>
    public double Wait(double mean) => -Math.Log(1 - Fraction()) * mean;

    /// <summary>How many events of a Poisson process come where so many are expected; for means up to some hundred.</summary>
    public int Poisson(double mean)
    {
        var count = 0;
        for (var left = Wait(1); left < mean; left += Wait(1))
        {
            count++;
        }

        return count;
    }

    /// <summary>32 bytes, such as the id of a share.</summary>
    public void Fill(Span<byte> id)
    {
        for (var at = 0; at < id.Length; at += sizeof(ulong))
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(id[at..], Bits());
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
