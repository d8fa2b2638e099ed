using System.Text.Json;
using System.Xml.Linq;

namespace Market.Cli.Tests;

/// <summary>`market lab` plays the shipping scenarios: small, but whole.</summary>
public sealed class LabCommandTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"market-lab-{Guid.NewGuid():N}");

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_list_names_every_scenario_with_its_question()
    {
        var (code, text, _) = await CapturedConsole.RunAsync("lab", "list");
        Assert.Equal(0, code);
        Assert.All(Lab.Scenario.All, scenario => Assert.Contains(scenario.Question, text));

        var (_, json, _) = await CapturedConsole.RunAsync("lab", "list", "--json");
        Assert.Equal(
            Lab.Scenario.All.Select(scenario => scenario.Name),
            JsonDocument.Parse(json).RootElement.EnumerateArray().Select(one => one.GetProperty("name").GetString()!));
    }

    [Fact]
    public async Task A_run_writes_plots_points_and_checks()
    {
        var (code, json, progress) = await CapturedConsole.RunAsync(
            "lab", "run", "weak", "--blocks", "200000", "--seed", "3", "--out", _folder, "--json");
        Assert.Equal(0, code);
        var report = JsonDocument.Parse(json).RootElement;
        Assert.Equal(3, report.GetProperty("seed").GetInt32());
        Assert.True(report.GetProperty("blocks").GetInt64() >= 200_000);
        var files = report.GetProperty("files").EnumerateArray().Select(file => file.GetString()!).ToList();
        Assert.All(files, file => Assert.True(File.Exists(file)));
        Assert.All(
            files.Where(file => file.EndsWith(".svg", StringComparison.Ordinal)),
            file => Assert.Equal("svg", XDocument.Load(file).Root!.Name.LocalName));
        Assert.Contains(files, file => file.EndsWith("weak.csv", StringComparison.Ordinal));
        Assert.Contains("weak: 100%", progress);
    }

    [Fact]
    public async Task Draws_are_counted_and_the_speed_on_one_core_is_printed_beside()
    {
        var (code, text, _) = await CapturedConsole.RunAsync(
            "lab", "draws", "--draws", "100000", "--cores", "2", "--compare");
        Assert.Equal(0, code);
        Assert.Contains("formulas stand within four standard errors", text);
        Assert.Contains("with the same figures", text);
    }

    [Theory]
    [InlineData("no-such-scenario", "run", "luck")]
    [InlineData("bad-number", "run", "weak", "--blocks", "0")]
    [InlineData("bad-number", "run", "weak", "--cores", "0")]
    [InlineData("bad-number", "draws", "--draws", "-1")]
    public async Task What_cannot_be_played_is_refused_in_words(string code, params string[] arguments)
    {
        var (exit, _, error) = await CapturedConsole.RunAsync(["lab", .. arguments]);
        Assert.Equal(1, exit);
        Assert.Contains($"[{code}]", error);
    }
}
