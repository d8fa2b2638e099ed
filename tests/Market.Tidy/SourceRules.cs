using System.Diagnostics;
using System.Text.RegularExpressions;
using Market.Testing;

namespace Market.Tidy;

/// <summary>What every tracked file must hold to.</summary>
public sealed partial class SourceRules
{
    private const int LongestLine = 132;
    private static readonly string[] Code = [".cs", ".ts", ".sh"];
    private static readonly Lazy<string[]> Tracked = new(ListTracked);

    /// <summary>Every tracked file, by its path from the root.</summary>
    public static IReadOnlyList<string> Files => Tracked.Value;

    public static IEnumerable<string> Sources => Tracked.Value
        .Where(file => Code.Contains(Path.GetExtension(file)))
        .Where(file => !file.EndsWith(".g.cs", StringComparison.Ordinal)
            && !file.Contains("/Migrations/", StringComparison.Ordinal));

    [Fact]
    public void Lines_fit_a_screen() => Assert.Empty(Offenders((_, line) => line.Length > LongestLine));

    [Fact]
    public void Nothing_waits_by_sleeping_a_thread_in_src() => Assert.Empty(Offenders((file, line) =>
        file.StartsWith("src/", StringComparison.Ordinal) && line.Contains("Thread" + ".Sleep(")));

    [Fact]
    public void No_exception_is_swallowed_in_silence() =>
        Assert.Empty(Offenders((_, line) => EmptyCatch().IsMatch(line)));

    [Fact]
    public void No_work_is_left_as_a_marker() => Assert.Empty(Offenders((_, line) => Marker().IsMatch(line)));

    [Fact]
    public void Async_methods_are_awaited() => Assert.Empty(Offenders((_, line) => line.Contains("async" + " void ")));

    [Fact]
    public void Nothing_names_a_registry_or_a_path_of_one_machine() => Assert.Empty(Tracked.Value
        .Where(file => !file.EndsWith(".png", StringComparison.Ordinal))
        .SelectMany(file => File.ReadLines(Absolute(file))
            .Select((line, at) => (Where: $"{file}:{at + 1}", Line: line)))
        .Where(row => Forbidden().IsMatch(row.Line))
        .Select(row => row.Where));

    [Fact]
    public void Every_project_stands_in_the_solution()
    {
        var solution = File.ReadAllText(Absolute("Market.sln")).Replace('\\', '/');
        Assert.All(
            Tracked.Value.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal)),
            project => Assert.Contains(project, solution));
    }

    [Fact]
    public void Every_picture_is_shown_and_every_page_is_linked()
    {
        var pages = Tracked.Value.Where(file => file.EndsWith(".md", StringComparison.Ordinal)).ToList();
        var text = string.Concat(pages.Select(page => File.ReadAllText(Absolute(page))));
        var shown = Tracked.Value
            .Where(file => file.StartsWith("docs/", StringComparison.Ordinal))
            .Where(file => !text.Contains($"/{Path.GetFileName(file)}", StringComparison.Ordinal)
                && !text.Contains($"]({Path.GetFileName(file)}", StringComparison.Ordinal));

        Assert.Empty(shown);
    }

    // What a project does not compile by itself it names: the generator of kernels, and what is written into bots' folders.
    [Fact]
    public void Every_source_stands_in_the_folder_of_a_project()
    {
        var projects = Tracked.Value.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal))
            .Select(file => Path.GetDirectoryName(file)! + "/").ToList();

        Assert.All(
            Tracked.Value.Where(file => file.EndsWith(".cs", StringComparison.Ordinal)),
            file => Assert.Contains(projects, folder => file.StartsWith(folder, StringComparison.Ordinal)));
    }

    // A script that nothing names, and no project brings along, is never run.
    [Fact]
    public void Every_script_is_called()
    {
        var named = new[] { ".cs", ".ts", ".mjs", ".md", ".csproj", ".json", ".sh", ".yml", ".cshtml", ".js", string.Empty };
        var texts = Tracked.Value
            .Where(file => named.Contains(Path.GetExtension(file)))
            .ToDictionary(file => file, file => File.ReadAllText(Absolute(file)));

        Assert.All(
            Tracked.Value.Where(file => Path.GetExtension(file) is ".ts" or ".mjs" or ".js" or ".sh"),
            file => Assert.Contains(texts, other => other.Key != file
                && other.Value.Contains(Path.GetFileNameWithoutExtension(file), StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Offenders(Func<string, string, bool> offends) => Sources
        .SelectMany(file => File.ReadLines(Absolute(file))
            .Select((line, at) => (File: file, Line: line, Where: $"{file}:{at + 1}: {line.Trim()}")))
        .Where(row => offends(row.File, row.Line))
        .Select(row => row.Where);

    private static string Absolute(string file) => Path.Combine(Vectors.RepositoryRoot, file);

    private static string[] ListTracked()
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["ls-files"])
        {
            WorkingDirectory = Vectors.RepositoryRoot,
            RedirectStandardOutput = true,
        })!;
        var text = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(Absolute(file)))];
    }

    [GeneratedRegex(@"catch\s*(\([^)]*\))?\s*\{\s*\}")]
    private static partial Regex EmptyCatch();

    [GeneratedRegex(@"\b(TO" + @"DO|FIX" + @"ME|HA" + @"CK|XX" + @"X)\b|NotImplemented" + "Exception")]
    private static partial Regex Marker();

    [GeneratedRegex("/work" + "/|/root" + "/|registry\\.npm" + "js|api\\.nuget" + "\\.org")]
    private static partial Regex Forbidden();
}
