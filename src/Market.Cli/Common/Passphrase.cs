using Market.Bitcoin;
using Spectre.Console;

namespace Market.Cli.Common;

/// <summary>Where the wallet's passphrase comes from: MARKET_PASSPHRASE, else a prompt where somebody can answer.</summary>
internal static class Passphrase
{
    private const string Variable = "MARKET_PASSPHRASE";
    private const int Least = 8;

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

    /// <summary>Asks for the passphrase of a wallet that is to be made.</summary>
    /// <param name="network">What the wallet is for.</param>
    /// <param name="isWeak">Whether a weak one was asked for (<c>--weak-passphrase</c>).</param>
    /// <exception cref="CliException">It is too weak, or a weak one was asked for where coins are worth something.</exception>
    public static string Choose(string network, bool isWeak)
    {
        if (isWeak && !NetworkProfile.Of(network).BlocksAreFree)
        {
            throw new CliException(
                "weak-passphrase", $"--weak-passphrase is for devnets, where coins are worth nothing, and not for {network}.");
        }

        var chosen = Ask(twice: true);
        return isWeak || WhyWeak(chosen) is not { } why ? chosen : throw new CliException("weak-passphrase", why);
    }

    /// <summary>Why a passphrase is too weak to keep a wallet's words; null where it is not.</summary>
    /// <param name="text">The passphrase.</param>
    public static string? WhyWeak(string text)
    {
        var why = text.Length < Least ? $"is shorter than {Least} characters"
            : text.All(char.IsDigit) ? "is digits alone"
            : text.Distinct().Count() == 1 ? "is one character again and again"
            : null;
        return why is null ? null
            : $"The passphrase {why}: whoever gets the wallet's file finds it. Take several words. On devnets --weak-passphrase "
                + "takes any.";
    }

    private static string Prompt(string text) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(Console.Error),
    }).Prompt(new TextPrompt<string>(text).Secret().AllowEmpty());
}
