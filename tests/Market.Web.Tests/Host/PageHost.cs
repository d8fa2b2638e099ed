using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Market.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Market.Web.Tests.Host;

/// <summary>The pages on a free port of this machine, over a <see cref="RecordedMarket"/>, with a hub that a
/// test plays.</summary>
internal sealed class PageHost : IAsyncDisposable
{
    private readonly WebApplication app;
    private long messages;

    private PageHost(WebApplication app, RecordedMarket market)
    {
        this.app = app;
        Market = market;
        Address = app.Urls.Single();
    }

    public RecordedMarket Market { get; }

    public string Address { get; }

    /// <summary>Starts it on a free port, or on <paramref name="port"/>.</summary>
    public static async Task<PageHost> StartAsync(RecordedMarket market, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port));
        builder.Services.AddMarketWeb();
        builder.Services.AddResponseCompression(o => o.MimeTypes = ["text/html"]);
        builder.Services.AddSingleton(market);
        builder.Services.AddSingleton<IMarketReader>(market);
        builder.Services.AddSingleton<Subscriptions>();
        builder.Services.AddSignalR().AddJsonProtocol(o => MarketJson.Configure(o.PayloadSerializerOptions));
        var app = builder.Build();
        app.UseResponseCompression();
        app.UseRouting();
        app.MapHub<PlayedHub>(Streams.HubPath);
        app.MapGet(Routes.Status, () => Results.Json(market.Status(), MarketJson.Options));
        app.MapGet(Routes.SwapCounts, () => Results.Json(market.SwapCounts(), MarketJson.Options));
        app.MapGet(Routes.Ticket, () => Results.Json(market.Ticket(), MarketJson.Options));
        app.MapGet(Routes.Instrument, (string instrument) =>
            Results.Json(market.InstrumentOf(instrument), MarketJson.Options));
        app.MapMarketWeb();
        await app.StartAsync();
        return new PageHost(app, market);
    }

    /// <summary>Sends a message of a channel to everybody who listens to it.</summary>
    public Task SendAsync<T>(string channel, StreamEventType type, T data, long? sequence = null) =>
        app
            .Services.GetRequiredService<IHubContext<PlayedHub>>()
            .Clients.Group(channel)
            .SendAsync(
                Streams.ClientMethod,
                Event(channel, type, data, sequence ?? Interlocked.Increment(ref messages))
            );

    /// <summary>How often a channel's snapshot was asked for.</summary>
    public int Asked(string channel) =>
        app.Services.GetRequiredService<Subscriptions>().Counts.GetValueOrDefault(channel);

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await app.StopAsync(soon.Token);
        await app.DisposeAsync();
    }

    internal static StreamEvent Event<T>(string channel, StreamEventType type, T data, long sequence) =>
        new()
        {
            Channel = channel,
            Type = type,
            Sequence = sequence,
            Time = DateTimeOffset.UtcNow,
            Data = JsonSerializer.SerializeToElement(data, MarketJson.Options),
        };

    internal sealed class Subscriptions
    {
        public ConcurrentDictionary<string, int> Counts { get; } = new(StringComparer.Ordinal);
    }

    internal sealed class PlayedHub(RecordedMarket market, Subscriptions subscriptions) : Hub
    {
        public async Task Subscribe(string[] channels)
        {
            foreach (var channel in channels)
            {
                await Groups.AddToGroupAsync(Context.ConnectionId, channel);
                if (Snapshot(channel) is { } data)
                    await Clients.Caller.SendAsync(
                        Streams.ClientMethod,
                        Event(channel, StreamEventType.Snapshot, data, 1)
                    );
                subscriptions.Counts.AddOrUpdate(channel, 1, (_, n) => n + 1);
            }
        }

        public async Task Unsubscribe(string[] channels)
        {
            foreach (var channel in channels)
                await Groups.RemoveFromGroupAsync(Context.ConnectionId, channel);
        }

        private object? Snapshot(string channel) =>
            channel.Split(':') switch
            {
                ["book", _] => market.Snapshot(100),
                ["trades", _] => market.NewestTrades(60),
                ["ticker", _] => market.Ticker(),
                ["discount", _] when !market.Young => market.Discount(),
                ["candles", _, var interval] => market.Candles(
                    Enum.Parse<CandleInterval>(interval, ignoreCase: true)
                ),
                ["chains", var instrument] => market.Tips() with { Instrument = instrument },
                ["swaps"] => market.Newest(20),
                _ => null,
            };
    }
}
