using System.Text.RegularExpressions;

namespace Market.Web.Tests.Host;

/// <summary>Amounts on a page as a reader sees them.</summary>
internal static partial class ShownAmounts
{
    /// <summary>A page's text without what the switch of units writes amounts anew by.</summary>
    public static string Plain(string html) => Marked().Replace(html, "$1");

    [GeneratedRegex("<span data-(?:sat|money|in-btc)=\"[^>]*\">([^<]*)</span>")]
    private static partial Regex Marked();
}
