using System.Collections.Frozen;

namespace Market.Bitcoin.Wallet;

/// <summary>BIP39's English word list.</summary>
internal static class Bip39Words
{
    public const int Count = 2048;

    private static readonly Lazy<string[]> LazyAll = new(Read);
    private static readonly Lazy<FrozenDictionary<string, int>> LazyIndexes = new(() =>
        LazyAll.Value.Select((word, index) => (word, index)).ToFrozenDictionary(pair => pair.word, pair => pair.index));

    /// <summary>The words in order.</summary>
    public static IReadOnlyList<string> All => LazyAll.Value;

    public static bool TryIndex(string word, out int index) => LazyIndexes.Value.TryGetValue(word, out index);

    private static string[] Read()
    {
        using var stream = typeof(Bip39Words).Assembly.GetManifestResourceStream("bip39_english.txt")
            ?? throw new InvalidOperationException("The word list is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
