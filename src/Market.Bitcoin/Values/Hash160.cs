using System.Runtime.InteropServices;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin;

/// <summary>RIPEMD-160 of SHA-256: names keys and scripts. Text is hexadecimal in the order the bytes stand.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public readonly record struct Hash160
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 20;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly uint _c;

    /// <summary>Reads 20 bytes.</summary>
    /// <exception cref="ArgumentException">The span is not 20 bytes long.</exception>
    public Hash160(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
        {
            throw new ArgumentException("A HASH160 is 20 bytes long.", nameof(bytes));
        }

        this = MemoryMarshal.Read<Hash160>(bytes);
    }

    /// <summary>Hashes the data.</summary>
    public static Hash160 Of(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[Length];
        Hashes.Hash160(data, hash);
        return new Hash160(hash);
    }

    /// <summary>Writes 20 bytes.</summary>
    public void CopyTo(Span<byte> destination) => MemoryMarshal.Write(destination, in this);

    /// <summary>A new array of the 20 bytes.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>40 hexadecimal digits.</summary>
    public override string ToString() => Hex.Encode(ToArray());
}
