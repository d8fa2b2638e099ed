using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Market.Web;

/// <summary>What the page says when there is nothing else to show.</summary>
/// <param name="Title">In a few words.</param>
/// <param name="Text">What happened and what it does not mean.</param>
/// <param name="Hint">What the reader may do now.</param>
public sealed record FailureText(string Title, string Text, string Hint);

/// <summary>A page whose data could not be read says so in plain words, with 503, and shows no figures.</summary>
internal sealed class PageFailures : IExceptionFilter
{
    private static readonly FailureText Unreadable = new(
        "The market cannot read its own state right now",
        "Nothing is lost by this: orders and swaps are kept in the journal and on the two chains, and swaps go on " +
        "without this page.",
        "Reload in a few seconds. If you are in a swap, your agent keeps watching both chains by itself.");

    public void OnException(ExceptionContext context)
    {
        var gone = context.HttpContext.RequestAborted.IsCancellationRequested;
        if (gone && context.Exception is OperationCanceledException) return;
        var services = context.HttpContext.RequestServices;
        services.GetRequiredService<ILogger<PageFailures>>()
            .LogError(context.Exception, "A page could not be shown: {Path}", context.HttpContext.Request.Path);
        context.Result = View(services, Unreadable, 503);
        context.HttpContext.Response.Headers.RetryAfter = "5";
        context.ExceptionHandled = true;
    }

    internal static ViewResult View(IServiceProvider services, FailureText text, int status) => new()
    {
        ViewName = "/Pages/Shared/Failure.cshtml",
        StatusCode = status,
        ViewData = new ViewDataDictionary<FailureText>(
            services.GetRequiredService<IModelMetadataProvider>(), new ModelStateDictionary())
        { Model = text },
    };
}
