using Market.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Market.Web;

/// <summary>How a server mounts the pages: <see cref="AddMarketWeb"/>, an <see cref="IMarketReader"/> of its own, and
/// <see cref="MapMarketWeb"/>.</summary>
public static class MarketWeb
{
    /// <summary>Registers pages and assets. The server also registers an <see cref="IMarketReader"/>, compresses
    /// text/html, and may register the <see cref="TimeProvider"/> that ages are computed with (the system's otherwise).
    /// </summary>
    public static IServiceCollection AddMarketWeb(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<AssetStore>();
        services.AddHttpContextAccessor();
        services.AddScoped<ShownMoney>();
        services.AddRazorPages(options => options.Conventions.ConfigureFilter(new PageHeaders())
                .ConfigureFilter(new PageFailures()))
            .AddApplicationPart(typeof(MarketWeb).Assembly);
        return services;
    }

    /// <summary>Maps the pages, <c>/assets/{file}</c>, <c>/watch/{key}</c> and what is kept under <c>/docs</c>; on a
    /// <see cref="WebApplication"/> that has called UseRouting also the page for addresses that nothing answers. Call it
    /// last.</summary>
    /// <param name="endpoints">Where they are mapped.</param>
    /// <param name="reads">Told of the routes that read the market's data.</param>
    public static IEndpointRouteBuilder MapMarketWeb(
        this IEndpointRouteBuilder endpoints, Action<IEndpointConventionBuilder>? reads = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var assets = endpoints.ServiceProvider.GetRequiredService<AssetStore>();
        endpoints.MapMethods("/assets/{file}", [HttpMethods.Get, HttpMethods.Head],
            (HttpContext context, string file) => assets.Serve(context, file)).ExcludeFromDescription();
        endpoints.MapGet("/favicon.ico", () => Results.Redirect(assets.Url("icon.svg"))).ExcludeFromDescription();
        var watch = endpoints.MapGet("/watch/{key}", WatchAsync).ExcludeFromDescription();
        Documents.Map(endpoints);
        var pages = endpoints.MapRazorPages();
        reads?.Invoke(watch);
        reads?.Invoke(pages);
        (endpoints as IApplicationBuilder)?.Use((context, next) => UnknownAddresses.Handle(context, next));
        return endpoints;
    }

    private static async Task<IResult> WatchAsync(
        string key, IMarketReader reader, CancellationToken cancel, string? instrument = null)
    {
        if (key.Length != 64 || !key.All(char.IsAsciiHexDigitLower)) return Results.NotFound();
        var all = await reader.InstrumentsAsync(cancel);
        return (instrument is null ? all[0] : all.FirstOrDefault(one => one.Id == instrument)) is { } about
            ? Results.Json(await reader.AccountAsync(about.Id, key, cancel), MarketJson.Options)
            : Results.NotFound();
    }
}
