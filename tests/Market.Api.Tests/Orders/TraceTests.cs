using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using Market.Api.Hosting;
using Market.Api.Realtime;
using Market.Api.Tests.Host;
using Market.Contracts;
using Market.Testing.Chains;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;

namespace Market.Api.Tests.Orders;

/// <summary>An order can be followed from its request to the streams, by whoever asks for that.</summary>
public sealed class TraceTests(PostgresFixture postgres)
{
    [Fact]
    public async Task An_order_is_one_trace_from_its_request_to_the_streams()
    {
        var trace = ActivityTraceId.CreateRandom();
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is Traces.Name or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == trace) ended.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync());
        using var ann = await host.TraderAsync(1);
        await using var reader = await SseReader.OpenAsync(ann.Http, $"{Channels.Book("P2SHARE-BTC")},{Channels.Orders}");
        await reader.NextAsync();
        await reader.NextAsync();
        ann.Http.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        await ann.PlaceAsync("a", Side.Sell, 100_000, 100_000_000);
        await reader.NextAsync();
        await reader.NextAsync();

        string[] wanted = [Traces.Committed, Traces.Published, Traces.Queued, Traces.Told, Traces.Told];
        await Eventually.TrueAsync(
            () => ended.Any(span => span.Source.Name != Traces.Name) && ended.Count(IsOurs) == wanted.Length, "the spans end");
        Assert.Equal(wanted, ended.Where(IsOurs).Select(span => span.OperationName).Order(StringComparer.Ordinal));
        var request = ended.Single(span => !IsOurs(span));
        var told = ended.Where(span => span.OperationName == Traces.Told).ToList();
        Assert.All(ended.Where(IsOurs).Except(told), span => Assert.Equal(request.SpanId, span.ParentSpanId));
        var published = ended.Single(span => span.OperationName == Traces.Published);
        Assert.All(told, span => Assert.Equal(published.SpanId, span.ParentSpanId));
        Assert.Equal(
            [Channels.Book("P2SHARE-BTC"), Channels.Orders],
            told.Select(span => (string?)span.GetTagItem("market.channel")).Order(StringComparer.Ordinal));

        static bool IsOurs(Activity span) => span.Source.Name == Traces.Name;
    }

    [Fact]
    public async Task Spans_go_where_the_variable_says_and_nowhere_without_it()
    {
        Assert.DoesNotContain(Traced(new ServiceCollection(), null), service => service.ServiceType == typeof(TracerProvider));

        var port = NodeHost.FreePort();
        using var collector = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
        collector.Start();
        var services = Traced(new ServiceCollection(), $"http://127.0.0.1:{port}");
        await using (var provider = services.BuildServiceProvider())
        {
            var tracer = provider.GetRequiredService<TracerProvider>();
            using (var root = new Activity("root") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start())
                Traces.End(Traces.Begin(Traces.Queued));
            var flushed = Task.Run(() => tracer.ForceFlush(), TestContext.Current.CancellationToken);
            // Other tests of this process may have spans of their own: they come along.
            string text;
            do
            {
                var context = await collector.GetContextAsync()
                    .WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
                Assert.Equal("/v1/traces", context.Request.Url!.AbsolutePath);
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body, TestContext.Current.CancellationToken);
                context.Response.Close();
                text = Encoding.Latin1.GetString(body.ToArray());
            }
            while (!text.Contains(Traces.Queued, StringComparison.Ordinal));
            await flushed;
        }
    }

    private static ServiceCollection Traced(ServiceCollection services, string? endpoint)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            [Tracing.EndpointVariable] = endpoint,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        }).Build();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddTracing(configuration);
        return services;
    }
}
