using System.Security.Cryptography;
using Market.Bitcoin.Wallet;
using Market.Client.Keys;
using Spectre.Console;

namespace Market.Cli.Common;

/// <summary>A wallet's words: shown, asked back, read.</summary>
internal static class Phrase
{
    /// <summary>Words that are asked back.</summary>
    public const int AskedBack = 3;

    private const int MostInput = 1024;
    private const int MostTries = 3;
    private const int MostHints = 4;
    private const int Columns = 4;

    /// <summary>Draws the words, numbered.</summary>
    public static void Draw(IAnsiConsole console, string words)
    {
        var all = words.Split(' ');
        for (var row = 0; row < all.Length; row += Columns)
        {
            console.WriteLine(string.Concat(all.Skip(row).Take(Columns).Select((word, i) =>
                $"{row + i + 1,4}. {word,-10}")).TrimEnd());
        }
    }

    /// <summary>Asks for three of the words, so that they are written down before anything is paid to them.</summary>
    /// <param name="words">The phrase.</param>
    /// <param name="ask">Asks for the word of a number and returns what was typed.</param>
    /// <exception cref="CliException">They were not known. Nothing is made then.</exception>
    public static void AskBack(string words, Func<int, string> ask)
    {
        var all = words.Split(' ');
        var numbers = Enumerable.Range(1, all.Length).ToArray();
        RandomNumberGenerator.Shuffle(numbers.AsSpan());
        foreach (var number in numbers.Take(AskedBack).Order())
        {
            var tries = 0;
            while (!string.Equals(ask(number).Trim(), all[number - 1], StringComparison.OrdinalIgnoreCase))
            {
                if (++tries == MostTries)
                {
                    throw new CliException(
                        "words-not-kept", $"That is not word {number}. No wallet was made: begin again, and write the words down.");
                }
            }
        }
    }

    /// <summary>Asks on the terminal.</summary>
    public static string AskTerminal(string question) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(Console.Error),
    }).Prompt(new TextPrompt<string>(question).AllowEmpty());

    /// <summary>What was typed, or piped in.</summary>
    public static string ReadInput()
    {
        if (!Console.IsInputRedirected)
        {
            return AskTerminal("The words, in their order, with spaces between:");
        }

        var text = new char[MostInput];
        var length = Console.In.ReadBlock(text);
        return new string(text, 0, length);
    }

    /// <summary>The seed of a phrase; or of 64 hexadecimal digits, which is how a wallet without words is written down.</summary>
    /// <exception cref="CliException">It is none; the message says which word is wrong.</exception>
    public static Seed Parse(string text)
    {
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words is [{ Length: 2 * Seed.Length } digits] && digits.All(char.IsAsciiHexDigit))
        {
            var raw = Convert.FromHexString(digits);
            var seed = new Seed(raw);
            CryptographicOperations.ZeroMemory(raw);
            return seed;
        }

        if (words.Length is not (Seed.FewestWords or Seed.MostWords))
        {
            throw new CliException(
                "bad-words", $"A wallet has {Seed.FewestWords} or {Seed.MostWords} words; these are {words.Length}.");
        }

        var unknown = words.Index().Where(pair => !Mnemonic.IsWord(pair.Item))
            .Select(pair => $"word {pair.Index + 1}, \"{pair.Item}\", is in no wallet{Hint(pair.Item)}").ToList();
        if (unknown.Count > 0)
        {
            throw new CliException("bad-words", $"Not these words: {string.Join("; ", unknown)}.");
        }

        return Mnemonic.TryParse(text, out var mnemonic, out _)
            ? new Seed(mnemonic)
            : throw new CliException(
                "bad-words",
                "Each word is one of the list, and together they are no wallet: one stands for another, or two have "
                + "changed places.");
    }

    private static string Hint(string word) => Mnemonic.WordsLike(word, MostHints) is { Count: > 0 } like
        ? $" ({string.Join(", ", like)}?)"
        : "";
}
