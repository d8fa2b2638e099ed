using System.Net;
using System.Text.RegularExpressions;
using Market.Api.Tests.Host;

namespace Market.Api.Tests.Interface;

/// <summary>What is to be read of the interface: its page, folded, and the protocol with its vectors.</summary>
public sealed partial class DocsTests(MarketFixture fixture) : IClassFixture<MarketFixture>
{
    private HttpClient Http => fixture.Host.Http;

    [Fact]
    public async Task The_page_of_the_interface_is_folded_and_its_table_of_contents_leads_into_each_part()
    {
        var page = await Http.GetStringAsync("/docs");
        var contents = page[page.IndexOf("class=\"toc\"", StringComparison.Ordinal)..page.IndexOf("</nav>",
            page.IndexOf("class=\"toc\"", StringComparison.Ordinal), StringComparison.Ordinal)];
        var links = Link().Matches(contents).Select(match => match.Groups[1].Value).ToHashSet();
        var parts = Folded().Matches(page).Select(match => match.Groups[1].Value).ToList();
        Assert.True(parts.Count > 60, "operations and types");
        Assert.Equal(parts.Order(), links.Order());
        Assert.DoesNotContain("<details class=\"op\" open", page, StringComparison.Ordinal);
        Assert.DoesNotContain("style=", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_protocol_is_served_as_a_page_and_as_it_is_and_its_links_lead_somewhere()
    {
        using var page = await Http.GetAsync("/docs/protocol");
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        var html = await page.Content.ReadAsStringAsync();
        Assert.Contains("<td><code>market/order/v1</code>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("style=", html, StringComparison.Ordinal);
        using var text = await Http.GetAsync("/docs/protocol.md");
        Assert.Equal("text/markdown", text.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("# The protocol", await text.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var vectors = VectorLink().Matches(html).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(4, vectors.Count);
        foreach (var link in vectors)
        {
            using var file = await Http.GetAsync("/docs/" + link);
            Assert.Equal("application/json", file.Content.Headers.ContentType?.MediaType);
        }
        using var none = await Http.GetAsync("/docs/vectors/none.json");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        Assert.Contains("href=\"/docs/protocol\"", await Http.GetStringAsync("/docs"), StringComparison.Ordinal);
    }

    [GeneratedRegex("href=\"#([^\"]+)\"")]
    private static partial Regex Link();

    [GeneratedRegex("<details class=\"op\">\\s*<summary>.*?</summary>\\s*<(?:p|div) id=\"([^\"]+)\"", RegexOptions.Singleline)]
    private static partial Regex Folded();

    [GeneratedRegex("href=\"(vectors/[^\"]+)\"")]
    private static partial Regex VectorLink();
}
