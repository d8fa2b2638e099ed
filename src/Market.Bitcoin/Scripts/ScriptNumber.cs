namespace Market.Bitcoin;

/// <summary>
/// Numbers as scripts hold them: little-endian magnitude, the top bit of the last byte is the sign, 0 is no bytes.
/// </summary>
public static class ScriptNumber
{
    /// <summary>Bytes that arithmetic operations take at most.</summary>
    public const int DefaultMaxLength = 4;

    /// <summary>Bytes that a 64-bit number takes at most.</summary>
    public const int MaxEncodedLength = 9;

    /// <summary>Writes the shortest form.</summary>
    /// <param name="value">The number.</param>
    /// <param name="destination">At least <see cref="MaxEncodedLength"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(long value, Span<byte> destination)
    {
        if (value == 0)
        {
            return 0;
        }

        var magnitude = value < 0 ? unchecked(0UL - (ulong)value) : (ulong)value;
        var length = 0;
        for (; magnitude != 0; magnitude >>= 8)
        {
            destination[length++] = (byte)magnitude;
        }

        if ((destination[length - 1] & 0x80) != 0)
        {
            destination[length++] = 0;
        }

        if (value < 0)
        {
            destination[length - 1] |= 0x80;
        }

        return length;
    }

    /// <summary>The shortest form as a new array.</summary>
    public static byte[] Encode(long value)
    {
        Span<byte> bytes = stackalloc byte[MaxEncodedLength];
        return bytes[..Write(value, bytes)].ToArray();
    }

    /// <summary>True where no shorter form of the same number exists.</summary>
    public static bool IsMinimal(ReadOnlySpan<byte> bytes) =>
        bytes.IsEmpty || (bytes[^1] & 0x7f) != 0 || (bytes.Length > 1 && (bytes[^2] & 0x80) != 0);

    /// <summary>Reads a number.</summary>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="requireMinimal">Refuse forms that could be shorter (MINIMALDATA).</param>
    /// <param name="maxLength">Refuse longer ones; at most 8.</param>
    /// <param name="value">The number.</param>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, bool requireMinimal, int maxLength, out long value)
    {
        value = 0;
        if (bytes.Length > Math.Min(maxLength, 8) || (requireMinimal && !IsMinimal(bytes)))
        {
            return false;
        }

        for (var i = 0; i < bytes.Length; i++)
        {
            var part = i == bytes.Length - 1 ? bytes[i] & 0x7f : bytes[i];
            value |= (long)part << (8 * i);
        }

        if (!bytes.IsEmpty && (bytes[^1] & 0x80) != 0)
        {
            value = -value;
        }

        return true;
    }
}
