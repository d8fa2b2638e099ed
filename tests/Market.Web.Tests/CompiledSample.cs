using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Market.Web.Tests;

/// <summary>Makes a program of an example in C#, as a console project without any setting of its own would.</summary>
internal sealed class CompiledSample : IDisposable
{
    private const string Implicit = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("market-sample-").FullName;

    /// <summary>Compiles it; an example that does not compile fails the test.</summary>
    /// <returns>The program, for <c>dotnet</c>.</returns>
    public string Compile(string sample)
    {
        var path = Path.Combine(_folder, "sample.dll");
        var trees = new[] { Implicit, sample }.Select(text => CSharpSyntaxTree.ParseText(text));
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(file => Path.GetFileName(file).StartsWith("System.", StringComparison.Ordinal))
            .Select(file => MetadataReference.CreateFromFile(file));
        var made = CSharpCompilation.Create(
            "sample", trees, platform, new CSharpCompilationOptions(OutputKind.ConsoleApplication)).Emit(path);
        Assert.True(made.Success, string.Join('\n', made.Diagnostics));

        // The same runtime as the tests'.
        File.Copy(
            Path.ChangeExtension(typeof(CompiledSample).Assembly.Location, ".runtimeconfig.json"),
            Path.ChangeExtension(path, ".runtimeconfig.json"));
        return path;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
