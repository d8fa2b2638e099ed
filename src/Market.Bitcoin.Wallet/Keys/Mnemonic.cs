using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Market.Bitcoin.Wallet;

/// <summary>Why a phrase is none.</summary>
public enum MnemonicError
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>Not 12, 15, 18, 21 or 24 words.</summary>
    WordCount,

    /// <summary>A word is not in the list.</summary>
    UnknownWord,

    /// <summary>The words are known and do not belong together: one is wrong or two changed places.</summary>
    Checksum,
}

/// <summary>A phrase of English words that holds entropy (BIP39). Prints redacted.</summary>
public sealed class Mnemonic
{
    private const int BitsInWord = 11;
    private const int Rounds = 2048;
    private const int SeedLength = 64;
    private const int LongestWord = 8;
    private const int FewestLettersAlike = 2;

    private readonly int[] _indexes;

    private Mnemonic(int[] indexes) => _indexes = indexes;

    /// <summary>How many words.</summary>
    public int WordCount => _indexes.Length;

    /// <summary>The phrase of some entropy.</summary>
    /// <param name="entropy">16, 20, 24, 28 or 32 bytes: 12 to 24 words.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static Mnemonic FromEntropy(ReadOnlySpan<byte> entropy)
    {
        if (entropy.Length is < 16 or > 32 || entropy.Length % 4 != 0)
        {
            throw new ArgumentException("Entropy is 16, 20, 24, 28 or 32 bytes long.", nameof(entropy));
        }

        Span<byte> bits = stackalloc byte[entropy.Length + 1];
        entropy.CopyTo(bits);
        bits[^1] = Checksum(entropy);
        var indexes = new int[entropy.Length * 8 / 32 * 3];
        for (var i = 0; i < indexes.Length * BitsInWord; i++)
        {
            indexes[i / BitsInWord] = (indexes[i / BitsInWord] << 1) | ((bits[i / 8] >> (7 - i % 8)) & 1);
        }

        CryptographicOperations.ZeroMemory(bits);
        return new Mnemonic(indexes);
    }

    /// <summary>Reads a phrase; case and the width of spaces do not matter.</summary>
    public static bool TryParse(string? phrase, [NotNullWhen(true)] out Mnemonic? mnemonic, out MnemonicError error)
    {
        mnemonic = null;
        var words = phrase is { Length: <= 24 * 16 }
            ? phrase.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            : [];
        if (words.Length is < 12 or > 24 || words.Length % 3 != 0)
        {
            error = MnemonicError.WordCount;
            return false;
        }

        var indexes = new int[words.Length];
        for (var i = 0; i < words.Length; i++)
        {
            if (!Bip39Words.TryIndex(words[i], out indexes[i]))
            {
                error = MnemonicError.UnknownWord;
                return false;
            }
        }

        var parsed = new Mnemonic(indexes);
        var entropy = parsed.ToEntropy();
        error = FromEntropy(entropy)._indexes.AsSpan().SequenceEqual(indexes)
            ? MnemonicError.None
            : MnemonicError.Checksum;
        CryptographicOperations.ZeroMemory(entropy);
        mnemonic = error == MnemonicError.None ? parsed : null;
        return mnemonic is not null;
    }

    /// <summary>Words of the list that begin as a word does, the nearest: what somebody may have meant who misspelt it.</summary>
    /// <param name="word">Anything.</param>
    /// <param name="most">How many at most.</param>
    public static IReadOnlyList<string> WordsLike(string word, int most)
    {
        ArgumentNullException.ThrowIfNull(word);
        var written = word.ToLowerInvariant();
        for (var length = Math.Min(written.Length, LongestWord); length >= FewestLettersAlike; length--)
        {
            var like = Bip39Words.All.Where(other => other.StartsWith(written[..length],
                StringComparison.Ordinal)).Take(most).ToList();
            if (like.Count > 0)
            {
                return like;
            }
        }

        return [];
    }

    /// <summary>True for a word of the list, in any case.</summary>
    public static bool IsWord(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        return Bip39Words.TryIndex(word.ToLowerInvariant(), out _);
    }

    /// <summary>The entropy; the caller zeroes it after use.</summary>
    public byte[] ToEntropy()
    {
        var entropy = new byte[_indexes.Length / 3 * 4];
        for (var i = 0; i < entropy.Length * 8; i++)
        {
            var bit = (_indexes[i / BitsInWord] >> (BitsInWord - 1 - i % BitsInWord)) & 1;
            entropy[i / 8] |= (byte)(bit << (7 - i % 8));
        }

        return entropy;
    }

    /// <summary>
    /// The seed for <see cref="ExtendedPrivateKey.FromSeed"/>: 64 bytes; the caller zeroes it after use.
    /// </summary>
    /// <param name="passphrase">
    /// A further secret of printable ASCII, or nothing. Other characters are refused: they have several forms, and a seed
    /// that another wallet cannot find again would be lost. Who can normalize them calls the other overload.
    /// </param>
    /// <exception cref="ArgumentException">The passphrase has other characters.</exception>
    public byte[] ToSeed(string passphrase = "")
    {
        ArgumentNullException.ThrowIfNull(passphrase);
        if (passphrase.Any(character => character is < ' ' or > '~'))
        {
            throw new ArgumentException("A passphrase is of printable ASCII.", nameof(passphrase));
        }

        return ToSeed(System.Text.Encoding.UTF8.GetBytes(passphrase));
    }

    /// <summary>
    /// The seed for <see cref="ExtendedPrivateKey.FromSeed"/>: 64 bytes; the caller zeroes it after use.
    /// </summary>
    /// <param name="passphrase">A further secret: UTF-8 of its text in Unicode's form NFKD, as BIP39 asks.</param>
    public byte[] ToSeed(ReadOnlySpan<byte> passphrase)
    {
        byte[] salt = [.. "mnemonic"u8, .. passphrase];
#pragma warning disable S5344 // BIP39 says 2048; the entropy, not the rounds, keeps the seed.
        var seed = Rfc2898DeriveBytes.Pbkdf2(
            System.Text.Encoding.UTF8.GetBytes(Reveal()), salt, Rounds, HashAlgorithmName.SHA512, SeedLength);
#pragma warning restore S5344
        CryptographicOperations.ZeroMemory(salt);
        return seed;
    }

    /// <summary>The words with one space between: whoever reads them owns every coin of the seed.</summary>
    public string Reveal() => string.Join(' ', _indexes.Select(index => Bip39Words.All[index]));

    /// <summary>Never the words.</summary>
    public override string ToString() => $"Mnemonic({_indexes.Length} words, redacted)";

    private static byte Checksum(ReadOnlySpan<byte> entropy)
    {
        Span<byte> hash = stackalloc byte[32];
        Hashes.Sha256(entropy, hash);
        return hash[0];
    }
}
