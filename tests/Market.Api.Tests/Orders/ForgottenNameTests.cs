using System.Net;
using Market.Api.Trading;
using Market.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Market.Api.Tests.Orders;

/// <summary>Client order ids that the engine has forgotten, as it does with the oldest: a market that ended more orders than it
/// remembers.</summary>
public sealed class ForgottenNameTests(PostgresFixture postgres)
{
    private const long Price = 100_000;
    private const long Share = 100_000_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_name_that_the_engine_has_forgotten_is_still_its_first_orders(int instruments)
    {
        var definition = BookRules.Definition with { Limits = BookRules.Definition.Limits with { ClientIdMemory = 1 } };
        await using var host = await TradingHost.StartAsync(
            await postgres.NewDatabaseAsync(), parts: services => services.AddSingleton(definition), instruments: instruments);
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        var order = ann.Order("old", Side.Sell, Price, 5 * Share);
        var first = await ann.PlaceAsync(order);
        await EndAsync("old");
        await ann.PlaceAsync(ann.Order("newer", Side.Sell, Price, 5 * Share));
        await EndAsync("newer");

        using var again = await ann.PostAsync(ann.Signed(order));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(first.Order.Id, (await ann.PlaceAsync(order)).Order.Id);
        Assert.Equal(ProblemCodes.DuplicateClientOrderId, await ann.RefusedAsync(ann.Order("old", Side.Sell, Price, 6 * Share)));
        // The name is its account's alone, and another name is free.
        Assert.Equal(OrderStatus.Open, (await bob.PlaceAsync(bob.Order("old", Side.Sell, Price, 5 * Share))).Order.Status);
        Assert.Equal(OrderStatus.Open, (await ann.PlaceAsync(ann.Order("newest", Side.Sell, Price, 5 * Share))).Order.Status);

        Task EndAsync(string name) => ann.SendAsync<Order>(HttpMethod.Delete, $"/api/v1/orders/client:{name}");
    }
}
