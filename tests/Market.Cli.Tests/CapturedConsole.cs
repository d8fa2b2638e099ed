using System.Text;

namespace Market.Cli.Tests;

/// <summary>Runs command lines and keeps what they print, whatever other tests print meanwhile.</summary>
internal static class CapturedConsole
{
    private static readonly Router Results = new(Console.Out);
    private static readonly Router Errors = new(Console.Error);

    static CapturedConsole()
    {
        Console.SetOut(Results);
        Console.SetError(Errors);
    }

    /// <summary>Runs one.</summary>
    /// <returns>What it ended with, printed as results, and printed as progress and errors.</returns>
    public static async Task<(int Code, string Result, string Error)> RunAsync(params string[] arguments)
    {
        using var result = new StringWriter();
        using var error = new StringWriter();
        (Results.Own.Value, Errors.Own.Value) = (result, error);
        var code = await MarketProgram.RunAsync(arguments);
        return (code, result.ToString(), error.ToString());
    }

    private sealed class Router(TextWriter usual) : TextWriter
    {
        public AsyncLocal<TextWriter?> Own { get; } = new();

        public override Encoding Encoding => usual.Encoding;

        public override void Write(char value) => (Own.Value ?? usual).Write(value);
    }
}
