using Market.Contracts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Market.Web;

/// <summary>What all pages have in common: the reader, the clock, and the status that header and footer show.</summary>
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

    /// <summary>A 404 in words.</summary>
    protected ViewResult Missing(string title, string text, string hint)
    {
        var result = PageFailures.View(HttpContext.RequestServices, new FailureText(title, text, hint), 404);
        if (Status is not null) result.ViewData[nameof(Status)] = Status;
        result.ViewData[nameof(Now)] = Now;
        return result;
    }
}
