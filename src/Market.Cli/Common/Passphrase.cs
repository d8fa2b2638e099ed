using Spectre.Console;

namespace Market.Cli.Common;

/// <summary>Where the wallet's passphrase comes from: MARKET_PASSPHRASE, else a prompt where somebody can answer.</summary>
internal static class Passphrase
{
    private const string Variable = "MARKET_PASSPHRASE";

    public static string Ask(bool twice)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { } given)
        {
            return given;
        }

        if (Console.IsInputRedirected)
        {
            throw new CliException("no-passphrase", $"The wallet needs its passphrase: set {Variable}, or run this in a terminal.");
        }

        var first = Prompt("Passphrase of the wallet: ");
        return !twice || Prompt("The same again: ") == first
            ? first
            : throw new CliException("passphrases-differ", "The two passphrases differ. Nothing was made.");
    }

    private static string Prompt(string text) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(Console.Error),
    }).Prompt(new TextPrompt<string>(text).Secret().AllowEmpty());
}
