using System.Numerics;
using System.Runtime.InteropServices;

namespace Market.Bitcoin;

/// <summary>
/// Remembers signatures that were found right, so that a block does not verify again what the mempool did. Of fixed
/// size: an entry makes way for the next that falls on its place. Safe for use by many threads.
/// </summary>
/// <remarks>
/// An entry is SHA-256 of a salt, the algorithm, the message, the signature and the key: what it says is true whatever
/// transaction, script or flags ask. The caller names the algorithm: a key's length does not, since an ECDSA script may
/// name 32 bytes that are a BIP340 key and no ECDSA key. Who does not know the salt cannot aim at another's place. Only
/// success is remembered, so a lost entry costs time and nothing else.
/// </remarks>
public sealed class SignatureCache
{
    /// <summary>Entries of the default size: 2 MB.</summary>
    public const int DefaultCapacity = 1 << 16;

    private const int Locks = 64;
    private const int KeyAt = 2 * Hash256.Length + EcdsaSignature.CompactLength + 1;
    private const int MostKeyBytes = 65;

    private readonly byte[] _salt;
    private readonly Hash256[] _entries;
    private readonly Lock[] _locks = [.. Enumerable.Range(0, Locks).Select(_ => new Lock())];
    private long _hits;

    /// <summary>An empty cache.</summary>
    /// <param name="salt">32 random bytes.</param>
    /// <param name="capacity">Entries of 32 bytes; a power of two from 64 up.</param>
    /// <exception cref="ArgumentException">The salt has another length, or the capacity is another number.</exception>
    public SignatureCache(ReadOnlySpan<byte> salt, int capacity = DefaultCapacity)
    {
        Curve.Require(salt, Hash256.Length, nameof(salt));
        if (capacity < Locks || !BitOperations.IsPow2(capacity))
        {
            throw new ArgumentException("The capacity is a power of two from 64 up.", nameof(capacity));
        }

        _salt = salt.ToArray();
        _entries = new Hash256[capacity];
    }

    /// <summary>How many signatures were known already.</summary>
    public long Hits => Volatile.Read(ref _hits);

    private enum Algorithm : byte
    {
        Ecdsa,
        Schnorr,
        SchnorrOfAnyLength,
    }

    /// <summary>Verifies an ECDSA signature, unless it is known to be right.</summary>
    /// <param name="key">33 or 65 bytes; with any other length there is no right signature.</param>
    /// <param name="message">32 bytes.</param>
    /// <param name="signature">64 bytes.</param>
    internal bool VerifyEcdsa(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Verify(Algorithm.Ecdsa, key, message, signature);

    /// <summary>Verifies a BIP340 signature, unless it is known to be right.</summary>
    /// <param name="key">32 bytes; with any other length there is no right signature.</param>
    /// <param name="message">32 bytes of a transaction, or any message (BIP348).</param>
    /// <param name="signature">64 bytes.</param>
    internal bool VerifySchnorr(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => Verify(
        message.Length == Hash256.Length ? Algorithm.Schnorr : Algorithm.SchnorrOfAnyLength, key, message, signature);

    private bool Verify(
        Algorithm algorithm, ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (key.Length > MostKeyBytes)
        {
            return false;
        }

        var entry = EntryOf(algorithm, key, message, signature);
        if (Contains(entry))
        {
            Interlocked.Increment(ref _hits);
            return true;
        }

        var isRight = algorithm == Algorithm.Ecdsa
            ? Curve.VerifyEcdsa(key, message, signature)
            : Curve.VerifySchnorr(key, message, signature);
        if (isRight)
        {
            Add(entry);
        }

        return isRight;
    }

    // All but the key is of fixed length; a message of another stands as its hash.
    private Hash256 EntryOf(
        Algorithm algorithm, ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        Span<byte> bytes = stackalloc byte[KeyAt + MostKeyBytes];
        _salt.CopyTo(bytes);
        if (algorithm == Algorithm.SchnorrOfAnyLength)
        {
            Hashes.Sha256(message, bytes[Hash256.Length..]);
        }
        else
        {
            message.CopyTo(bytes[Hash256.Length..]);
        }

        signature.CopyTo(bytes[(2 * Hash256.Length)..]);
        bytes[KeyAt - 1] = (byte)algorithm;
        key.CopyTo(bytes[KeyAt..]);
        return Hashes.Sha256(bytes[..(KeyAt + key.Length)]);
    }

    // An entry is wider than a machine word: the lock keeps halves of two from being seen as one.
    private bool Contains(in Hash256 entry)
    {
        var place = PlaceOf(entry);
        lock (_locks[place % Locks])
        {
            return _entries[place] == entry;
        }
    }

    private void Add(in Hash256 entry)
    {
        var place = PlaceOf(entry);
        lock (_locks[place % Locks])
        {
            _entries[place] = entry;
        }
    }

    private int PlaceOf(in Hash256 entry) =>
        (int)(MemoryMarshal.Cast<Hash256, uint>(new ReadOnlySpan<Hash256>(in entry))[0] & (uint)(_entries.Length - 1));
}
