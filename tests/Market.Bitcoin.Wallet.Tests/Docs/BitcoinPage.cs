using System.Text.RegularExpressions;

namespace Market.Bitcoin.Wallet.Tests.Docs;

/// <summary>docs/bitcoin.md shows exactly what <see cref="TenThings"/> runs.</summary>
public sealed partial class BitcoinPage
{
    private static readonly string Root = Testing.Vectors.RepositoryRoot;

    private static readonly string Page = File.ReadAllText(Path.Combine(Root, "docs", "bitcoin.md"));

    private static readonly string Source = File.ReadAllText(
        Path.Combine(Root, "tests", "Market.Bitcoin.Wallet.Tests", "Docs", "TenThings.cs"));

    public static TheoryData<string> Headings => [.. Sections().Keys];

    [Fact]
    public void Shows_ten_things_in_order() => Assert.Equal(
        Enumerable.Range(1, 10), Heading().Matches(Page).Select(match => int.Parse(match.Groups[1].ValueSpan)));

    [Fact]
    public void Shows_every_snippet_that_is_run() => Assert.Equal(Regions().Keys.Order(), Sections().Keys.Order());

    [Theory]
    [MemberData(nameof(Headings))]
    public void Shows_what_is_run(string heading)
    {
        var code = Code().Matches(Sections()[heading]);
        Assert.Equal(Regions()[heading], Assert.Single(code).Groups[1].Value.TrimEnd());
    }

    [Fact]
    public void Has_no_code_outside_its_sections() =>
        Assert.Equal(Sections().Count, Code().Count(Page));

    private static Dictionary<string, string> Sections()
    {
        var headings = Heading().Matches(Page);
        return headings.Select((match, i) => (
            Name: match.Groups[2].Value.Trim(),
            Text: Page[match.Index..(i + 1 < headings.Count ? headings[i + 1].Index : Page.Length)]))
            .ToDictionary(section => section.Name, section => section.Text);
    }

    private static Dictionary<string, string> Regions() => Region().Matches(Source).ToDictionary(
        match => match.Groups[1].Value.Trim(),
        match => string.Join('\n', match.Groups[2].Value.TrimEnd().Split('\n').Select(Unindent)));

    private static string Unindent(string line)
    {
        const int indent = 8;
        return line.Length > indent ? line[indent..] : string.Empty;
    }

    [GeneratedRegex(@"^## (\d+)\. (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^```csharp\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"^ *#region (.+?)\n(.*?)^ *#endregion", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Region();
}
