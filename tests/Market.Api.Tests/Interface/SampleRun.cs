using System.Diagnostics;
using Market.Testing.Chains;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Market.Api.Tests.Interface;

/// <summary>Runs samples of the pages as their reader would: each in its own program, with nothing installed beside it.</summary>
internal sealed class SampleRun : IDisposable
{
    // What a new project of a console has without asking.
    private const string Implicit =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
        + "global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    private static readonly Lazy<IReadOnlyList<MetadataReference>> Framework = new(() =>
    [
        .. Directory.GetFiles(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "*.dll")
            .Where(file => Path.GetFileName(file).StartsWith("System.", StringComparison.Ordinal)
                || Path.GetFileName(file) is "mscorlib.dll" or "netstandard.dll")
            .Select(file => MetadataReference.CreateFromFile(file)),
    ]);

    private readonly string _folder = Directory.CreateTempSubdirectory("market-sample-").FullName;
    private int _files;

    /// <summary>What the sample of a language printed, up to so many lines: it is ended where it has printed them.</summary>
    /// <param name="language">One of the pages' languages.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="token">What stands for MARKET_TOKEN; null for nothing.</param>
    /// <param name="lines">Lines; null for all until it ends by itself, with 0.</param>
    public async Task<IReadOnlyList<string>> RunAsync(string language, string sample, string? token = null, int? lines = null)
    {
        var start = language switch
        {
            "curl" => new ProcessStartInfo(
                "bash", ["-c", sample.Replace("curl ", "curl -sS --fail-with-body ", StringComparison.Ordinal)]),
            "JavaScript" => new ProcessStartInfo("node", ["--experimental-websocket", "--input-type=module", "-e", sample]),
            "Python" => new ProcessStartInfo("python3", ["-c", sample]),
            _ => new ProcessStartInfo("dotnet", ["exec", Compile(sample)]),
        };
        (start.WorkingDirectory, start.RedirectStandardOutput, start.RedirectStandardError) = (_folder, true, true);
        if (token is not null) start.Environment["MARKET_TOKEN"] = token;
        using var program = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Eventually.Patience);
        try
        {
            var errors = program.StandardError.ReadToEndAsync(patience.Token);
            var printed = new List<string>();
            while ((lines is null || printed.Count < lines)
                && await program.StandardOutput.ReadLineAsync(patience.Token) is { } line) printed.Add(line);
            if (lines is null || printed.Count < lines)
            {
                await program.WaitForExitAsync(patience.Token);
                Assert.True(program.ExitCode == 0 && lines is null, $"{language}: {await errors}\n{sample}");
            }
            return printed;
        }
        finally
        {
            if (!program.HasExited) program.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Fails where a sample of C# is no program.</summary>
    public static void Parse(string sample) => Assert.Empty(
        CSharpSyntaxTree.ParseText(sample, cancellationToken: TestContext.Current.CancellationToken)
            .GetDiagnostics(TestContext.Current.CancellationToken));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Compile(string sample)
    {
        var name = $"sample{++_files}";
        var file = Path.Combine(_folder, name + ".dll");
        var compilation = CSharpCompilation.Create(
            name, [CSharpSyntaxTree.ParseText(Implicit), CSharpSyntaxTree.ParseText(sample)], Framework.Value,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication));
        var emitted = compilation.Emit(file, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(emitted.Success, $"{string.Join('\n', emitted.Diagnostics)}\n{sample}");
        File.WriteAllText(Path.ChangeExtension(file, ".runtimeconfig.json"), $$$$"""
            {"runtimeOptions": {"framework":
              {"name": "Microsoft.NETCore.App", "version": "{{{{Environment.Version.ToString(3)}}}}"}}}
            """);
        return file;
    }
}
