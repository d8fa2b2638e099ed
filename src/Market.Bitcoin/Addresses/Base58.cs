using System.Diagnostics.CodeAnalysis;

namespace Market.Bitcoin.Encoding;

/// <summary>Base58 and base58check: bytes as text, with four bytes of SHA256d at the end.</summary>
public static class Base58
{
    /// <summary>Longer text is refused: the work grows with its square. Extended keys take 111 characters.</summary>
    public const int MaxTextLength = 1024;

    private const string Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    private const int ChecksumLength = 4;

    /// <summary>Writes bytes, no checksum.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        var zeros = bytes.IndexOfAnyExcept((byte)0) is >= 0 and var at ? at : bytes.Length;
        Span<byte> digits = new byte[(bytes.Length - zeros) * 138 / 100 + 1];
        var length = 0;
        foreach (var value in bytes[zeros..])
        {
            var carry = (int)value;
            for (var i = 0; i < length || carry != 0; i++)
            {
                carry += digits[i] << 8;
                digits[i] = (byte)(carry % 58);
                carry /= 58;
                length = Math.Max(length, i + 1);
            }
        }

        var text = new char[zeros + length];
        Array.Fill(text, Alphabet[0], 0, zeros);
        for (var i = 0; i < length; i++)
        {
            text[zeros + i] = Alphabet[digits[length - 1 - i]];
        }

        return new string(text);
    }

    /// <summary>Reads text without checksum. Spaces are refused.</summary>
    public static bool TryDecode([NotNullWhen(true)] string? text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text is null || text.Length > MaxTextLength)
        {
            return false;
        }

        var zeros = text.AsSpan().IndexOfAnyExcept(Alphabet[0]) is >= 0 and var at ? at : text.Length;
        Span<byte> digits = new byte[(text.Length - zeros) * 733 / 1000 + 1];
        var length = 0;
        foreach (var character in text.AsSpan(zeros))
        {
            var carry = Alphabet.IndexOf(character, StringComparison.Ordinal);
            if (carry < 0)
            {
                return false;
            }

            for (var i = 0; i < length || carry != 0; i++)
            {
                carry += digits[i] * 58;
                digits[i] = (byte)carry;
                carry >>= 8;
                length = Math.Max(length, i + 1);
            }
        }

        bytes = new byte[zeros + length];
        digits[..length].CopyTo(bytes.AsSpan(zeros));
        bytes.AsSpan(zeros).Reverse();
        return true;
    }

    /// <summary>Writes bytes and their checksum.</summary>
    public static string EncodeCheck(ReadOnlySpan<byte> payload)
    {
        Span<byte> bytes = new byte[payload.Length + ChecksumLength];
        payload.CopyTo(bytes);
        Checksum(payload, bytes[payload.Length..]);
        return Encode(bytes);
    }

    /// <summary>Reads text and takes the checksum off where it is right.</summary>
    public static bool TryDecodeCheck([NotNullWhen(true)] string? text, [NotNullWhen(true)] out byte[]? payload)
    {
        payload = null;
        if (!TryDecode(text, out var bytes) || bytes.Length < ChecksumLength)
        {
            return false;
        }

        Span<byte> checksum = stackalloc byte[ChecksumLength];
        Checksum(bytes.AsSpan(0, bytes.Length - ChecksumLength), checksum);
        if (!checksum.SequenceEqual(bytes.AsSpan(bytes.Length - ChecksumLength)))
        {
            return false;
        }

        payload = bytes[..^ChecksumLength];
        return true;
    }

    private static void Checksum(ReadOnlySpan<byte> payload, Span<byte> destination)
    {
        Span<byte> hash = stackalloc byte[32];
        Hashes.Hash256(payload, hash);
        hash[..ChecksumLength].CopyTo(destination);
    }
}
