using Market.Testing;

namespace Market.Cli.Tests;

/// <summary>What readme and guides tell people to type is there.</summary>
public sealed class GuideTests
{
    // The script's own verbs.
    private static readonly string[] OfScript = ["test", "bench", "fuzz", "simulate", "publish"];

    public static TheoryData<string> Texts =>
    [
        "README.md", .. Directory.GetFiles(Path.Combine(Vectors.RepositoryRoot, "docs", "guides"), "*.md")
            .Select(file => Path.GetRelativePath(Vectors.RepositoryRoot, file)),
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Every_command_can_be_typed_as_it_stands(string text)
    {
        var commands = File.ReadLines(Path.Combine(Vectors.RepositoryRoot, text)).Select(line => line.Trim())
            .Where(line => line.StartsWith("./market ", StringComparison.Ordinal)).Select(line => line["./market ".Length..])
            .Select(line => line.Split(" # ")[0].Trim()).Where(line => !OfScript.Contains(line.Split(' ')[0])).ToList();
        Assert.NotEmpty(commands);
        foreach (var command in commands)
        {
            var parsed = MarketProgram.BuildRoot().Parse(command);
            Assert.True(
                parsed.Errors.Count == 0, $"{command}: {string.Join(" ", parsed.Errors.Select(error => error.Message))}");
        }
    }
}
