using System.Text.Json;
using Market.Contracts;
using Microsoft.AspNetCore.Mvc;

namespace Market.Web.Pages;

/// <summary>What was said of a share's worth over time, as it was said, and several sharechains in each other's light.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class AnalyticsModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    /// <summary>Readings on a page, and in its chart.</summary>
    public const int PerPage = 96;

    // With fewer than so many hours a young market is shown by the minute.
    private const int EnoughHours = 6;
    private const int PerFile = 500;

    /// <summary>The intervals to choose from, with their names.</summary>
    public static IReadOnlyList<(CandleInterval Every, string Name)> Spans { get; } =
    [
        (CandleInterval.Minute, "each minute"), (CandleInterval.FiveMinutes, "every 5 minutes"), (CandleInterval.Hour, "each hour"),
        (CandleInterval.Day, "each day"),
    ];

    /// <summary>The group of figures that the address names.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Show { get; set; }

    /// <summary>The interval that the address names.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Every { get; set; }

    /// <summary>The instrument that this one is held against over time.</summary>
    [BindProperty(SupportsGet = true)]
    public string? With { get; set; }

    /// <summary>Which readings the page begins after.</summary>
    [BindProperty(SupportsGet = true)]
    public string? From { get; set; }

    /// <summary>All groups of the instrument.</summary>
    public IReadOnlyList<FigureGroup> Groups { get; private set; } = [];

    /// <summary>The group that is shown.</summary>
    public FigureGroup Group { get; private set; } = null!;

    /// <summary>The interval that is shown.</summary>
    public CandleInterval Span { get; private set; }

    /// <summary>The newest reading of all; null where nothing was said yet.</summary>
    public WorthReading? Newest { get; private set; }

    /// <summary>The readings of this page, the newest first.</summary>
    public Page<WorthReading> Readings { get; private set; } = new() { Items = [] };

    /// <summary>All instruments in the light of this one; null where another group is shown.</summary>
    public InstrumentComparison? Comparison { get; private set; }

    /// <summary>The instrument that this one is held against over time; null where there is no other.</summary>
    public string? Other { get; private set; }

    /// <summary>What was said of both, the newest first.</summary>
    public Page<ComparedReading> Compared { get; private set; } = new() { Items = [] };

    /// <summary>The series of the instrument's sharechain; none where its shares never expire.</summary>
    public IReadOnlyList<ExpirySeries> Series =>
        [.. Instruments.Where(one => one.Sharechain == Instrument.Sharechain).Select(one => one.Series).OfType<ExpirySeries>()];

    /// <summary>Other instruments than this.</summary>
    public IReadOnlyList<string> Others => [.. Instruments.Select(one => one.Id).Where(id => id != Instrument.Id)];

    /// <summary>What the scripts draw, as JSON that is safe inside a script element; null where there is nothing to draw.</summary>
    public string? Chart => this switch
    {
        { Compared.Items: [_, _, ..] both } => JsonSerializer.Serialize(ReadingChart.Of(both), MarketJson.Options),
        { Group.Figures.Count: > 0, Readings.Items: [_, _, ..] one } =>
            JsonSerializer.Serialize(ReadingChart.Of(Group, one), MarketJson.Options),
        _ => null,
    };

    /// <summary>An interval as addresses and the interface name it.</summary>
    public static string NameOf(CandleInterval every) => JsonNamingPolicy.CamelCase.ConvertName(every.ToString());

    /// <summary>The page's address with another group or interval.</summary>
    public string At(string? show = null, CandleInterval? every = null, string? with = null)
    {
        var address = $"/analytics?show={show ?? Group.Id}&every={NameOf(every ?? Span)}";
        return Link((with ?? Other) is { } other && (show ?? Group.Id) == ReadingFigures.Chains
            ? $"{address}&with={Uri.EscapeDataString(other)}"
            : address);
    }

    /// <summary>Where the same is as a file.</summary>
    public string Table => Other is { } other && Group.Id == ReadingFigures.Chains
        ? $"/api/v1/instruments/{Instrument.Id}/readings/compared?with={Uri.EscapeDataString(other)}&every={NameOf(Span)}"
            + $"&limit={PerFile}&format=csv"
        : $"/api/v1/instruments/{Instrument.Id}/readings?every={NameOf(Span)}&limit={PerFile}&format=csv";

    /// <summary>Since when readings are kept, where this page has the first.</summary>
    public DateTimeOffset? Since => Group.Id == ReadingFigures.Chains
        ? Compared is { NextCursor: null, Items: [.., var both] } ? both.Time : null
        : Readings is { NextCursor: null, Items: [.., var one] } ? one.Time : null;

    /// <summary>The page that follows; null where there is none.</summary>
    public string? Older => (Group.Id == ReadingFigures.Chains ? Compared.NextCursor : Readings.NextCursor) is { } next
        ? $"{At()}&from={next}"
        : null;

    /// <summary>GET.</summary>
    public async Task OnGetAsync(CancellationToken cancel)
    {
        Groups = ReadingFigures.Of(Instrument.Series is not null);
        Group = Groups.FirstOrDefault(one => one.Id == Show) ?? Groups[0];
        var asked = Spans.Where(one => NameOf(one.Every) == Every).Select(one => (CandleInterval?)one.Every).FirstOrDefault();
        Newest = (await Reader.ReadingsAsync(Instrument.Id, CandleInterval.Minute, 1, null, cancel)).Items is [var newest, ..]
            ? newest
            : null;
        Span = asked ?? await UsualAsync(cancel);
        ViewData["Keep"] = $"&show={Group.Id}&every={NameOf(Span)}";
        if (Group.Id == ReadingFigures.Chains) await CompareAsync(cancel);
        else Readings = await Reader.ReadingsAsync(Instrument.Id, Span, PerPage, From, cancel);
    }

    private async Task<CandleInterval> UsualAsync(CancellationToken cancel) =>
        (await Reader.ReadingsAsync(Instrument.Id, CandleInterval.Hour, EnoughHours, null, cancel)).Items.Count < EnoughHours
            ? CandleInterval.Minute
            : CandleInterval.Hour;

    private async Task CompareAsync(CancellationToken cancel)
    {
        Comparison = await Reader.ComparisonAsync(Instrument.Id, cancel);
        Other = Others.FirstOrDefault(id => id == With) ?? (Others.Count > 0 ? Others[0] : null);
        if (Other is not null) Compared = await Reader.ComparedAsync(Instrument.Id, Other, Span, PerPage, From, cancel);
    }
}
