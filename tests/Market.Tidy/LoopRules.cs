using System.Text.RegularExpressions;
using Market.Testing;

namespace Market.Tidy;

/// <summary>Whatever runs for ever runs in Supervised: one backoff, one log, one health state.</summary>
public sealed partial class LoopRules
{
    // Loops without an end of their own that wait in them. Each of these ends with what it reads, serves or keeps, and says why it
    // is none of those that run for ever.
    private static readonly string[] Others =
    [
        // What runs for ever runs in these.
        "src/Market.Chains/Supervised.cs",
        // A stream of one reader ends with the reader's connection.
        "src/Market.Api/Features/Streams/MarketHub.cs",
        "src/Market.Api/Features/Streams/OpenStream.cs",
        "src/Market.Api/Realtime/StreamClient.cs",
        // A stream that is pulled, whose reader ends it: its pauses are a backoff's.
        "src/Market.Client/Api/MarketStream.cs",
        // It keeps another process, counts how often that was started, and gives up.
        "src/Market.Cli/Up/ServerKeeper.cs",
    ];

    [Fact]
    public void Whatever_runs_for_ever_is_supervised()
    {
        var endless = SourceRules.Sources
            .Where(file => file.StartsWith("src/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal))
            .Where(file => HasOne(File.ReadAllText(Path.Combine(Vectors.RepositoryRoot, file))));

        Assert.Equal(Others.Order(StringComparer.Ordinal), endless.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("while (true)\n{\n    await a;\n}\n", true)]
    [InlineData("while (!stop.IsCancellationRequested) await a;\n", true)]
    [InlineData("while (!done.IsCompleted && !stop.IsCancellationRequested)\n{\n    if (b)\n    {\n    }\n    await a;\n}\n", true)]
    [InlineData("for (; ; )\n{\n    await a;\n}\n", true)]
    [InlineData("do\n{\n    await a;\n}\nwhile (!stop.IsCancellationRequested);\n", true)]
    [InlineData("while (await timer.WaitForNextTickAsync(stop))\n{\n    a();\n}\n", true)]
    [InlineData("while (true)\n{\n    a();\n}\nawait b;\n", false)]
    [InlineData("while (page.Count > 0)\n{\n    await a;\n}\n", false)]
    [InlineData("for (var tries = 1; tries < 3; tries++)\n{\n    await a;\n}\n", false)]
    public void A_loop_that_waits_and_has_no_end_is_known(string code, bool isOne) =>
        Assert.Equal(isOne, HasOne(code));

    // A loop whose head names no end but the caller's stop, and that awaits something.
    private static bool HasOne(string code) => Head().Matches(code).Any(head =>
    {
        var body = code[(head.Index + head.Length)..];
        return Waits().IsMatch(body.StartsWith(';') ? Backwards(code[..head.Index]) : head.Value + Forwards(body));
    });

    // What follows a head: the statement, or the block up to the brace that closes it.
    private static string Forwards(string code)
    {
        var start = code.TakeWhile(char.IsWhiteSpace).Count();
        if (start == code.Length || code[start] != '{') return code[..(code.IndexOf(';') + 1)];
        var depth = 0;
        for (var i = start; i < code.Length; i++)
        {
            depth += code[i] == '{' ? 1 : code[i] == '}' ? -1 : 0;
            if (depth == 0) return code[..(i + 1)];
        }
        return code;
    }

    // What stands before the end of a do: the block from the brace that opens it.
    private static string Backwards(string code)
    {
        var depth = 0;
        for (var i = code.Length - 1; i >= 0; i--)
        {
            depth += code[i] == '}' ? 1 : code[i] == '{' ? -1 : 0;
            if (depth == 0 && code[i] == '{') return code[i..];
        }
        return code;
    }

    [GeneratedRegex(
        @"while \((?:true|(?:[^()]|\(\))*!(?:\w+\.)*\w+\.IsCancellationRequested"
        + @"|await \w+\.WaitForNextTickAsync\(\w*\)(?:\.ConfigureAwait\(false\))?)\)|for \(; ?;[^;()]*\)")]
    private static partial Regex Head();

    [GeneratedRegex(@"\bawait\b")]
    private static partial Regex Waits();
}
