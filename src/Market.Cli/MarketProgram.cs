using System.CommandLine;
using System.CommandLine.Parsing;
using Market.Chains;
using Market.Chains.Storage;
using Market.Cli.Common;
using Market.Cli.Up;
using Market.Cli.Verbs;
using Market.Client;
using Market.Client.Agent;
using Market.Client.Api;
using Market.Client.Keys;
using Market.Client.Orders;
using Market.Client.Wallets;

namespace Market.Cli;

/// <summary>The `market` program: its verbs, and how errors end it.</summary>
public static class MarketProgram
{
    /// <summary>Runs one command line.</summary>
    /// <param name="arguments">Without the program's name.</param>
    /// <returns>0 on success, 1 on an error that the user can mend, 2 on a wrong command line, 3 where what is
    /// audited differs, 130 when interrupted.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var root = BuildRoot();
        var parsed = root.Parse(arguments);
        if (arguments.Count == 0)
        {
            parsed = root.Parse(["--help"]);
        }

        // An unknown option is taken for an argument where the verb has room for one: "--yse" is no price.
        var unknown = UnknownOption(parsed, arguments);
        if (unknown is not null || parsed.Errors.Count > 0)
        {
            await SayWrongAsync(
                parsed, unknown is null ? [.. parsed.Errors.Select(error => error.Message)] : [$"There is no option {unknown}."],
                WantsJson(arguments));
            return 2;
        }

        var output = Output.Of(parsed);
        using var interrupted = new CancellationTokenSource();
        using var sigint = OnSignal(System.Runtime.InteropServices.PosixSignal.SIGINT, interrupted);
        using var sigterm = OnSignal(System.Runtime.InteropServices.PosixSignal.SIGTERM, interrupted);
        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                interrupted.Token);
        }
        catch (CliException error)
        {
            output.Error(error.Code, error.Message);
            return 1;
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            return 130;
        }
        catch (Exception e) when (CodeOf(e) is not null)
        {
            output.Error(CodeOf(e)!, e.Message);
            return 1;
        }
    }

    /// <summary>True where --json was typed, also on a command line that cannot be read.</summary>
    /// <param name="arguments">Without the program's name.</param>
    public static bool WantsJson(IEnumerable<string> arguments) =>
        arguments.TakeWhile(argument => argument != "--").Any(argument => argument is "--json" or "--json=true" or "--json:true");

    /// <summary>The first option that the verb does not have; null where it has all of them.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="arguments">Without the program's name.</param>
    public static string? UnknownOption(ParseResult parsed, IEnumerable<string> arguments)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult verb; at = verb.Parent)
        {
            known.UnionWith(verb.Command.Options.SelectMany(option => option.Aliases.Append(option.Name)));
        }

        return arguments.TakeWhile(argument => argument != "--")
            .Where(argument => argument.StartsWith("--", StringComparison.Ordinal))
            .Select(argument => argument.IndexOfAny(['=', ':']) is var end and > 0 ? argument[..end] : argument)
            .FirstOrDefault(name => !known.Contains(name));
    }

    private static async Task SayWrongAsync(ParseResult parsed, IReadOnlyList<string> errors, bool json)
    {
        var see = $"See: {PathOf(parsed.CommandResult)} --help";
        if (json)
        {
            var all = string.Join(' ', errors.Append(see));
            new Output(json, Console.Out, Console.Error).Error("bad-command-line", all);
            return;
        }

        foreach (var error in errors)
        {
            await Console.Error.WriteLineAsync($"market: {error}");
        }

        await Console.Error.WriteLineAsync(see);
    }

    /// <summary>All verbs, for parsing and for tests of the help.</summary>
    public static RootCommand BuildRoot()
    {
        var root = new RootCommand(
            "Market: sell mining shares for BTC by atomic swap. Nobody else ever holds your keys or coins.");
        root.Options.Add(CommonOptions.Json);
        root.Subcommands.Add(UpCommand.Build());
        root.Subcommands.Add(WalletCommand.Build());
        root.Subcommands.Add(MineCommand.Build());
        root.Subcommands.Add(MinersCommand.Build());
        root.Subcommands.Add(FaucetCommand.Build());
        root.Subcommands.Add(BookCommand.Build());
        root.Subcommands.Add(TradesCommand.Build());
        root.Subcommands.Add(TradeCommand.BuildSell());
        root.Subcommands.Add(TradeCommand.BuildBuy());
        root.Subcommands.Add(OrdersCommand.Build());
        root.Subcommands.Add(CoinsCommand.Build());
        root.Subcommands.Add(KeysCommand.Build());
        root.Subcommands.Add(StandingCommand.Build());
        root.Subcommands.Add(AuditCommand.Build());
        root.Subcommands.Add(SwapsCommand.Build());
        root.Subcommands.Add(RescueCommand.Build());
        root.Subcommands.Add(BotCommand.Build());
        root.Subcommands.Add(RecordCommand.Build());
        root.Subcommands.Add(JournalCommand.Build());
        root.Subcommands.Add(ReplayCommand.Build());
        root.Subcommands.Add(ResetCommand.Build());
        root.Subcommands.Add(ChainCommand.Build());
        root.Subcommands.Add(MarketsCommand.Build());
        root.Subcommands.Add(LabCommand.Build());
        return root;
    }

    private static string PathOf(SymbolResult? result) => result switch
    {
        CommandResult { Command: RootCommand } or null => "market",
        CommandResult command => $"{PathOf(command.Parent)} {command.Command.Name}",
        _ => PathOf(result.Parent),
    };

    private static string? CodeOf(Exception e) => e switch
    {
        MarketApiException refused => refused.Code,
        AnswerLostException => "answer-lost",
        OrderUnknownException => "order-unknown",
        AgentEndedException => "agent-ended",
        MarketUnavailableException => "market-unavailable",
        FormerRulesException => "former-rules",
        ChainUnavailableException => "chain-unavailable",
        SeedFileException wallet => wallet.Error.ToString(),
        ForeignFileException => "foreign-file",
        InsufficientFundsException => "insufficient-funds",
        SeveralSeriesException => "no-series",
        DustException => "dust",
        NotSupportedException => "not-supported",
        InvalidDataException => "damaged-file",
        IOException or UnauthorizedAccessException => "io-error",
        _ => null,
    };

    private static System.Runtime.InteropServices.PosixSignalRegistration OnSignal(
        System.Runtime.InteropServices.PosixSignal signal, CancellationTokenSource interrupted) =>
        System.Runtime.InteropServices.PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            interrupted.Cancel();
        });
}
