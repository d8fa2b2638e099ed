using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet;

/// <summary>A private key with a chain code, from which children are derived (BIP32). Prints redacted.</summary>
public sealed class ExtendedPrivateKey : IDisposable
{
    private const int ChainCodeLength = 32;
    private const int SerializedLength = 78;
    private static readonly byte[] MasterTag = "Bitcoin seed"u8.ToArray();

    private readonly byte[] _chainCode;
    private readonly uint _parentFingerprint;
    private readonly uint _index;

    private ExtendedPrivateKey(
        PrivateKey key, ReadOnlySpan<byte> chainCode, int depth, uint parentFingerprint, uint index)
    {
        Key = key;
        _chainCode = chainCode.ToArray();
        Depth = depth;
        (_parentFingerprint, _index) = (parentFingerprint, index);
    }

    /// <summary>The key itself; disposed with this.</summary>
    public PrivateKey Key { get; }

    /// <summary>Steps from the master key, at most 255.</summary>
    public int Depth { get; }

    /// <summary>The first four bytes of the public key's HASH160, big-endian: the key's name as a parent.</summary>
    public uint Fingerprint
    {
        get
        {
            Span<byte> hash = stackalloc byte[20];
            Hashes.Hash160(Key.PublicKey.Span, hash);
            return BinaryPrimitives.ReadUInt32BigEndian(hash);
        }
    }

    /// <summary>The master key of a seed.</summary>
    /// <param name="seed">16 to 64 bytes of entropy.</param>
    /// <exception cref="ArgumentException">Another length, or (never by chance) a seed that has no master
    /// key.</exception>
    public static ExtendedPrivateKey FromSeed(ReadOnlySpan<byte> seed)
    {
        if (seed.Length is < 16 or > 64)
        {
            throw new ArgumentException("A seed is 16 to 64 bytes long.", nameof(seed));
        }

        Span<byte> output = stackalloc byte[64];
        HMACSHA512.HashData(MasterTag, seed, output);
        var key = PrivateKey.TryCreate(output[..32], out var made)
            ? made
            : throw new ArgumentException("This seed has no master key.", nameof(seed));
        var master = new ExtendedPrivateKey(key, output[32..], 0, 0, 0);
        CryptographicOperations.ZeroMemory(output);
        return master;
    }

    /// <summary>Reads "xprv...".</summary>
    public static bool TryParse(string? text, Network network, [NotNullWhen(true)] out ExtendedPrivateKey? key)
    {
        ArgumentNullException.ThrowIfNull(network);
        key = null;
        if (ExtendedKeyParts.TryRead(text, network.ExtendedPrivatePrefix, out var parts)
            && parts.KeyBytes.Span[0] == 0 && PrivateKey.TryCreate(parts.KeyBytes.Span[1..], out var secret))
        {
            key = new ExtendedPrivateKey(
                secret, parts.ChainCode.Span, parts.Depth, parts.ParentFingerprint, parts.Index);
        }

        return key is not null;
    }

    /// <summary>The public half.</summary>
    public ExtendedPublicKey ToPublic() => new(Key.PublicKey, _chainCode, Depth, _parentFingerprint, _index);

    /// <summary>One child.</summary>
    /// <param name="index">The child's number; <see cref="KeyPath.Hardened"/> set for a hardened one.</param>
    /// <exception cref="InvalidOperationException">Depth 255 has no children; or (never by chance) there is no such
    /// child.
    /// </exception>
    public ExtendedPrivateKey Derive(uint index)
    {
        Span<byte> output = stackalloc byte[64];
        var child = new ExtendedPrivateKey(DeriveKey(index, output), output[32..], Depth + 1, Fingerprint, index);
        CryptographicOperations.ZeroMemory(output);
        return child;
    }

    /// <summary>One child's key alone, for a search through thousands: without its place in the tree, which only its text and its
    /// own children need, and which costs a multiplication on the curve.</summary>
    /// <param name="index">See <see cref="Derive(uint)"/>.</param>
    /// <exception cref="InvalidOperationException">See <see cref="Derive(uint)"/>.</exception>
    public PrivateKey DeriveKey(uint index)
    {
        Span<byte> output = stackalloc byte[64];
        var key = DeriveKey(index, output);
        CryptographicOperations.ZeroMemory(output);
        return key;
    }

    /// <summary>The key at the end of a path from this one; the keys between are disposed.</summary>
    public ExtendedPrivateKey Derive(KeyPath path)
    {
        var current = new ExtendedPrivateKey(Copy(), _chainCode, Depth, _parentFingerprint, _index);
        foreach (var index in path.Indexes)
        {
            var next = current.Derive(index);
            current.Dispose();
            current = next;
        }

        return current;
    }

    /// <summary>The public half, which derives public children only ("xpub").</summary>
    /// <param name="network">Names the version bytes.</param>
    public string ToPublicText(Network network) => Serialize(network.ExtendedPublicPrefix, Key.PublicKey.Span);

    /// <summary>The secret as text ("xprv"): whoever reads it owns every coin of it.</summary>
    /// <param name="network">Names the version bytes.</param>
    public string ToSecretText(Network network)
    {
        Span<byte> padded = stackalloc byte[33];
        padded[0] = 0;
        Key.ExportTo(padded[1..]);
        var text = Serialize(network.ExtendedPrivatePrefix, padded);
        CryptographicOperations.ZeroMemory(padded);
        return text;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Key.Dispose();
        CryptographicOperations.ZeroMemory(_chainCode);
    }

    /// <summary>Never the secret.</summary>
    public override string ToString() => $"ExtendedPrivateKey(depth {Depth}, redacted)";

    // BIP32's CKDpriv; the chain code is left in the second half of the output.
    private PrivateKey DeriveKey(uint index, Span<byte> output)
    {
        if (Depth == 255)
        {
            throw new InvalidOperationException("A key of depth 255 has no children.");
        }

        Span<byte> data = stackalloc byte[37];
        if (index >= KeyPath.Hardened)
        {
            data[0] = 0;
            Key.ExportTo(data[1..33]);
        }
        else
        {
            Key.PublicKey.Span.CopyTo(data);
        }

        BinaryPrimitives.WriteUInt32BigEndian(data[33..], index);
        HMACSHA512.HashData(_chainCode, data, output);
        var ok = Key.TryAddTweak(output[..32], out var child);
        CryptographicOperations.ZeroMemory(data);
        return ok ? child! : throw new InvalidOperationException("There is no such child; take the next number.");
    }

    private PrivateKey Copy()
    {
        Span<byte> bytes = stackalloc byte[32];
        Key.ExportTo(bytes);
        var copy = PrivateKey.Create(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return copy;
    }

    private string Serialize(uint prefix, ReadOnlySpan<byte> key)
    {
        Span<byte> bytes = stackalloc byte[SerializedLength];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, prefix);
        bytes[4] = (byte)Depth;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[5..], _parentFingerprint);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[9..], _index);
        _chainCode.CopyTo(bytes.Slice(13, ChainCodeLength));
        key.CopyTo(bytes[45..]);
        var text = Base58.EncodeCheck(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return text;
    }
}
