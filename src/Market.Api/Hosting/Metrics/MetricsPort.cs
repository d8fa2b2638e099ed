using System.Net;
using OpenTelemetry.Metrics;

namespace Market.Api.Hosting.Metrics;

/// <summary>Prometheus' figures, on a port of their own: on it nothing else is answered, and on no other are they.</summary>
internal static class MetricsPort
{
    // Of the runtime and of its web server, which measure themselves.
    private static readonly string[] OfPlatform =
        ["System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel"];

    /// <summary>The port as the web server is told of it.</summary>
    public static string UrlOf(IPEndPoint at) => new UriBuilder(Uri.UriSchemeHttp, at.Address.ToString(), at.Port).Uri.ToString();

    /// <summary>Adds the instruments and who reads them.</summary>
    /// <param name="services">The server's services.</param>
    public static void AddMetricsPort(this IServiceCollection services)
    {
        services.AddSingleton<MarketMeters>();
        services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter([MarketMeters.Name, .. OfPlatform]).AddPrometheusExporter());
    }

    /// <summary>Stands before everything else: whoever measures is no client of the market.</summary>
    /// <param name="app">The server.</param>
    /// <param name="at">Where the figures are asked for.</param>
    public static void UseMetricsPort(this WebApplication app, IPEndPoint at)
    {
        app.Services.GetRequiredService<MarketMeters>();
        app.MapWhen(
            context => context.Connection.LocalPort == at.Port,
            branch =>
            {
                branch.UseOpenTelemetryPrometheusScrapingEndpoint();
                branch.Run(context =>
                {
                    context.Response.StatusCode = StatusCodes.Status404NotFound;
                    return context.Response.WriteAsync("Figures are at /metrics; nothing else is here.", context.RequestAborted);
                });
            });
    }
}
