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
    /// <returns>0 on success, 1 on an error that the user can mend, 2 on a wrong command line, 130 when interrupted.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var root = BuildRoot();
        var parsed = root.Parse(arguments);
        if (arguments.Count == 0)
        {
            parsed = root.Parse(["--help"]);
        }

        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync($"market: {error.Message}");
            }

            await Console.Error.WriteLineAsync($"See: {PathOf(parsed.CommandResult)} --help");
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
        root.Subcommands.Add(AuditCommand.Build());
        root.Subcommands.Add(SwapsCommand.Build());
        root.Subcommands.Add(RescueCommand.Build());
        root.Subcommands.Add(BotCommand.Build());
        root.Subcommands.Add(ResetCommand.Build());
        root.Subcommands.Add(ChainCommand.Build());
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
