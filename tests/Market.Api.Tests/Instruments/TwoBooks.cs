using Market.Api.Realtime;
using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Contracts;
using Market.Testing.Chains;

namespace Market.Api.Tests.Instruments;

/// <summary>Two instruments in one server, and two who trade in both.</summary>
public abstract class TwoBooks(PostgresFixture postgres) : IAsyncLifetime
{
    private protected const string First = "P2SHARE-BTC";
    private protected const string Second = "P2SHARE-K20-BTC";
    private protected const long Share = Quantity.UnitsPerShare;
    private protected const long Price = 100_000;
    private protected static readonly string[] Both = [First, Second];

    private protected string Database { get; private set; } = null!;

    private protected TradingHost Host { get; private set; } = null!;

    private protected Trader Ann { get; private set; } = null!;

    private protected Trader Bob { get; private set; } = null!;


    public async ValueTask InitializeAsync()
    {
        Database = await postgres.NewDatabaseAsync();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Ann.Dispose();
        Bob.Dispose();
        await Host.DisposeAsync();
    }

    private protected async Task StartAsync(int instruments = 2)
    {
        Host = await TradingHost.StartAsync(Database, instruments: instruments);
        (Ann, Bob) = (await Host.TraderAsync(1), await Host.TraderAsync(2));
    }

    private protected static PlaceOrder Order(
        Trader trader, string instrument, string name, Side side, long quantity = Share, OutPoint? coin = null,
        long price = Price) =>
        trader.Order(name, side, price, quantity, order => order with { Instrument = instrument }, coin);

    private protected static string Of(string route, string instrument) =>
        route.Replace("{instrument}", instrument, StringComparison.Ordinal);

    private protected static async Task<Trade> NextTradeAsync(StreamClient reader)
    {
        using var patience = new CancellationTokenSource(Eventually.Patience);
        while (true)
        {
            // None, where it is only time to look whether the reader is still there.
            if (await reader.NextAsync(patience.Token) is { Type: StreamEventType.Update } told
                && told.Channel.StartsWith("trades:", StringComparison.Ordinal))
            {
                return System.Text.Json.JsonSerializer.Deserialize<Trade>(told.Event.Data!.Value, MarketJson.Options)!;
            }
        }
    }

    private protected async Task RestartAsync()
    {
        Ann.Dispose();
        Bob.Dispose();
        await Host.DisposeAsync();
        await StartAsync();
    }
}
