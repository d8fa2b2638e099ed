using System.Security.Cryptography;
using Market.Bitcoin.Wallet;

namespace Market.Client.Keys;

/// <summary>
/// The one secret of a wallet: every key and preimage is derived from it. Made of 12 or 24 words (BIP39), or of 32 raw bytes as
/// wallets before them were. Prints redacted; zeroed when disposed.
/// </summary>
public sealed class Seed : IDisposable
{
    /// <summary>Length of a seed without words, in bytes.</summary>
    public const int Length = 32;

    /// <summary>Words of a phrase where nobody says how many: 128 bits of entropy.</summary>
    public const int FewestWords = 12;

    /// <summary>The longer phrase: 256 bits of entropy.</summary>
    public const int MostWords = 24;

    private readonly byte[] _bytes;
    private readonly byte[]? _entropy;

    /// <summary>A seed without words. Copies the secret.</summary>
    /// <param name="bytes">32 bytes of entropy.</param>
    /// <param name="bornAt">See <see cref="BornAt"/>.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public Seed(ReadOnlySpan<byte> bytes, long bornAt = 0)
    {
        if (bytes.Length != Length)
        {
            throw new ArgumentException($"A seed is {Length} bytes long.", nameof(bytes));
        }

        (_bytes, BornAt) = (bytes.ToArray(), bornAt);
    }

    /// <summary>The seed of a phrase, without a further passphrase (BIP39).</summary>
    /// <param name="words">12 or 24 words.</param>
    /// <param name="bornAt">See <see cref="BornAt"/>.</param>
    /// <exception cref="ArgumentException">Another number of words.</exception>
    public Seed(Mnemonic words, long bornAt = 0)
    {
        ArgumentNullException.ThrowIfNull(words);
        if (words.WordCount is not (FewestWords or MostWords))
        {
            throw new ArgumentException($"A phrase has {FewestWords} or {MostWords} words.", nameof(words));
        }

        (_entropy, _bytes, BornAt) = (words.ToEntropy(), words.ToSeed(), bornAt);
    }

    /// <summary>A new seed from the system's entropy.</summary>
    /// <param name="words">12 or 24.</param>
    /// <param name="bornAt">Now, Unix seconds: see <see cref="BornAt"/>.</param>
    public static Seed Create(int words = FewestWords, long bornAt = 0)
    {
        Span<byte> entropy = stackalloc byte[words == MostWords ? 32 : 16];
        RandomNumberGenerator.Fill(entropy);
        var seed = new Seed(Mnemonic.FromEntropy(entropy), bornAt);
        CryptographicOperations.ZeroMemory(entropy);
        return seed;
    }

    /// <summary>The master secret (BIP32): for derivation only, never to be kept or shown.</summary>
    public ReadOnlySpan<byte> Secret => _bytes;

    /// <summary>
    /// When it was made, Unix seconds: nothing of it can be on a chain much before. 0 where that is not known, as after a restore.
    /// </summary>
    public long BornAt { get; }

    /// <summary>False for a seed of wallets before there were words.</summary>
    public bool HasWords => _entropy is not null;

    /// <summary>The phrase: whoever reads it owns every coin. Null where there is none.</summary>
    public Mnemonic? Words => _entropy is null ? null : Mnemonic.FromEntropy(_entropy);

    /// <summary>What a seed file keeps: the entropy of the words, or the raw bytes.</summary>
    internal ReadOnlySpan<byte> Kept => _entropy ?? _bytes;

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        CryptographicOperations.ZeroMemory(_entropy);
    }

    /// <summary>Never the secret.</summary>
    public override string ToString() => "Seed(redacted)";
}
