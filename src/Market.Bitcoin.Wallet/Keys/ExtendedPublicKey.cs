using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet;

/// <summary>A public key with a chain code, from which public children are derived (BIP32).</summary>
public sealed class ExtendedPublicKey : IEquatable<ExtendedPublicKey>
{
    internal const int SerializedLength = 78;

    private readonly byte[] _chainCode;

    internal ExtendedPublicKey(
        PublicKey key, ReadOnlySpan<byte> chainCode, int depth, uint parentFingerprint, uint index)
    {
        Key = key;
        _chainCode = chainCode.ToArray();
        (Depth, ParentFingerprint, Index) = (depth, parentFingerprint, index);
    }

    /// <summary>The key itself.</summary>
    public PublicKey Key { get; }

    /// <summary>Steps from the master key, at most 255.</summary>
    public int Depth { get; }

    /// <summary>The parent's fingerprint; nought for a master key.</summary>
    public uint ParentFingerprint { get; }

    /// <summary>The key's number among its parent's children.</summary>
    public uint Index { get; }

    /// <summary>The first four bytes of the key's HASH160, big-endian.</summary>
    public uint Fingerprint
    {
        get
        {
            Span<byte> hash = stackalloc byte[Hash160.Length];
            Hashes.Hash160(Key.Span, hash);
            return BinaryPrimitives.ReadUInt32BigEndian(hash);
        }
    }

    /// <summary>Reads "xpub...".</summary>
    public static bool TryParse(string? text, Network network, [NotNullWhen(true)] out ExtendedPublicKey? key)
    {
        ArgumentNullException.ThrowIfNull(network);
        key = null;
        if (ExtendedKeyParts.TryRead(text, network.ExtendedPublicPrefix, out var parts)
            && parts.KeyBytes.Span is [2 or 3, ..] && PublicKey.TryParse(parts.KeyBytes.Span, out var point))
        {
            key = new ExtendedPublicKey(
                point, parts.ChainCode.Span, parts.Depth, parts.ParentFingerprint, parts.Index);
        }

        return key is not null;
    }

    /// <summary>One child.</summary>
    /// <param name="index">The child's number, not hardened: those need the private key.</param>
    /// <exception cref="ArgumentOutOfRangeException">A hardened number.</exception>
    /// <exception cref="InvalidOperationException">Depth 255; or (never by chance) there is no such child.</exception>
    public ExtendedPublicKey Derive(uint index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, KeyPath.Hardened);
        if (Depth == 255)
        {
            throw new InvalidOperationException("A key of depth 255 has no children.");
        }

        Span<byte> data = stackalloc byte[37];
        Key.Span.CopyTo(data);
        BinaryPrimitives.WriteUInt32BigEndian(data[33..], index);
        Span<byte> output = stackalloc byte[64];
        HMACSHA512.HashData(_chainCode, data, output);
        return Key.TryAddTweak(output[..32], out var child)
            ? new ExtendedPublicKey(child, output[32..], Depth + 1, Fingerprint, index)
            : throw new InvalidOperationException("There is no such child; take the next number.");
    }

    /// <summary>The key at the end of a path without hardened steps.</summary>
    public ExtendedPublicKey Derive(KeyPath path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.Indexes.Aggregate(this, (key, index) => key.Derive(index));
    }

    /// <summary>"xpub..." on mainnet.</summary>
    public string ToText(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return Base58.EncodeCheck(ToArray(network));
    }

    /// <summary>The 78 bytes of BIP32, as PSBTs hold them.</summary>
    public byte[] ToArray(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var bytes = new byte[SerializedLength];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, network.ExtendedPublicPrefix);
        bytes[4] = (byte)Depth;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(5), ParentFingerprint);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(9), Index);
        _chainCode.CopyTo(bytes, 13);
        Key.Span.CopyTo(bytes.AsSpan(45));
        return bytes;
    }

    /// <inheritdoc/>
    public bool Equals(ExtendedPublicKey? other) => other is not null && Key.Equals(other.Key)
        && _chainCode.AsSpan().SequenceEqual(other._chainCode) && Depth == other.Depth && Index == other.Index
        && ParentFingerprint == other.ParentFingerprint;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ExtendedPublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => Key.GetHashCode();

    /// <summary>The key as mainnet writes it.</summary>
    public override string ToString() => ToText(Network.Mainnet);
}

/// <summary>The parts of a serialized extended key, checked as BIP32's test vector 5 asks.</summary>
internal readonly record struct ExtendedKeyParts(
    int Depth, uint ParentFingerprint, uint Index, ReadOnlyMemory<byte> ChainCode, ReadOnlyMemory<byte> KeyBytes)
{
    public static bool TryRead(string? text, uint prefix, out ExtendedKeyParts parts)
    {
        parts = default;
        if (!Base58.TryDecodeCheck(text, out var bytes) || bytes.Length != ExtendedPublicKey.SerializedLength
            || BinaryPrimitives.ReadUInt32BigEndian(bytes) != prefix)
        {
            return false;
        }

        parts = new ExtendedKeyParts(
            bytes[4],
            BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(5)),
            BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(9)),
            bytes.AsMemory(13, 32),
            bytes.AsMemory(45));

        // A master key has neither parent nor number.
        return parts.Depth != 0 || (parts.ParentFingerprint == 0 && parts.Index == 0);
    }
}
