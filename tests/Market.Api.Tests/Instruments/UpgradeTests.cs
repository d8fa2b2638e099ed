using Market.Api.Data;
using Market.Api.Tests.Orders;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Market.Api.Tests.Instruments;

/// <summary>What a market of one instrument wrote is good in one of several.</summary>
public sealed class UpgradeTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("mainnet", "p2share")]
    [InlineData("devnet", "p2share-devnet")]
    [InlineData("signet", "p2share")]
    [InlineData("regtest", "p2share-devnet")]
    public async Task Orders_and_trades_are_numbered_as_they_came_and_coins_and_waits_are_of_their_chains(
        string network, string sharechain)
    {
        var database = await postgres.NewEmptyDatabaseAsync();
        await using (var db = Open(database))
        {
            await db.GetService<IMigrator>().MigrateAsync("20261129021404_TradeStatusesAndWaits");
            await db.Database.ExecuteSqlAsync($"""
                insert into market.settings (name, value) values ('network', convert_to({network}, 'UTF8'));
                """);
            await db.Database.ExecuteSqlRawAsync("""
                insert into market.orders (instrument, id, account, key, client_order_id, body, side, time_in_force,
                    flags, self_trade, price, quantity, remaining, in_swap, settled, reason, live, created_at, updated_at)
                select 'P2SHARE-BTC', id, 1, 'k', 'c' || id, '', 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, true,
                    timestamptz '2026-01-01' + id * interval '1 minute', now() from unnest (array[3, 1, 2]) id;
                insert into market.order_outpoints (instrument, order_id, chain, txid, index, value, script, locked, named)
                values ('P2SHARE-BTC', 1, 0, '\x01', 0, 1, '', true, true), ('P2SHARE-BTC', 2, 1, '\x01', 0, 1, '', true, true);
                insert into market.trades (instrument, id, price, quantity, notional, taker_side, "time", swap_id, maker_order,
                    taker_order, maker_key, taker_key)
                select 'P2SHARE-BTC', id, 1, 1, 1, 0, timestamptz '2026-01-01' + id * interval '1 minute', '', 1, 2, '', ''
                from unnest (array[2, 1]) id;
                insert into market.take_waits (subject, failures, failed_at, until)
                values ('0:aa:1', 1, 1, 1), ('1:aa:1', 1, 1, 1), ('0123', 1, 1, 1);
                """);
        }

        await using (var db = Open(database))
        {
            await db.Database.MigrateAsync();
            Assert.False(db.Database.HasPendingModelChanges());
            Assert.Equal([1, 2, 3], await db.Set<OrderRow>().OrderBy(o => o.Number).Select(o => o.Id).ToListAsync());
            Assert.Equal([1, 2], await db.Trades.OrderBy(t => t.Number).Select(t => t.Id).ToListAsync());
            Assert.Equal([network, sharechain],
                await db.Set<OutpointRow>().OrderBy(c => c.Chain).Select(c => c.ChainName).ToListAsync());
            Assert.Equal(new HashSet<string> { "0123", $"{network}:aa:1", $"{sharechain}:aa:1" },
                (await db.Set<WaitRow>().Select(w => w.Subject).ToListAsync()).ToHashSet());

            // The next one is numbered after all of them.
            await db.Database.ExecuteSqlRawAsync("""
                insert into market.orders (instrument, id, account, key, client_order_id, body, side, time_in_force,
                    flags, self_trade, price, quantity, remaining, in_swap, settled, reason, live, created_at, updated_at)
                values ('OTHER', 1, 1, 'k', 'c', '', 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, true, now(), now())
                """);
            Assert.Equal(4, await db.Set<OrderRow>().Where(o => o.Instrument == "OTHER").Select(o => o.Number).SingleAsync());
        }
    }

    private static MarketDb Open(string database) =>
        new(new DbContextOptionsBuilder<MarketDb>().UseNpgsql(database, Database.Options).Options);
}
