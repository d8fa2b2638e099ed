using Market.Api.Data;
using Market.Api.Tests.Orders;
using Market.Contracts;
using Market.Testing.Chains;
using Npgsql;

namespace Market.Api.Tests.Swaps;

/// <summary>What matching is told of swaps.</summary>
public sealed class TradeEndsTests(PostgresFixture postgres)
{
    private const long Share = 100_000_000;

    [Theory]
    [InlineData(true, TradeStatus.Final, OrderStatus.Filled)]
    [InlineData(false, TradeStatus.Withdrawn, OrderStatus.Open)]
    public async Task Of_a_swap_that_settled_while_the_market_was_away_it_is_not_told_that_it_failed_on_the_way(
        bool settled, TradeStatus status, OrderStatus maker)
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync(), clock: new ManualClock());
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        await ann.PlaceAsync("s", Side.Sell, 100_000, Share);
        var swap = Assert.Single((await bob.PlaceAsync("b", Side.Buy, 100_000, Share)).Fills).SwapId;
        TradeEnd[] ends = settled ? [TradeEnd.Returned, TradeEnd.Settled] : [TradeEnd.Returned];
        await using var command = host.Get<NpgsqlDataSource>().CreateCommand("""
            insert into market.swap_outbox (swap_id, seller, buyer, done) select $1, e, e, false from unnest ($2::smallint[]) e
            """);
        command.Parameters.AddWithValue(swap);
        command.Parameters.AddWithValue(ends.Select(e => (short)e).ToArray());
        await command.ExecuteNonQueryAsync();

        using var http = host.Http();
        await Eventually.TrueAsync(
            async () => (await TapeReader.GetAsync<Page<Trade>>(http, Routes.Trades)).Items[0].Status == status,
            $"the trade is {status}");
        Assert.Equal(maker, (await ann.SendAsync<Order>(HttpMethod.Get, "/api/v1/orders/client:s")).Status);
        await using var waiting = host.Get<NpgsqlDataSource>().CreateCommand(
            "select count(*) from market.swap_outbox where not done");
        await Eventually.TrueAsync(async () => (long)(await waiting.ExecuteScalarAsync())! == 0, "nothing waits to be told");
    }
}
