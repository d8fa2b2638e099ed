using System.Text.RegularExpressions;
using Market.Testing;

namespace Market.Web.Tests;

public sealed partial class PromiseTests
{
    [Fact]
    public void No_page_promises_that_orders_go_on_while_the_server_may_be_down()
    {
        var pages = Path.Combine(Vectors.RepositoryRoot, "src", "Market.Web");
        var texts = new[] { "*.cs", "*.cshtml", "*.ts" }
            .SelectMany(kind => Directory.EnumerateFiles(pages, kind, SearchOption.AllDirectories))
            .Where(path => !Skipped().IsMatch(path)).ToList();

        Assert.Contains(texts, path => path.EndsWith("stream.ts", StringComparison.Ordinal));
        Assert.All(texts, path => Assert.DoesNotMatch(Promise(), File.ReadAllText(path)));
    }

    [GeneratedRegex("orders (and swaps )?go on", RegexOptions.IgnoreCase)]
    private static partial Regex Promise();

    [GeneratedRegex(@"[\\/](node_modules|bin|obj|wwwroot)[\\/]")]
    private static partial Regex Skipped();
}
