using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Market.Api.Data;
using Market.Api.Features.Standing;
using Market.Api.Standing;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Api.Tests.Swaps;
using Market.Client;
using Market.Client.Api;
using Market.Contracts;
using Market.Standing;
using Market.Testing.Chains;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Tests.Standing;

/// <summary>Real swaps raise and lower tiers, and whoever has both chains computes the same and sees where a market lies.</summary>
public sealed class StandingHistoryTests(PostgresFixture postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_settled_swap_is_a_day_of_both_parties_which_anybody_finds_on_the_chains()
    {
        var database = await postgres.NewDatabaseAsync();
        var host = await StartAsync(database);
        var swap = await SwapPair.OpenAsync(host);
        await swap.GiveKeysAsync();
        await swap.FundSharesAsync();
        await swap.UntilAsync(SwapState.ParticipantLocking, shares: 1);
        await swap.FundCoinsAsync();
        await swap.UntilAsync(SwapState.ParticipantLocked, main: 1);
        await swap.ClaimCoinsAsync();
        await swap.UntilAsync(SwapState.Revealed);
        await swap.ClaimSharesAsync();
        await swap.UntilAsync(SwapState.Settled, shares: 1, main: 1);
        var (seller, buyer) = (swap.SellerSession.Key, swap.BuyerSession.Key);
        Assert.Equal((1, 200L), ((await OfAsync(host, seller)).SettledDays, (await OfAsync(host, buyer)).Points));
        await host.StopServerAsync();

        await using var again = await MarketHost.StartAsync(database, host);
        var found = await CheckAsync(again, buyer);
        Assert.Empty(found.Differences);
        Assert.Equal((StandingTier.Newcomer, 1, 0, 1), (found.Tier, found.SettledDays, found.Faults, found.Checked));
        // A month later it counts no more.
        again.Clock.Advance(TimeSpan.FromDays(TierTable.Days));
        Assert.Equal((0, 0), again.Get<StandingHistory>().Of(buyer));
        again.Clock.Advance(-TimeSpan.FromDays(TierTable.Days));

        // A market that says more than was, or leaves something out.
        Assert.Equal("tier", Assert.Single((await CheckAsync(again, buyer, s => s["tier"] = "trusted")).Differences).What);
        Assert.Equal("points", Assert.Single((await CheckAsync(again, buyer, s => s["points"] = 4_000)).Differences).What);
        var slandered = await CheckAsync(again, buyer, s => s["swaps"]![0]!["settled"] = false);
        Assert.Contains(slandered.Differences, d => d.Found == "by the rule it is not its doing");
        var omitted = await CheckAsync(again, buyer, s => s["swaps"] = new JsonArray());
        Assert.Contains(omitted.Differences, d => d.Found == "settled within the time that counts");
        var invented = await CheckAsync(again, buyer, record: text => text.Replace(
            ClaimIn(text), new string('0', 64), StringComparison.Ordinal));
        Assert.Contains(invented.Differences, d => d.Found.StartsWith("no block of the own chain", StringComparison.Ordinal));

        // Pages without end are not followed for ever, and that is said.
        Assert.DoesNotContain(found.Unchecked, each => each.Contains("beyond", StringComparison.Ordinal));
        var endless = await CheckAsync(again, buyer, isEndless: true);
        Assert.Contains(endless.Unchecked, each => each.Contains("beyond the 5000", StringComparison.Ordinal));

        await ManyOnOneDayAsync(again, swap.Id, buyer);

        static string ClaimIn(string record) =>
            JsonNode.Parse(record)!["participantPayments"]![0]!["spend"]!["txId"]!.GetValue<string>();
    }

    // More swaps on one day than are named: the days before are named, too, and nothing is missed for want of the others.
    private static async Task ManyOnOneDayAsync(MarketHost on, string like, string key)
    {
        await using var db = await on.Get<IDbContextFactory<MarketDb>>().CreateDbContextAsync(Cancel);
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into market.swaps overriding system value
            select (jsonb_populate_record(s, jsonb_build_object(
                'id', 'c0b1' || lpad(to_hex(n), 28, '0'), 'number', s.number + n, 'trade_id', -n,
                'updated_at', s.updated_at + interval '1 day',
                'machine', replace(s.machine, s.id, 'c0b1' || lpad(to_hex(n), 28, '0'))))).*
            from market.swaps s, generate_series(1, {StandingView.MostSwaps + 1}) n where s.id = {like};
            insert into market.swap_events
            select (jsonb_populate_record(e, jsonb_build_object(
                'swap_id', 'c0b1' || lpad(to_hex(n), 28, '0'), 'time', e.time + interval '1 day'))).*
            from market.swap_events e, generate_series(1, {StandingView.MostSwaps + 1}) n where e.swap_id = {like}
            """, Cancel);
        try
        {
            on.Clock.Advance(TimeSpan.FromDays(1));
            await on.Get<StandingHistory>().LoadAsync(db, Cancel);
            Assert.Equal(2, on.Get<StandingHistory>().Of(key).SettledDays);
            var found = await CheckAsync(on, key);
            Assert.Empty(found.Differences);
            Assert.Equal((2, StandingView.MostSwaps + 1), (found.SettledDays, found.Checked));
        }
        finally
        {
            on.Clock.Advance(-TimeSpan.FromDays(1));
            await db.Database.ExecuteSqlAsync(
                $"""
                delete from market.swaps where id like 'c0b1%';
                delete from market.swap_events where swap_id like 'c0b1%'
                """, Cancel);
        }
    }

    [Fact]
    public async Task A_failed_swap_lowers_the_tier_of_who_let_it_fail_at_once_and_of_nobody_else()
    {
        await using var host = await StartAsync(await postgres.NewDatabaseAsync());
        var swap = await SwapPair.OpenAsync(host);
        await swap.SellerSession.SendAsync<SwapDetail>(
            HttpMethod.Post, $"/api/v1/swaps/{swap.Id}/keys", swap.Seller.Keys(SwapRole.Seller));
        host.Clock.Advance(TimeSpan.FromMinutes(2));
        await swap.UntilAsync(SwapState.Expired, main: 1);
        var (seller, buyer) = (swap.SellerSession.Key, swap.BuyerSession.Key);
        var guilty = await OfAsync(host, buyer);
        Assert.Equal((StandingTier.Slowed, StandingTier.Newcomer, 1), (guilty.Tier, guilty.EarnedTier, guilty.Faults));
        Assert.NotNull(guilty.WaitsUntil);
        Assert.Equal((swap.Id, SwapRole.Buyer, false), (guilty.Swaps[0].Id, guilty.Swaps[0].Role, guilty.Swaps[0].Settled));
        Assert.Equal((StandingTier.Newcomer, 0), ((await OfAsync(host, seller)).Tier, (await OfAsync(host, seller)).Swaps.Count));
        var found = await CheckAsync(host, buyer);
        Assert.Empty(found.Differences);
        Assert.Equal((StandingTier.Slowed, 1, 0), (found.Tier, found.Faults, found.Checked));
        Assert.Contains("who gave no keys stands on no chain", Assert.Single(found.Unchecked), StringComparison.Ordinal);
        // The seller gave its keys: to blame it is a lie that the record shows.
        var lie = await CheckAsync(host, buyer, s => s["swaps"]![0]!["role"] = "seller");
        Assert.Contains(lie.Differences, d => d.Found == "by the rule it is not its doing");
    }

    private static async Task<MarketHost> StartAsync(string database)
    {
        var host = await MarketHost.StartAsync(database);
        await host.MineSharesAsync(8, Coins.Owner(7));
        return host;
    }

    private static async Task<KeyStanding> OfAsync(MarketHost host, string key) => (await host.Http.GetFromJsonAsync<KeyStanding>(
        $"{Routes.Standing}/{key}", MarketJson.Options, Cancel))!;

    private static async Task<CheckedStanding> CheckAsync(
        MarketHost host, string key, Action<JsonNode>? standing = null, Func<string, string>? record = null,
        bool isEndless = false)
    {
        using var liar = new Liar(standing, record, isEndless);
        using var api = new MarketApi(host.Address, time: host.Clock, handler: liar);
        var check = new StandingCheck(api, host.Main, host.Shares);
        var first = await check.CheckAsync(key, Cancel);
        var again = await check.CheckAsync(key, Cancel);
        Assert.Equal(first.Differences, again.Differences);
        Assert.Equal(first.Unchecked, again.Unchecked);
        Assert.Equal(first.Checked, again.Checked);
        return again;
    }
}
