using Market.Api.Realtime;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Market.Api.Hosting;

/// <summary>Who is told of spans: whoever is named by OpenTelemetry's own variables, and else nobody.</summary>
internal static class Tracing
{
    /// <summary>Names where spans go. The other variables of the kind are the exporter's own: OTEL_EXPORTER_OTLP_PROTOCOL,
    /// OTEL_TRACES_SAMPLER and so on.</summary>
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string Service = "market";

    // Requests and calls of the hub begin traces; the database's commands stand within.
    private static readonly string[] OfPlatform = ["Microsoft.AspNetCore", "Microsoft.AspNetCore.SignalR.Server", "Npgsql"];

    /// <summary>Adds the exporter where the endpoint is named.</summary>
    public static void AddTracing(this IServiceCollection services, IConfiguration configuration)
    {
        if (string.IsNullOrWhiteSpace(configuration[EndpointVariable])) return;
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(Service).AddEnvironmentVariableDetector())
            .WithTracing(traces => traces.AddSource([Traces.Name, .. OfPlatform]).AddOtlpExporter());
    }
}
