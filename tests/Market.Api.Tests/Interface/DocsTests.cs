using System.Net;
using System.Text.RegularExpressions;
using Market.Api.Tests.Host;

namespace Market.Api.Tests.Interface;

/// <summary>What is to be read of the interface: an overview, a page for each group, and the protocol with its vectors.</summary>
public sealed partial class DocsTests(MarketFixture fixture) : IClassFixture<MarketFixture>
{
    private HttpClient Http => fixture.Host.Http;

    [Fact]
    public async Task Each_operation_stands_on_its_groups_page_the_overview_leads_to_it_and_every_link_leads_somewhere()
    {
        var overview = await Http.GetStringAsync("/docs");
        var groups = GroupLink().Matches(overview).Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.True(groups.Count > 8, string.Join(' ', groups));
        var led = OperationLink().Matches(overview).Select(match => match.Groups[1].Value).ToHashSet();
        var found = new HashSet<string>();
        foreach (var group in groups)
        {
            var page = await Http.GetStringAsync(group);
            var parts = Part().Matches(page).Select(match => match.Groups[1].Value).ToHashSet();
            var links = Link().Matches(page).Select(match => match.Groups[1].Value).Where(link => link != "main").ToHashSet();
            Assert.Equal([], links.Except(parts));
            Assert.DoesNotContain("style=", page, StringComparison.Ordinal);
            found.UnionWith(Operation().Matches(page).Select(match => $"{group}#{match.Groups[1].Value}"));
        }
        Assert.Equal(led.Order(), found.Order());
        var document = await Http.GetStringAsync("/openapi/v1.json");
        Assert.Equal(OperationId().Count(document), found.Count);
    }

    [Theory]
    [InlineData("dead man", "/docs/orders#put-api-v1-orders-dead-man")]
    [InlineData("tooLargeForSeries", "/docs/orders#post-api-v1-orders")]
    [InlineData("BookSnapshot", "#type-BookSnapshot")]
    public async Task A_search_finds_operations_by_what_is_said_of_them_and_types(string words, string link)
    {
        var page = await Http.GetStringAsync("/docs?q=" + Uri.EscapeDataString(words));
        Assert.Contains($"{link}\"", page, StringComparison.Ordinal);
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
        Assert.Equal(9, vectors.Count);
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

    [GeneratedRegex("href=\"(/docs/(?!protocol)[a-z-]+)\"")]
    private static partial Regex GroupLink();

    [GeneratedRegex("href=\"(/docs/[a-z-]+#[^\"]+)\"")]
    private static partial Regex OperationLink();

    [GeneratedRegex(" id=\"([^\"]+)\"")]
    private static partial Regex Part();

    [GeneratedRegex("<section class=\"op\" id=\"([^\"]+)\"")]
    private static partial Regex Operation();

    [GeneratedRegex("\"operationId\"")]
    private static partial Regex OperationId();

    [GeneratedRegex("href=\"(vectors/[^\"]+)\"")]
    private static partial Regex VectorLink();
}
