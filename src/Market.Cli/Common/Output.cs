using System.Text.Json;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Common;

/// <summary>
/// Prints results: for a person, or with --json one JSON value a line on standard output. Progress goes to standard error, so
/// that a pipe reads results only.
/// </summary>
/// <param name="json">True for JSON.</param>
/// <param name="result">Where results go.</param>
/// <param name="progress">Where progress and errors go.</param>
public sealed class Output(bool json, TextWriter result, TextWriter progress)
{
    private readonly IAnsiConsole _console = ConsoleOn(new AnsiConsoleOutput(result));

    /// <summary>For a parsed command line: results to standard output, progress to standard error.</summary>
    public static Output Of(System.CommandLine.ParseResult arguments) =>
        new(arguments.GetValue(CommonOptions.Json), Console.Out, Console.Error);

    // A pipe has no width: what is read by line is not broken into several.
    private const int Unbroken = 10_000;

    /// <summary>Colours are for a terminal: a file or a pipe gets text alone, each line whole.</summary>
    private static IAnsiConsole ConsoleOn(AnsiConsoleOutput target)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = target.IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = target.IsTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Out = target,
        });
        console.Profile.Width = target.IsTerminal ? console.Profile.Width : Unbroken;
        return console;
    }

    /// <summary>True where results are JSON.</summary>
    public bool Json { get; } = json;

    /// <summary>Prints a result: the value as JSON, or what the writer draws for a person.</summary>
    public void Result<T>(T value, Action<IAnsiConsole> draw)
    {
        if (Json)
        {
            result.WriteLine(JsonSerializer.Serialize(value, MarketJson.Options));
            result.Flush();
            return;
        }

        draw(_console);
    }

    /// <summary>Says what is going on; silent to scripts that read JSON unless they read standard error too.</summary>
    public void Progress(string text)
    {
        progress.WriteLine(text);
        progress.Flush();
    }

    /// <summary>Says what an agent does.</summary>
    public void Notice(Client.Agent.AgentNotice notice) => Progress(notice.SwapId is { } swap
        ? $"{DateTime.Now:HH:mm:ss} swap {swap}: {notice.Text}"
        : $"{DateTime.Now:HH:mm:ss} {notice.Text}");

    /// <summary>Prints an error with its code.</summary>
    public void Error(string code, string message)
    {
        if (Json)
        {
            progress.WriteLine(JsonSerializer.Serialize(new { code, message }, MarketJson.Options));
            return;
        }

        progress.WriteLine($"market: {message} [{code}]");
    }
}
