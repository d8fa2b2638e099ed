using System.Text.RegularExpressions;
using Market.Testing;

namespace Market.Tidy;

/// <summary>One style, held by the tools that write it, and one file a type.</summary>
public sealed partial class StyleRules
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly string Linter = Path.Combine(Vectors.RepositoryRoot, "src", "Market.Web", "client", "lint");

    [Fact]
    public async Task White_space_is_as_the_formatter_writes_it() => await Programs.RunAsync(
        "dotnet", ["format", "whitespace", ".", "--folder", "--verify-no-changes"], Vectors.RepositoryRoot, Patience);

    [Fact]
    public async Task Scripts_are_as_the_linter_wants_them()
    {
        await InstallLinterAsync();
        var scripts = SourceRules.Files
            .Where(file => file.EndsWith(".ts", StringComparison.Ordinal) || file.EndsWith(".mjs", StringComparison.Ordinal));
        await Programs.RunAsync(
            "node",
            [
                Path.Combine(Linter, "node_modules", "eslint", "bin", "eslint.js"), "--max-warnings", "0",
                "--config", Path.Combine(Linter, "eslint.config.js"), .. scripts,
            ],
            Vectors.RepositoryRoot, Patience);
    }

    [Fact]
    public void A_type_stands_in_one_file()
    {
        var severed = SourceRules.Sources
            .Where(file => file.StartsWith("src/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal))
            .SelectMany(TypesOf)
            .GroupBy(type => type)
            .Where(type => type.Count() > 1)
            .Select(type => type.Key);

        Assert.Empty(severed);
    }

    // Types of a namespace; those within others are indented.
    private static IEnumerable<string> TypesOf(string file)
    {
        var text = File.ReadAllText(Path.Combine(Vectors.RepositoryRoot, file));
        var room = Namespace().Match(text).Groups[1].Value;
        return PartialType().Matches(text).Select(type => $"{room}.{type.Groups[1].Value}");
    }

    // Its lock file is newer than what is installed where that changed, or nothing is installed yet.
    private static async Task InstallLinterAsync()
    {
        var (wanted, installed) = (
            Path.Combine(Linter, "package-lock.json"), Path.Combine(Linter, "node_modules", ".package-lock.json"));
        if (!File.Exists(installed) || File.GetLastWriteTimeUtc(installed) < File.GetLastWriteTimeUtc(wanted))
        {
            await Programs.RunAsync("npm", ["ci", "--no-audit", "--no-fund"], Linter, Patience);
        }
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^[\w ]*\bpartial (?:class|struct|record struct|record|interface) (\w+)", RegexOptions.Multiline)]
    private static partial Regex PartialType();
}
