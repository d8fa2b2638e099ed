using System.Collections.Concurrent;
using Market.Api.Hosting.OpenApi;
using Market.Api.Tests.Declared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

[assembly: AssemblyFixture(typeof(DeclaredAnswers))]

namespace Market.Api.Tests.Declared;

/// <summary>
/// Stands before everything else in the servers of these tests and holds each answer of the interface against the document that
/// the same server serves, whoever asked and by whatever client. An answer that is not declared does not arrive: its connection
/// is cut, so that the test which asked for it fails; and the run fails with the list.
/// </summary>
public sealed class DeclaredAnswers : IDisposable
{
    private static readonly ConcurrentDictionary<string, byte> Found = new();
    private static readonly ConcurrentDictionary<string, Lazy<Task<ApiContract>>> Contracts = new();
    private static int _checked;

    /// <summary>Answers that were held against a document until now.</summary>
    public static int Checked => Volatile.Read(ref _checked);

    /// <summary>What was found, for the test of the check itself to take out again.</summary>
    public static bool Forget(string fault) => Found.TryRemove(fault, out _);

    public static IReadOnlyCollection<string> Faults => [.. Found.Keys];

    /// <summary>Holds a server to its document.</summary>
    public static void Add(IServiceCollection services) => services.AddSingleton<IStartupFilter, Filter>().AddSingleton<Document>();

    /// <summary>The routes of a server, from which its document follows.</summary>
    public static string RoutesOf(EndpointDataSource routes) =>
        string.Join('\n', routes.Endpoints.Select(route => route.DisplayName).Order(StringComparer.Ordinal));

    /// <summary>What a server promises. It follows from the routes alone: of all servers that have the same ones it is made and
    /// read once.</summary>
    public static async Task<ApiContract> ContractOf(OpenApiFile file, EndpointDataSource routes)
    {
        var key = RoutesOf(routes);
        var made = Contracts.GetOrAdd(
            key, _ => new Lazy<Task<ApiContract>>(async () => new ApiContract(await file.ReadAsync(CancellationToken.None))));
        try
        {
            return await made.Value;
        }
        catch (Exception)
        {
            // A server that ends meanwhile makes none: the next one does.
            Contracts.TryRemove(KeyValuePair.Create(key, made));
            throw;
        }
    }

    public void Dispose() =>
        Assert.True(Found.IsEmpty, "Answers that the OpenAPI document does not declare:\n" + string.Join('\n', Found.Keys.Order()));

    private sealed class Filter : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(CheckAsync);
            next(app);
        };
    }

    /// <summary>The server's own document, read when the first answer is.</summary>
    private sealed class Document(OpenApiFile file, EndpointDataSource routes)
    {
        private readonly Lazy<Task<ApiContract>> _read = new(() => ContractOf(file, routes));

        public Task<ApiContract> ReadAsync() => _read.Value;
    }

    private static async Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase))
        {
            await next(context);
            return;
        }
        var original = context.Features.Get<IHttpResponseBodyFeature>()!;
        using var kept = new KeptBody(context.Response, original.Stream);
        var feature = new StreamResponseBodyFeature(kept, original);
        context.Features.Set<IHttpResponseBodyFeature>(feature);
        try
        {
            await next(context);
            await feature.CompleteAsync();
        }
        finally
        {
            context.Features.Set(original);
            if (kept.IsStream) await HoldAsync(context, kept);
        }
        // A client that has gone is answered with nothing.
        if (kept.IsStream || context.RequestAborted.IsCancellationRequested ||
            context.Response.StatusCode == StatusCodes.Status499ClientClosedRequest) return;
        // Headers are whole from here on.
        await original.StartAsync(CancellationToken.None);
        if (!await HoldAsync(context, kept)) context.Abort();
        else if (kept.Length > 0) await original.Stream.WriteAsync(kept.ToArray(), CancellationToken.None);
    }

    private static async Task<bool> HoldAsync(HttpContext context, KeptBody kept)
    {
        var contract = await context.RequestServices.GetRequiredService<Document>().ReadAsync();
        var faults = contract.FaultsOf(context, kept.ToArray());
        Interlocked.Increment(ref _checked);
        foreach (var fault in faults)
            Found.TryAdd($"{context.Request.Method} {context.Request.Path}: {context.Response.StatusCode}: {fault}", 0);
        return faults.Count == 0;
    }
}
