using System.Collections.Frozen;
using Market.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Market.Web;

/// <summary>What a reader sees at an address that nothing answers. A route for it would take the interface's own
/// answers (405 for a wrong method) away: it stands behind routing and acts only where no endpoint was found.</summary>
internal static class UnknownAddresses
{
    private static readonly FrozenSet<string> Others =
        new[] { "api", "hub", "openapi", "assets", "watch" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FailureText Text = new(
        "There is no such page", "Nothing is kept at this address.", "The pages of the market are listed above.");

    internal static Task Handle(HttpContext context, RequestDelegate next)
    {
        var first = context.Request.Path.Value?.Split('/', 3) is [_, var segment, ..] ? segment : "";
        return context.GetEndpoint() is null && HttpMethods.IsGet(context.Request.Method) && !Others.Contains(first)
            ? ShowAsync(context)
            : next(context);
    }

    private static async Task ShowAsync(HttpContext context)
    {
        var services = context.RequestServices;
        var result = PageFailures.View(services, Text, StatusCodes.Status404NotFound);
        if (await StatusAsync(context) is { } status) result.ViewData["Status"] = status;
        PageHeaders.Set(context.Response.Headers);
        await result.ExecuteResultAsync(new ActionContext(context, new RouteData(), new ActionDescriptor()));
    }

    private static async Task<ServerStatus?> StatusAsync(HttpContext context)
    {
        try
        {
            return await context.RequestServices.GetRequiredService<IMarketReader>()
                .StatusAsync(context.RequestAborted);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            context.RequestServices.GetRequiredService<ILogger<PageFailures>>()
                .LogError(e, "The status for a page could not be read");
            return null;
        }
    }
}
