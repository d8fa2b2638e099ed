namespace Market.Bitcoin;

/// <summary>Writes numbers as Golomb-Rice codes, the mirror of <see cref="GolombReader"/>.</summary>
internal sealed class GolombWriter
{
    private readonly List<byte> _bytes = [];
    private int _free;

    /// <summary>Writes the difference to the number before.</summary>
    public void Write(ulong difference)
    {
        for (var quotient = difference >> CompactFilter.RemainderBits; quotient > 0; quotient--)
        {
            Bit(true);
        }

        Bit(false);
        for (var bit = CompactFilter.RemainderBits - 1; bit >= 0; bit--)
        {
            Bit((difference >> bit & 1) != 0);
        }
    }

    /// <summary>The bytes, the last one filled with noughts.</summary>
    public byte[] Finish() => [.. _bytes];

    private void Bit(bool isSet)
    {
        if (_free == 0)
        {
            _bytes.Add(0);
            _free = 8;
        }

        _free--;
        if (isSet)
        {
            _bytes[^1] |= (byte)(1 << _free);
        }
    }
}
