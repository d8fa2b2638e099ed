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
        return instrument is null ? path : With(path, Parameter, instrument);
    }

    /// <summary>An address of this site with a parameter more.</summary>
    /// <param name="path">The address, beginning with a slash.</param>
    /// <param name="name">The parameter.</param>
    /// <param name="value">What it is.</param>
    public static string With(string path, string name, string value)
    {
        ArgumentNullException.ThrowIfNull(path);
        var (before, fragment) = path.IndexOf('#', StringComparison.Ordinal) is var at && at >= 0
            ? (path[..at], path[at..])
            : (path, "");
        var joint = before.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        return $"{before}{joint}{name}={Uri.EscapeDataString(value)}{fragment}";
    }
}

/// <summary>Links and searches keep the instrument that the reader chose, and the unit that the address alone names.</summary>
/// <param name="money">In what amounts are shown.</param>
[HtmlTargetElement("a", Attributes = "href")]
[HtmlTargetElement("form", Attributes = "action")]
public sealed class InstrumentLinks(ShownMoney money) : TagHelper
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
        Carry(context, output, MarketLinks.Parameter, View.ViewData[MarketLinks.Parameter] as string);
        Carry(context, output, ShownMoney.Parameter, money.Carried);
    }

    private static void Carry(TagHelperContext context, TagHelperOutput output, string name, string? chosen)
    {
        if (chosen is null) return;
        if (output.TagName == "form")
        {
            var field = new TagBuilder("input") { TagRenderMode = TagRenderMode.SelfClosing };
            field.MergeAttributes(new Dictionary<string, string?> { ["type"] = "hidden", ["name"] = name, ["value"] = chosen });
            output.PreContent.AppendHtml(field);
            return;
        }
        var href = (output.Attributes["href"] ?? context.AllAttributes["href"]).Value?.ToString();
        // The interface for programs tells satoshis, whoever reads.
        if (name == ShownMoney.Parameter && href?.StartsWith("/api/", StringComparison.Ordinal) == true) return;
        if (href?.StartsWith('/') == true && !href.Contains($"{name}=", StringComparison.Ordinal))
            output.Attributes.SetAttribute("href", MarketLinks.With(href, name, chosen));
    }
}
