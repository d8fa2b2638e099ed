using Market.Contracts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Market.Web;

/// <summary>What all pages have in common: the reader, the clock, the instrument that the page is about, and the status that header
/// and footer show.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public abstract class MarketPage(IMarketReader reader, TimeProvider clock) : PageModel
{
    /// <summary>Where the data comes from.</summary>
    protected IMarketReader Reader { get; } = reader;

    /// <summary>When the page was rendered.</summary>
    public DateTimeOffset Now { get; } = clock.GetUtcNow();

    /// <summary>How the market is doing.</summary>
    public ServerStatus Status { get; private set; } = null!;

    /// <summary>The instrument that the page is about.</summary>
    public Instrument Instrument { get; private set; } = null!;

    /// <summary>Its two tips.</summary>
    public ChainTips Chains => Status.Chains.FirstOrDefault(tips => tips.Instrument == Instrument.Id) ?? Status.Chains[0];

    /// <summary>An address of this site that is about the same instrument.</summary>
    protected string Link(string path) => MarketLinks.Of(path, ViewData[MarketLinks.Parameter] as string);

    /// <summary>The page is about this instrument.</summary>
    protected void Choose(Instrument instrument)
    {
        ArgumentNullException.ThrowIfNull(instrument);
        Instrument = instrument;
        ViewData[nameof(Instrument)] = instrument.Id;
        ViewData[MarketLinks.Parameter] = ParameterOf(instrument);
    }

    /// <summary>The instrument as a link names it; null for the one that is shown where none is named. Which series that is changes
    /// with time: a link to one names it.</summary>
    protected string? ParameterOf(Instrument instrument)
    {
        ArgumentNullException.ThrowIfNull(instrument);
        return instrument == Instruments[0] && instrument.Series is null ? null : instrument.Id;
    }

    /// <summary>All instruments.</summary>
    protected IReadOnlyList<Instrument> Instruments { get; private set; } = [];

    /// <summary>Whether the page is shown also while the market's status cannot be read.</summary>
    protected virtual bool IsShownAlways => false;

    /// <inheritdoc/>
    public override async Task OnPageHandlerExecutionAsync(
        PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(next);
        ViewData[nameof(Now)] = Now;
        try
        {
            ViewData[nameof(Instruments)] = Instruments = await Reader.InstrumentsAsync(HttpContext.RequestAborted);
            if (Asked() is not { } asked)
            {
                context.Result = Missing("There is no such instrument", "The market does not trade it.",
                    $"It trades {string.Join(", ", Instruments.Select(one => one.Id))}.");
                return;
            }
            Choose(asked);
            Status = await Reader.StatusAsync(HttpContext.RequestAborted);
            ViewData[nameof(Status)] = Status;
        }
        catch (Exception e) when (IsShownAlways && e is not OperationCanceledException)
        {
            HttpContext.RequestServices.GetRequiredService<ILogger<MarketPage>>()
                .LogError(e, "The status for a page could not be read");
        }
        await next();
    }

    private Instrument? Asked() => HttpContext.Request.Query[MarketLinks.Parameter].ToString() is { Length: > 0 } id
        ? Instruments.FirstOrDefault(one => one.Id == id)
        : Instruments.FirstOrDefault(one => one.Series is null or { State: SeriesState.Listed }) ?? Instruments[0];

    /// <summary>A 404 in words.</summary>
    protected ViewResult Missing(string title, string text, string hint)
    {
        var result = PageFailures.View(HttpContext.RequestServices, new FailureText(title, text, hint), 404);
        if (Status is not null) result.ViewData[nameof(Status)] = Status;
        result.ViewData[nameof(Now)] = Now;
        foreach (var name in new[] { nameof(Instruments), nameof(Instrument), MarketLinks.Parameter })
            result.ViewData[name] = ViewData[name];
        return result;
    }
}
