using Market.Bitcoin.Encoding;

namespace Market.Bitcoin;

/// <summary>A script's bytes, not copied. The default value is the empty script. Equal where the bytes are.</summary>
public readonly partial struct Script : IEquatable<Script>
{
    /// <summary>Wraps the bytes; the caller must not change them afterwards.</summary>
    public Script(ReadOnlyMemory<byte> bytes) => Memory = bytes;

    /// <summary>No bytes.</summary>
    public static Script Empty => default;

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Memory { get; }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => Memory.Span;

    /// <summary>Length in bytes.</summary>
    public int Length => Memory.Length;

    /// <summary>True for no bytes.</summary>
    public bool IsEmpty => Memory.IsEmpty;

    /// <summary>From hexadecimal text.</summary>
    /// <exception cref="FormatException">Not hexadecimal.</exception>
    public static Script FromHex(string hex) => new(Hex.Decode(hex));

    /// <summary>A new array of the bytes.</summary>
    public byte[] ToArray() => Memory.ToArray();

    /// <inheritdoc/>
    public bool Equals(Script other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Script other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    /// <summary>Hexadecimal text of the bytes.</summary>
    public override string ToString() => Hex.Encode(Span);

    /// <summary>Same bytes.</summary>
    public static bool operator ==(Script left, Script right) => left.Equals(right);

    /// <summary>Different bytes.</summary>
    public static bool operator !=(Script left, Script right) => !left.Equals(right);
}
