using System.Net.Http.Json;
using Market.Api.Data;
using Market.Api.Settlement;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Api.Trading;
using Market.Chains;
using Market.Contracts;
using Market.Testing.Chains;
using Npgsql;

namespace Market.Api.Tests.Swaps;

/// <summary>The coordinator on both real chains: what the parties do here by hand, their agents do by themselves.</summary>
public sealed class SwapCoordinatorTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_swap_goes_from_match_to_settlement_and_its_proof_tells_all_of_it()
    {
        await using var host = await StartAsync(await postgres.NewDatabaseAsync());
        var swap = await SwapPair.OpenAsync(host);
        await swap.GiveKeysAsync();
        await LocksAsync(shares: false, coins: false);
        await swap.FundSharesAsync();
        await swap.UntilAsync(SwapState.ParticipantLocking, shares: 1);
        await LocksAsync(shares: true, coins: false);
        await swap.FundCoinsAsync();
        await swap.UntilAsync(SwapState.ParticipantLocked, main: 1);
        await LocksAsync(shares: true, coins: true);
        await swap.ClaimCoinsAsync();
        await swap.UntilAsync(SwapState.Revealed);
        Assert.Equal(swap.Seller.Preimage.Reveal().ToString(), (await swap.DetailAsync()).Preimage);
        await swap.ClaimSharesAsync();
        await swap.UntilAsync(SwapState.Settled, shares: 1, main: 1);

        var detail = await swap.DetailAsync();
        Assert.Equal(SwapOutcome.Settled, detail.Summary.Outcome);
        Assert.All(detail.Steps, s => Assert.Equal(SwapStepState.Done, s.State));
        Assert.Equal(
            ["matched", "sharesLocked", "coinsLocked", "coinsClaimed", "sharesClaimed", "settled"],
            detail.Steps.Select(s => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(s.Key.ToString())));
        // Matching was told that both legs are locked, and after that how it ended.
        await using var told = host.Get<NpgsqlDataSource>().CreateCommand(
            "select string_agg(seller::text, ' ' order by number) from market.swap_outbox");
        Assert.Equal($"{(int)TradeEnd.Locked} {(int)TradeEnd.Settled}", await told.ExecuteScalarAsync());
        var counts = await host.Http.GetFromJsonAsync<SwapCounts>(
            Routes.SwapCounts.Replace("{instrument}", "P2SHARE-BTC", StringComparison.Ordinal), MarketJson.Options);
        Assert.Equal((1, 0, 0), (counts!.Settled, counts.Failed, counts.Moving));
        Assert.Equal([(1, 0), (0, 1)], counts.Sides.Select(s => ((int)s.SettledAsMaker, (int)s.SettledAsTaker)));

        var proof = await host.Http.GetFromJsonAsync<SwapProof>($"/api/v1/swaps/{swap.Id}/proof", MarketJson.Options);
        Assert.Equal(Enumerable.Range(1, proof!.Events.Count).Select(i => (long)i), proof.Events.Select(e => e.Version));
        Assert.Equal(SwapState.Settled, proof.Events[^1].To is SwapState.Settled ? SwapState.Settled : proof.Events[^2].To);
        await LocksAsync(shares: false, coins: false);

        // What the swaps' table says of each party on each chain: the seller locks shares, the buyer coins.
        async Task LocksAsync(bool shares, bool coins)
        {
            var legs = new OwnLegsReader(host.Get<NpgsqlDataSource>());
            foreach (var (party, chain, amount, isLocked) in new[]
            {
                (swap.SellerSession, ChainKind.Sharechain, SwapPair.Shares.Sats, shares),
                (swap.SellerSession, ChainKind.Mainchain, 0, false),
                (swap.BuyerSession, ChainKind.Mainchain, SwapPair.Coin.Sats, coins),
                (swap.BuyerSession, ChainKind.Sharechain, 0, false),
            })
            {
                Assert.Equal(isLocked ? amount : 0, await legs.LockedAsync(party.Key, chain, ["P2SHARE-BTC"], default));
                Assert.Equal(0, await legs.LockedAsync(party.Key, chain, ["OTHER-BTC"], default));
                if (!isLocked) continue;
                var (id, leg) = Assert.Single(await legs.SwapsOfAsync(party.Key, chain, default));
                Assert.Equal((swap.Id, amount, false), (id, leg.Amount, leg.Expected));
                Assert.NotNull(leg.Funding);
            }
        }
    }

    [Fact]
    public async Task Keys_are_taken_once_from_parties_only_and_never_twice_in_history()
    {
        await using var host = await StartAsync(await postgres.NewDatabaseAsync());
        var swap = await SwapPair.OpenAsync(host);
        using var stranger = await Trader.SignInAsync(host.Address, 9_777);
        var path = $"/api/v1/swaps/{swap.Id}/keys";
        Assert.Equal(ProblemCodes.NotAParty,
            await stranger.RefusedAsync(HttpMethod.Post, path, swap.Buyer.Keys(SwapRole.Buyer)));
        var keys = swap.Seller.Keys(SwapRole.Seller);
        Assert.Equal(ProblemCodes.ValidationFailed,
            await swap.SellerSession.RefusedAsync(HttpMethod.Post, path, keys with { PaymentHash = null }));
        Assert.Equal(ProblemCodes.BadKey,
            await swap.SellerSession.RefusedAsync(HttpMethod.Post, path, keys with { ClaimKey = "02" + new string('f', 64) }));
        Assert.Equal(ProblemCodes.ValidationFailed,
            await swap.BuyerSession.RefusedAsync(HttpMethod.Post, path, keys));
        Assert.Empty((await swap.DetailAsync()).KeysGiven);

        await swap.GiveKeysAsync();
        var version = (await swap.DetailAsync()).Summary.Version;
        var again = await swap.SellerSession.SendAsync<SwapDetail>(HttpMethod.Post, path, keys);
        Assert.Equal((SwapRole.Seller, version), (again.Role, again.Summary.Version));
        Assert.Equal(ProblemCodes.KeysAlreadyGiven, await swap.SellerSession.RefusedAsync(
            HttpMethod.Post, path, new SwapParty("somebody else").Keys(SwapRole.Seller)));

        var next = await SwapPair.OpenAsync(host);
        Assert.Equal(ProblemCodes.ReusedSecret, await next.SellerSession.RefusedAsync(
            HttpMethod.Post, $"/api/v1/swaps/{next.Id}/keys", keys));
        Assert.Equal(ProblemCodes.UnknownSwap, await swap.SellerSession.RefusedAsync(
            HttpMethod.Post, $"/api/v1/swaps/{new string('0', 32)}/keys", keys));
    }

    [Fact]
    public async Task A_swap_whose_keys_do_not_come_expires()
    {
        await using var host = await StartAsync(await postgres.NewDatabaseAsync());
        var swap = await SwapPair.OpenAsync(host);
        host.Clock.Advance(TimeSpan.FromMinutes(2));
        await swap.UntilAsync(SwapState.Expired, main: 1);
        Assert.Equal(SwapOutcome.Expired, (await swap.DetailAsync()).Summary.Outcome);
        Assert.Equal(ProblemCodes.WrongSwapState, await swap.SellerSession.RefusedAsync(
            HttpMethod.Post, $"/api/v1/swaps/{swap.Id}/keys", swap.Seller.Keys(SwapRole.Seller)));
    }

    [Fact]
    public async Task Who_gives_keys_is_answered_between_two_swaps_of_a_tick_and_not_after_all()
    {
        await using var host = await StartAsync(await postgres.NewDatabaseAsync());
        var late = new List<SwapPair>();
        for (var i = 0; i < 4; i++) late.Add(await SwapPair.OpenAsync(host));
        foreach (var swap in late)
            await Eventually.TrueAsync(() => host.Get<SwapBoard>().MovingOf("P2SHARE-BTC") == late.Count, $"{swap.Id} is driven");

        // The first that is written when all of them expire cannot be, for as long as this holds.
        var database = host.Get<NpgsqlDataSource>();
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var holding = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var hold = new NpgsqlCommand(
            "select 1 from market.swaps for update", connection, holding))
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        host.Clock.Advance(TimeSpan.FromMinutes(2));
        await host.MineMainAsync(1);
        await using var waits = database.CreateCommand(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()");
        await Eventually.TrueAsync(async () => (long)(await waits.ExecuteScalarAsync())! > 0, "a swap of the tick waits");
        var swapOfNow = await SwapPair.OpenAsync(host);
        var given = swapOfNow.SellerSession.SendAsync<SwapDetail>(
            HttpMethod.Post, $"/api/v1/swaps/{swapOfNow.Id}/keys", swapOfNow.Seller.Keys(SwapRole.Seller));
        await Eventually.TrueAsync(() => host.Get<SwapCoordinator>().Waiting >= 2, "the swap and its keys wait");
        await holding.RollbackAsync(TestContext.Current.CancellationToken);

        Assert.Equal([SwapRole.Seller], (await given).KeysGiven);
        foreach (var swap in late) await swap.UntilAsync(SwapState.Expired);
        // Transactions are numbered in the order in which they first wrote.
        await using var order = database.CreateCommand(
            "select swap_id from market.swap_events order by xmin::text::bigint, version");
        var written = new List<string>();
        await using var reader = await order.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken)) written.Add(reader.GetString(0));
        Assert.InRange(written.IndexOf(swapOfNow.Id), 1, late.Count - 1);
    }

    [Fact]
    public async Task Shares_come_back_when_the_buyer_never_locks()
    {
        await using var host = await StartAsync(await postgres.NewDatabaseAsync());
        var swap = await SwapPair.OpenAsync(host);
        await swap.GiveKeysAsync();
        await swap.FundSharesAsync();
        await swap.UntilAsync(SwapState.ParticipantLocking, shares: 1);
        host.Clock.Advance(TimeSpan.FromMinutes(30));
        await swap.UntilAsync(SwapState.Refunding, shares: 1);
        var waiting = (await swap.DetailAsync()).Steps.Single(s => s.State == SwapStepState.Current);
        Assert.Equal((SwapStepKey.SharesRefunded, SwapActor.Seller), (waiting.Key, waiting.Actor));
        await host.MineSharesAsync(12, Coins.Owner(7));
        await swap.RefundSharesAsync();
        await swap.UntilAsync(SwapState.InitiatorRefunded, shares: 1);
        Assert.Equal(SwapOutcome.Refunded, (await swap.DetailAsync()).Summary.Outcome);
    }

    [Fact]
    public async Task A_server_that_starts_again_takes_up_every_swap_where_the_chains_are()
    {
        var database = await postgres.NewDatabaseAsync();
        var host = await StartAsync(database);
        var swap = await SwapPair.OpenAsync(host);
        await swap.GiveKeysAsync();
        await swap.FundSharesAsync();
        await host.StopServerAsync();

        // With the market away the shares' lock is mined, and the buyer locks.
        await host.MineSharesAsync(4, Coins.Owner(7));
        await swap.FundCoinsAsync();
        await host.MineMainAsync(3);

        await using var again = await MarketHost.StartAsync(database, host);
        swap = swap.On(again);
        await swap.UntilAsync(SwapState.ParticipantLocked);
        await swap.ClaimCoinsAsync();
        await swap.ClaimSharesAsync();
        await swap.UntilAsync(SwapState.Settled, shares: 1, main: 1);
    }

    private static async Task<MarketHost> StartAsync(string database)
    {
        var host = await MarketHost.StartAsync(database);
        await host.MineSharesAsync(8, Coins.Owner(7));
        return host;
    }
}
