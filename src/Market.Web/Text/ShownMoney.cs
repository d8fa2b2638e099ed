using System.Globalization;
using Market.Contracts;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace Market.Web;

/// <summary>Amounts of bitcoin and prices in the unit that this reader chose: the address names it, and where that names none the
/// cookie that the switch sets. Each figure carries its satoshis, so that the switch writes all of a page anew without asking the
/// server. The TypeScript twin is client/src/money.ts.</summary>
public sealed class ShownMoney
{
    /// <summary>The address's parameter, and the cookie's name.</summary>
    public const string Parameter = "units";

    private const string None = "\u2013";

    /// <summary>The unit of a request.</summary>
    /// <param name="accessor">The request that is answered.</param>
    public ShownMoney(IHttpContextAccessor accessor)
    {
        ArgumentNullException.ThrowIfNull(accessor);
        var request = accessor.HttpContext?.Request;
        var kept = Read(request?.Cookies[Parameter]) ?? MoneyUnit.Sat;
        Unit = Read(request?.Query[Parameter]) ?? kept;
        Carried = Unit == kept ? null : NameOf(Unit);
    }

    /// <summary>The unit.</summary>
    public MoneyUnit Unit { get; }

    /// <summary>The unit as links have to name it; null where the reader's browser says the same by itself.</summary>
    public string? Carried { get; }

    /// <summary>"sat" or "BTC".</summary>
    public string Name => Units.NameOf(Unit);

    /// <summary>The other unit's name.</summary>
    public string OtherName => Units.NameOf(Other);

    /// <summary>The unit as the address names it.</summary>
    public string InAddress => NameOf(Unit);

    /// <summary>The name, to be written anew by the switch.</summary>
    public IHtmlContent Label => Tag("data-money", "", Name);

    private MoneyUnit Other => Unit == MoneyUnit.Sat ? MoneyUnit.Btc : MoneyUnit.Sat;

    /// <summary>The address that shows the same in the other unit, relative to the request's.</summary>
    /// <param name="asked">The request's parameters.</param>
    public string SwitchTo(IQueryCollection asked)
    {
        var all = asked.Where(one => one.Key != Parameter).Append(new(Parameter, NameOf(Other)));
        return QueryString.Create(all).ToString();
    }

    /// <summary>Satoshis without their unit, for an attribute or a title.</summary>
    public string Text(long sats) => Units.Money(sats, Unit);

    /// <summary>Satoshis without their unit; a dash where they are not known.</summary>
    public IHtmlContent Of(long? sats) => sats is { } known
        ? Tag("data-sat", known.ToString(CultureInfo.InvariantCulture), Text(known))
        : new HtmlString(None);

    /// <summary>As the other.</summary>
    public IHtmlContent Of(Sats sats) => Of(sats.Value);

    /// <summary>As the other, of a whole share.</summary>
    public IHtmlContent Of(Price price) => Of(price.Sats);

    /// <summary>A computed amount, cut to whole satoshis; a dash where it is not known.</summary>
    public IHtmlContent Of(double? value) => Of(value is { } known && double.IsFinite(known) ? (long)known : null);

    /// <summary>A computed amount with no more digits than its relative error allows.</summary>
    public IHtmlContent Of(double? value, double? relativeError) => Of(WorthText.Rounded(value, relativeError));

    /// <summary>A figure of a reading, in whatever it is told.</summary>
    public IHtmlContent Of(ShownFigure figure, WorthReading reading)
    {
        ArgumentNullException.ThrowIfNull(figure);
        return figure.Kind == FigureKind.Sats ? Of(figure.Sats(reading)) : new HtmlContentBuilder().Append(figure.Text(reading));
    }

    /// <summary>An amount of a chain's coin with its unit.</summary>
    public IHtmlContent Of(ChainName chain, Sats value)
    {
        var html = new HtmlContentBuilder();
        return chain == ChainName.Sharechain
            ? html.Append(Units.Shares(value.Value)).Append(value.Value == Quantity.UnitsPerShare ? " share" : " shares")
            : html.AppendHtml(Of(value)).Append(" ").AppendHtml(Label);
    }

    /// <summary>A sentence of the server's, which says amounts of bitcoin in satoshis: each is a figure with its unit.</summary>
    public IHtmlContent Sentence(string? sentence)
    {
        var html = new HtmlContentBuilder();
        var pieces = Units.Pieces(sentence ?? "");
        for (var i = 0; i < pieces.Length; i++)
        {
            if (i % 2 == 0) html.Append(pieces[i]);
            else html.AppendHtml(Of(long.Parse(pieces[i], NumberStyles.AllowThousands, CultureInfo.InvariantCulture)))
                .Append(" ").AppendHtml(Label);
        }
        return html;
    }

    /// <summary>A price as the command line takes it.</summary>
    public IHtmlContent Typed(Price price) =>
        Either(Units.Typed(price.Sats, MoneyUnit.Sat), Units.Typed(price.Sats, MoneyUnit.Btc));

    /// <summary>What is not a number of satoshis, as it reads in each of the units.</summary>
    public IHtmlContent Either(string sat, string btc)
    {
        var span = new TagBuilder("span");
        span.Attributes["data-in-sat"] = sat;
        span.Attributes["data-in-btc"] = btc;
        span.InnerHtml.Append(Unit == MoneyUnit.Sat ? sat : btc);
        return span;
    }

    private static MoneyUnit? Read(string? name) => name switch
    {
        "sat" => MoneyUnit.Sat,
        "btc" => MoneyUnit.Btc,
        _ => null,
    };

    private static string NameOf(MoneyUnit unit) => unit == MoneyUnit.Sat ? "sat" : "btc";

    private static TagBuilder Tag(string attribute, string value, string text)
    {
        var span = new TagBuilder("span");
        span.Attributes[attribute] = value;
        span.InnerHtml.Append(text);
        return span;
    }
}
