using System.Diagnostics.CodeAnalysis;

namespace Market.Bitcoin.Encoding;

/// <summary>Which checksum a text carries.</summary>
public enum Bech32Variant
{
    /// <summary>BIP173: witness version 0.</summary>
    Bech32 = 1,

    /// <summary>BIP350: witness versions 1 to 16.</summary>
    Bech32m = 0x2bc830a3,
}

/// <summary>Bech32 and bech32m text (BIP173, BIP350).</summary>
public static class Bech32
{
    /// <summary>Longest text that the checksum is made for.</summary>
    public const int MaxLength = 90;

    private const string Charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private const int ChecksumLength = 6;

    /// <summary>Writes values of 5 bits under a human-readable part, lower case.</summary>
    /// <exception cref="ArgumentException">The text would be longer than <see cref="MaxLength"/>, a value has more than 5
    /// bits, or the human-readable part is empty, not of printable ASCII, or has upper case.</exception>
    public static string Encode(string hrp, ReadOnlySpan<byte> values, Bech32Variant variant)
    {
        ArgumentException.ThrowIfNullOrEmpty(hrp);
        if (!IsOneCasePrintable(hrp) || hrp.AsSpan().ContainsAnyInRange('A', 'Z'))
        {
            throw new ArgumentException("A human-readable part is of printable ASCII in lower case.", nameof(hrp));
        }

        if (values.ContainsAnyExceptInRange((byte)0, (byte)31))
        {
            throw new ArgumentException("Values are of 5 bits.", nameof(values));
        }

        var length = hrp.Length + 1 + values.Length + ChecksumLength;
        if (length > MaxLength)
        {
            throw new ArgumentException("Too long for bech32.", nameof(values));
        }

        var check = Checksum(hrp, values) ^ (uint)variant;
        var text = new char[length];
        hrp.CopyTo(text);
        text[hrp.Length] = '1';
        var at = hrp.Length + 1;
        foreach (var value in values)
        {
            text[at++] = Charset[value];
        }

        for (var i = 0; i < ChecksumLength; i++)
        {
            text[at++] = Charset[(int)(check >> (5 * (ChecksumLength - 1 - i))) & 31];
        }

        return new string(text);
    }

    /// <summary>Reads text of one case.</summary>
    /// <param name="text">The text.</param>
    /// <param name="hrp">The human-readable part, lower case.</param>
    /// <param name="values">Values of 5 bits without checksum.</param>
    /// <param name="variant">Which checksum was right.</param>
    public static bool TryDecode(
        string? text,
        [NotNullWhen(true)] out string? hrp,
        [NotNullWhen(true)] out byte[]? values,
        out Bech32Variant variant)
    {
        (hrp, values, variant) = (null, null, default);
        if (text is null || text.Length > MaxLength || !IsOneCasePrintable(text))
        {
            return false;
        }

        var lower = text.ToLowerInvariant();
        var separator = lower.LastIndexOf('1');
        if (separator < 1 || separator + 1 + ChecksumLength > lower.Length)
        {
            return false;
        }

        var all = new byte[lower.Length - separator - 1];
        for (var i = 0; i < all.Length; i++)
        {
            var value = Charset.IndexOf(lower[separator + 1 + i], StringComparison.Ordinal);
            if (value < 0)
            {
                return false;
            }

            all[i] = (byte)value;
        }

        hrp = lower[..separator];
        variant = (Bech32Variant)Polymod(hrp, all);
        if (variant is not (Bech32Variant.Bech32 or Bech32Variant.Bech32m))
        {
            hrp = null;
            return false;
        }

        values = all[..^ChecksumLength];
        return true;
    }

    /// <summary>Regroups bits, most significant first.</summary>
    /// <param name="input">Values of so many bits.</param>
    /// <param name="from">Bits of an input value.</param>
    /// <param name="to">Bits of an output value.</param>
    /// <param name="pad">True pads the last value with zeros; false refuses padding that is not short and zero.</param>
    /// <param name="output">The values.</param>
    /// <returns>False for padding that is refused, and where an input value has more bits than stated.</returns>
    public static bool TryConvertBits(
        ReadOnlySpan<byte> input, int from, int to, bool pad, [NotNullWhen(true)] out byte[]? output)
    {
        output = null;
        var result = new List<byte>((input.Length * from + to - 1) / to);
        var (accumulator, bits) = (0u, 0);
        var mask = (1u << to) - 1;
        foreach (var value in input)
        {
            if (value >> from != 0)
            {
                return false;
            }

            accumulator = ((accumulator << from) | value) & 0xfff;
            bits += from;
            while (bits >= to)
            {
                bits -= to;
                result.Add((byte)((accumulator >> bits) & mask));
            }
        }

        if (pad && bits > 0)
        {
            result.Add((byte)((accumulator << (to - bits)) & mask));
        }
        else if (!pad && (bits >= from || ((accumulator << (to - bits)) & mask) != 0))
        {
            return false;
        }

        output = [.. result];
        return true;
    }

    private static bool IsOneCasePrintable(string text)
    {
        var (lower, upper) = (false, false);
        foreach (var character in text)
        {
            if (character is < '!' or > '~')
            {
                return false;
            }

            lower |= char.IsAsciiLetterLower(character);
            upper |= char.IsAsciiLetterUpper(character);
        }

        return !(lower && upper);
    }

    private static uint Checksum(string hrp, ReadOnlySpan<byte> values)
    {
        Span<byte> padded = stackalloc byte[values.Length + ChecksumLength];
        padded.Clear();
        values.CopyTo(padded);
        return Polymod(hrp, padded);
    }

    private static uint Polymod(string hrp, ReadOnlySpan<byte> values)
    {
        var check = 1u;
        foreach (var character in hrp)
        {
            check = Step(check, (uint)character >> 5);
        }

        check = Step(check, 0);
        foreach (var character in hrp)
        {
            check = Step(check, (uint)character & 31);
        }

        foreach (var value in values)
        {
            check = Step(check, value);
        }

        return check;
    }

    private static uint Step(uint check, uint value)
    {
        var top = check >> 25;
        check = ((check & 0x1ffffff) << 5) ^ value;
        check ^= (top & 1) != 0 ? 0x3b6a57b2u : 0;
        check ^= (top & 2) != 0 ? 0x26508e6du : 0;
        check ^= (top & 4) != 0 ? 0x1ea119fau : 0;
        check ^= (top & 8) != 0 ? 0x3d4233ddu : 0;
        check ^= (top & 16) != 0 ? 0x2a1462b3u : 0;
        return check;
    }
}
