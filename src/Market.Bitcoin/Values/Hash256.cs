using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Market.Bitcoin.Encoding;
using Market.Hashing;

namespace Market.Bitcoin;

/// <summary>
/// A 256-bit hash in internal byte order (as hashed and serialized). Text is the reversed order that the field shows.
/// The default value is all zeros.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct Hash256 : IEquatable<Hash256>, IComparable<Hash256>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 32;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    /// <summary>Reads 32 bytes in internal order.</summary>
    /// <param name="bytes">Exactly 32 bytes.</param>
    /// <exception cref="ArgumentException">The span is not 32 bytes long.</exception>
    public Hash256(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
        {
            throw new ArgumentException("A hash is 32 bytes long.", nameof(bytes));
        }

        this = MemoryMarshal.Read<Hash256>(bytes);
    }

    /// <summary>All zeros.</summary>
    public static Hash256 Zero => default;

    /// <summary>True for all zeros.</summary>
    public bool IsZero => (_a | _b | _c | _d) == 0;

    /// <summary>SHA256d of the data.</summary>
    public static Hash256 DoubleSha256(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[Length];
        Sha256d.Hash(data, hash);
        return new Hash256(hash);
    }

    /// <summary>Writes 32 bytes in internal order.</summary>
    public void CopyTo(Span<byte> destination) => MemoryMarshal.Write(destination, in this);

    /// <summary>A new array of the 32 bytes in internal order.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Reads 64 hexadecimal digits in display (reversed) order.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Hash256 hash)
    {
        hash = default;
        if (text is not { Length: Length * 2 } || !Hex.TryDecode(text, out var bytes))
        {
            return false;
        }

        Array.Reverse(bytes);
        hash = new Hash256(bytes);
        return true;
    }

    /// <summary>Reads 64 hexadecimal digits in display (reversed) order.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static Hash256 Parse(string text) =>
        TryParse(text, out var hash) ? hash : throw new FormatException("A hash is 64 hexadecimal digits.");

    /// <summary>The hash as a number, its bytes read as little-endian (how proof of work compares it).</summary>
    public U256 ToU256()
    {
        Span<byte> bytes = stackalloc byte[Length];
        CopyTo(bytes);
        return U256.FromLittleEndian(bytes);
    }

    /// <inheritdoc/>
    public bool Equals(Hash256 other) => _a == other._a && _b == other._b && _c == other._c && _d == other._d;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Hash256 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_a, _b); // 16 bytes of a hash: too many to aim at

    /// <summary>Orders by internal bytes, lexicographically.</summary>
    public int CompareTo(Hash256 other)
    {
        Span<byte> left = stackalloc byte[Length];
        Span<byte> right = stackalloc byte[Length];
        CopyTo(left);
        other.CopyTo(right);
        return left.SequenceCompareTo(right);
    }

    /// <summary>64 hexadecimal digits in display (reversed) order.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        CopyTo(bytes);
        bytes.Reverse();
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>Same bytes.</summary>
    public static bool operator ==(Hash256 left, Hash256 right) => left.Equals(right);

    /// <summary>Different bytes.</summary>
    public static bool operator !=(Hash256 left, Hash256 right) => !left.Equals(right);
}
