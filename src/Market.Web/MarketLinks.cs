using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Market.Web;

/// <summary>Which instrument a page is about goes along with its links, in the address's query: what names none is about the
/// market's first.</summary>
public static class MarketLinks
{
    /// <summary>The query's parameter, and where views find the choice.</summary>
    public const string Parameter = "instrument";

    /// <summary>An address of this site that is about an instrument too.</summary>
    /// <param name="path">The address, beginning with a slash.</param>
    /// <param name="instrument">The instrument; null for the first.</param>
    public static string Of(string path, string? instrument)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (instrument is null) return path;
        var (before, fragment) = path.IndexOf('#', StringComparison.Ordinal) is var at && at >= 0
            ? (path[..at], path[at..])
            : (path, "");
        var joint = before.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        return $"{before}{joint}{Parameter}={Uri.EscapeDataString(instrument)}{fragment}";
    }
}

/// <summary>Links and searches keep the instrument that the reader chose.</summary>
[HtmlTargetElement("a", Attributes = "href")]
[HtmlTargetElement("form", Attributes = "action")]
public sealed class InstrumentLinks : TagHelper
{
    /// <summary>The view that it stands in.</summary>
    [ViewContext]
    [HtmlAttributeNotBound]
    public ViewContext View { get; set; } = null!;

    /// <inheritdoc/>
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(output);
        if (View.ViewData[MarketLinks.Parameter] is not string chosen) return;
        if (output.TagName == "form")
        {
            var field = new TagBuilder("input") { TagRenderMode = TagRenderMode.SelfClosing };
            field.MergeAttributes(new Dictionary<string, string?>
            {
                ["type"] = "hidden",
                ["name"] = MarketLinks.Parameter,
                ["value"] = chosen,
            });
            output.PreContent.AppendHtml(field);
            return;
        }
        if (context.AllAttributes["href"].Value?.ToString() is { } href && href.StartsWith('/')
            && !href.Contains($"{MarketLinks.Parameter}=", StringComparison.Ordinal))
            output.Attributes.SetAttribute("href", MarketLinks.Of(href, chosen));
    }
}
