namespace Market.Bitcoin.Wallet;

/// <summary>The eight characters behind a descriptor's "#" (BIP380).</summary>
public static class DescriptorChecksum
{
    /// <summary>Length in characters.</summary>
    public const int Length = 8;

    private const string Charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private const string Inputs = "0123456789()[],'/*abcdefgh@:$%{}"
        + "IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~"
        + "ijklmnopqrstuvwxyzABCDEFGH`#\"\\ ";

    private static ReadOnlySpan<ulong> Generator =>
        [0xf5dee51989, 0xa9fdca3312, 0x1bab10e32d, 0x3706b1677a, 0x644d626ffd];

    /// <summary>The checksum of a descriptor without "#"; null where it has a character that none may have.</summary>
    public static string? Compute(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (check, group, groupSize) = (1UL, 0, 0);
        foreach (var character in text)
        {
            var at = Inputs.IndexOf(character, StringComparison.Ordinal);
            if (at < 0)
            {
                return null;
            }

            check = Step(check, at & 31);
            group = group * 3 + (at >> 5);
            if (++groupSize == 3)
            {
                check = Step(check, group);
                (group, groupSize) = (0, 0);
            }
        }

        if (groupSize > 0)
        {
            check = Step(check, group);
        }

        for (var i = 0; i < Length; i++)
        {
            check = Step(check, 0);
        }

        check ^= 1;
        var result = new char[Length];
        for (var i = 0; i < Length; i++)
        {
            result[i] = Charset[(int)(check >> (5 * (Length - 1 - i))) & 31];
        }

        return new string(result);
    }

    private static ulong Step(ulong check, int value)
    {
        var top = (int)(check >> 35);
        check = ((check & 0x7ffffffff) << 5) ^ (ulong)value;
        for (var i = 0; i < 5; i++)
        {
            check ^= ((top >> i) & 1) != 0 ? Generator[i] : 0;
        }

        return check;
    }
}
