using System.Diagnostics.CodeAnalysis;

namespace Market.Bitcoin.Encoding;

/// <summary>Hexadecimal text of bytes in the order they stand.</summary>
public static class Hex
{
    /// <summary>Lower-case digits.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    /// <summary>Reads an even number of digits of either case.</summary>
    public static bool TryDecode([NotNullWhen(true)] string? text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text is null || text.Length % 2 != 0)
        {
            return false;
        }

        var result = new byte[text.Length / 2];
        if (Convert.FromHexString(text, result, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        bytes = result;
        return true;
    }

    /// <summary>Reads an even number of digits of either case.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static byte[] Decode(string text) => TryDecode(text, out var bytes)
        ? bytes
        : throw new FormatException("Not an even number of hexadecimal digits.");
}
