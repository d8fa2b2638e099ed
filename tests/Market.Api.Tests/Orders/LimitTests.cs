using Market.Contracts;
using Market.Trading;
using Microsoft.Extensions.DependencyInjection;
using Side = Market.Contracts.Side;

namespace Market.Api.Tests.Orders;

/// <summary>The bounds of a book, over HTTP, on one that is small.</summary>
public sealed class LimitTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const long Share = 100_000_000;
    private const long Price = 98_000;
    private const int PerAccount = 3;
    private const int InAll = 5;

    private TradingHost _host = null!;
    private Trader _ann = null!;
    private Trader _bob = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync(), parts: services => services.AddSingleton(provider =>
            new BookDefinition(
                new InstrumentRules { Tick = 10, Lot = 1_000_000, MinQuantity = 10_000_000, MaxQuantity = 1_000 * Share },
                new BookLimits { MaxOrders = InAll, MaxOrdersPerAccount = PerAccount })));
        _ann = await _host.TraderAsync(1);
        _bob = await _host.TraderAsync(2);
    }

    public async ValueTask DisposeAsync()
    {
        _ann.Dispose();
        _bob.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task An_account_with_too_many_open_orders_is_refused_until_it_cancels_one()
    {
        for (var i = 0; i < PerAccount; i++) await _ann.PlaceAsync($"s{i}", Side.Sell, Price, Share);
        var coin = _ann.Coin(2 * Share);
        var refused = await _ann.ProblemAsync(_ann.Order("more", Side.Sell, Price, Share, coin: coin));
        Assert.Equal((ProblemCodes.TooManyOrders, 409), (refused.Code, refused.Status));
        Assert.Equal(PerAccount, await OpenAsync(_ann));
        // Another account is not concerned, and nothing of the refused order stays behind: its coin and name are free.
        await _bob.PlaceAsync("b", Side.Buy, Price - 10, Share);
        await _ann.SendAsync<Order>(HttpMethod.Delete, "/api/v1/orders/client:s0");
        await _ann.PlaceAsync(_ann.Order("more", Side.Sell, Price, Share, coin: coin));
        Assert.Equal(PerAccount, await OpenAsync(_ann));
    }

    [Fact]
    public async Task A_full_book_refuses_orders_of_everybody_and_takes_cancels()
    {
        for (var i = 0; i < PerAccount; i++) await _ann.PlaceAsync($"s{i}", Side.Sell, Price, Share);
        for (var i = 0; i < InAll - PerAccount; i++) await _bob.PlaceAsync($"s{i}", Side.Sell, Price, Share);
        var refused = await _bob.ProblemAsync(_bob.Order("more", Side.Sell, Price, Share));
        Assert.Equal((ProblemCodes.BookFull, 409), (refused.Code, refused.Status));
        Assert.Equal(InAll - PerAccount, await OpenAsync(_bob));
        await _ann.SendAsync<Order>(HttpMethod.Delete, "/api/v1/orders/client:s0");
        await _bob.PlaceAsync("more", Side.Sell, Price, Share);
        Assert.Equal(ProblemCodes.BookFull, await _ann.RefusedAsync(_ann.Order("again", Side.Sell, Price, Share)));
    }

    private static async Task<int> OpenAsync(Trader trader) =>
        (await trader.SendAsync<Page<Order>>(HttpMethod.Get, "/api/v1/orders?status=open")).Items.Count;
}
