using System.CommandLine;
using Market.Cli.Common;
using Market.Client;
using Market.Client.Keys;
using Market.Client.Wallets;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market wallet create`, `restore` and `words`: the seed, from which all else is found again.</summary>
internal static class WalletSeedCommands
{
    private static readonly Option<int> WordCount = new("--words")
    {
        Description = "How many words: 12 or 24",
        DefaultValueFactory = _ => Seed.FewestWords,
    };

    private static readonly Option<bool> Yes = new("--yes")
    {
        Description = "Do not ask the words back (nor where nobody can answer)",
    };

    private static readonly Option<bool> Weak = new("--weak-passphrase")
    {
        Description = "Take any passphrase; on devnets alone. Without it: 8 characters or more, not digits alone",
    };

    /// <summary>The verbs.</summary>
    public static Command[] Build(Option<string> network)
    {
        WordCount.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.Tokens[0].Value is not ("12" or "24"))
            {
                result.AddError("--words: give 12 or 24");
            }
        });
        var create = new Command(
            "create", "Make a wallet for both chains: words to write down, from which all of it can be restored")
        {
            CommonOptions.Wallet, network, CommonOptions.Sharechain, WordCount, Yes, Weak,
        };
        create.SetAction(arguments => Create(arguments, arguments.GetValue(network)!));
        var restore = new Command("restore", "Make the wallet again from its words: on the terminal, or piped in")
        {
            CommonOptions.Wallet, network, CommonOptions.Sharechain, Weak,
        };
        restore.SetAction(arguments => Restore(arguments, arguments.GetValue(network)!));
        var words = new Command("words", "Show the wallet's words again") { CommonOptions.Wallet };
        words.SetAction(Show);
        return [create, restore, words];
    }

    private static int Create(ParseResult arguments, string network)
    {
        var output = Output.Of(arguments);
        var folder = arguments.GetValue(CommonOptions.Wallet)!;
        var path = CliSession.SeedPath(folder);
        SeedFile.CheckAbsent(path);
        var sharechain = CommonOptions.SharechainOf(arguments, network);
        var passphrase = Passphrase.Choose(network, arguments.GetValue(Weak));
        using var seed = Seed.Create(arguments.GetValue(WordCount), CliSession.Clock.GetUtcNow().ToUnixTimeSeconds());
        var words = seed.Words!.Reveal();
        var asked = !output.Json && !arguments.GetValue(Yes) && !Console.IsInputRedirected;
        if (asked)
        {
            output.Result(0, console => Tell(console, words));
            Phrase.AskBack(words, number => Phrase.AskTerminal($"To be sure that they are written down: word {number}?"));
        }

        SeedFile.Create(path, seed, passphrase, network, sharechain);
        using var keys = new WalletKeys(seed, network, sharechain);
        var instrument = TradedInstrument.IdOf(network, sharechain);
        output.Result(
            new { wallet = folder, network, instrument, account = keys.Account, words },
            console =>
            {
                console.WriteLine($"Wallet made in {folder} for {network}, {instrument}.");
                console.WriteLine($"Account: {keys.Account}");
                if (!asked)
                {
                    Tell(console, words);
                    console.WriteLine("They were not asked back: make sure that they are written down.");
                }
            });
        return 0;
    }

    private static int Restore(ParseResult arguments, string network)
    {
        var output = Output.Of(arguments);
        var folder = arguments.GetValue(CommonOptions.Wallet)!;
        var path = CliSession.SeedPath(folder);
        SeedFile.CheckAbsent(path);
        var sharechain = CommonOptions.SharechainOf(arguments, network);
        using var seed = Phrase.Parse(Phrase.ReadInput());
        SeedFile.Create(path, seed, Passphrase.Choose(network, arguments.GetValue(Weak)), network, sharechain);
        using var keys = new WalletKeys(seed, network, sharechain);
        var instrument = TradedInstrument.IdOf(network, sharechain);
        output.Result(
            new { wallet = folder, network, instrument, account = keys.Account },
            console =>
            {
                console.WriteLine($"Wallet restored in {folder} for {network}, {instrument}.");
                console.WriteLine($"Account: {keys.Account}");
                console.WriteLine("Its coins and swaps are found on the chains by whatever opens it next:");
                console.WriteLine("  market swaps run   drives its swaps on");
                console.WriteLine("  market rescue      ends its swaps and brings all of it home, without a market");
            });
        return 0;
    }

    private static int Show(ParseResult arguments)
    {
        var output = Output.Of(arguments);
        var folder = arguments.GetValue(CommonOptions.Wallet)!;
        var (seed, network) = SeedFile.Open(CliSession.SeedPath(folder), Passphrase.Ask(twice: false));
        using (seed)
        {
            if (seed.Words is { } known)
            {
                var words = known.Reveal();
                output.Result(new { wallet = folder, network, words }, console => Tell(console, words));
                return 0;
            }

            var secret = Convert.ToHexStringLower(seed.Secret);
            output.Result(new { wallet = folder, network, secret }, console =>
            {
                console.WriteLine("This wallet is from before wallets had words. `market wallet restore` takes these 64 digits "
            + "in their place:");
                console.WriteLine($"  {secret}");
                console.WriteLine("Or make a wallet with words in another folder, and send all there: market wallet send.");
            });
            return 0;
        }
    }

    private static void Tell(IAnsiConsole console, string words)
    {
        console.WriteLine("Its words, to be written down on paper. Whoever has them has all of it; nothing else need be kept:");
        Phrase.Draw(console, words);
    }
}
