using System.Net.Http.Json;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Api.Tests.Swaps;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Http;
using Market.Chains.Storage;
using Market.Contracts;
using Market.Sharechain;
using Market.Testing.Chains;
using Npgsql;

namespace Market.Api.Tests.Instruments;

/// <summary>One server with two sharechains beside one mainchain.</summary>
public sealed class SeveralChainsTests(PostgresFixture postgres)
{
    private const string First = "P2SHARE-BTC";
    private const string Second = "P2SHARE-K20-BTC";
    private const string Row = "p2share-k20-devnet";

    [Fact]
    public async Task Keys_that_two_swaps_of_two_instruments_are_given_at_once_are_taken_by_one_and_refused_as_used_by_the_other()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var host = await StartAsync(await postgres.NewDatabaseAsync());
        SwapPair[] swaps = [await SwapPair.OpenAsync(host, 0), await SwapPair.OpenAsync(host, 1)];
        var keys = swaps[0].Seller.Keys(SwapRole.Seller);
        var database = host.Get<NpgsqlDataSource>();
        await using var connection = await database.OpenConnectionAsync(stop);
        await using var holding = await connection.BeginTransactionAsync(stop);
        // Read it may be, but not written: until both are about to write, neither has.
        await using (var hold = new NpgsqlCommand("lock table market.swap_secrets in exclusive mode", connection, holding))
            await hold.ExecuteNonQueryAsync(stop);
        var given = Array.ConvertAll(swaps, swap => swap.SellerSession.RawAsync(
            HttpMethod.Post, $"/api/v1/swaps/{swap.Id}/keys", keys));
        await using var waits = database.CreateCommand(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()");
        await Eventually.TrueAsync(async () => (long)(await waits.ExecuteScalarAsync(stop))! == 2, "both are about to write");
        await holding.RollbackAsync(stop);

        var codes = new List<string?>();
        foreach (var answer in await Task.WhenAll(given))
        {
            using (answer)
            {
                codes.Add(answer.IsSuccessStatusCode
                    ? null
                    : (await answer.Content.ReadFromJsonAsync<Problem>(MarketJson.Options, stop))!.Code);
            }
        }
        Assert.Equal([null, ProblemCodes.ReusedSecret], codes.Order(StringComparer.Ordinal));

        // Whoever was refused goes on with fresh ones.
        var late = swaps[codes.IndexOf(ProblemCodes.ReusedSecret)];
        await (late with { Seller = new SwapParty("fresh") }).GiveKeysAsync();
    }

    [Fact]
    public async Task Swaps_settle_on_both_and_a_restart_takes_up_those_of_both()
    {
        var database = await postgres.NewDatabaseAsync();
        var host = await StartAsync(database);
        SwapPair[] swaps = [await SwapPair.OpenAsync(host, 0), await SwapPair.OpenAsync(host, 1)];
        foreach (var swap in swaps)
        {
            await swap.GiveKeysAsync();
            await swap.FundSharesAsync();
        }

        await host.StopServerAsync();
        foreach (var shares in host.AllShares) await host.MineSharesAsync(shares, 4, Coins.Owner(7));
        foreach (var swap in swaps)
        {
            await swap.FundCoinsAsync();
            await host.MineMainAsync(1);
        }

        await host.MineMainAsync(3);
        var again = await MarketHost.StartAsync(database, host);
        foreach (var swap in swaps.Select(one => one.On(again)))
        {
            await swap.UntilAsync(SwapState.ParticipantLocked, main: 1);
            await swap.ClaimCoinsAsync();
            await swap.ClaimSharesAsync();
            await swap.UntilAsync(SwapState.Settled, shares: 1, main: 1);
        }

        await again.StopServerAsync();
        await using var third = await MarketHost.StartAsync(database, again);
        foreach (var instrument in new[] { First, Second })
        {
            var route = Routes.SwapCounts.Replace("{instrument}", instrument, StringComparison.Ordinal);
            await Eventually.TrueAsync(async () => (await GetAsync<SwapCounts>(third, route)).Settled > 0, "the ends are counted");
            var counts = await GetAsync<SwapCounts>(third, route);
            Assert.Equal((instrument, 1, 0, 0), (counts.Instrument, counts.Settled, counts.Failed, counts.Moving));
        }

        // What the outbox tells is told to the matching of its own instrument, which knows these trades by no name: it is done.
        await using var left = third.Get<NpgsqlDataSource>().CreateCommand(
            "select count(*) from market.swap_outbox where not done");
        await Eventually.TrueAsync(async () => (long)(await left.ExecuteScalarAsync())! == 0, "matching was told of both");
    }

    [Fact]
    public async Task Chains_blocks_and_nodes_are_asked_by_the_sharechains_name()
    {
        await using var host = await StartAsync(await postgres.NewDatabaseAsync());
        await host.MineSharesAsync(host.AllShares[1], 3, Coins.Owner(7));
        await Eventually.TrueAsync(
            async () => (await GetAsync<ChainTips>(host, $"{Routes.Chains}?instrument={Second}")).Sharechain.Height == 11,
            "the second sharechain's tip");
        Assert.Equal(8, (await GetAsync<ChainTips>(host, $"{Routes.Chains}?instrument={First}")).Sharechain.Height);

        var blocks = Routes.Blocks.Replace("{chain}", Row, StringComparison.Ordinal);
        Assert.Equal(11, (await GetAsync<Page<BlockSummary>>(host, blocks)).Items[0].Height);
        Assert.Equal(11, (await GetAsync<TipPayload>(host, $"/api/v1/node/{Row}/tip")).Height);
        Assert.Equal(8, (await GetAsync<TipPayload>(host, "/api/v1/node/p2share-devnet/tip")).Height);
        foreach (var path in new[]
        {
            Routes.Chains, Routes.Fees, "/api/v1/node/sharechain/tip",
            Routes.Blocks.Replace("{chain}", "sharechain", StringComparison.Ordinal),
        })
        {
            using var answer = await host.Http.GetAsync(new Uri(path, UriKind.Relative));
            Assert.InRange((int)answer.StatusCode, 400, 404);
            Assert.Contains("p2share", await answer.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
        }

        // Who follows a sharechain asks for it by name, and validates it by its own rules.
        using var http = new HttpClient { BaseAddress = host.Address, Timeout = Timeout.InfiniteTimeSpan };
        await using var followed = await RemoteSharechain.OpenAsync(
            http, SharechainProfile.Find(Row)!, InterpreterRules.Consensus, new MemoryBlockStore(), host.Main, host.Clock);
        await followed.WaitLiveAsync();
        Assert.Equal((await host.AllShares[1].GetTipAsync()).Id, (await followed.GetTipAsync()).Id);
    }

    [Fact]
    public async Task Streams_of_chains_and_swaps_tell_of_their_instruments()
    {
        await using var host = await StartAsync(await postgres.NewDatabaseAsync());
        await using var reader = await SseReader.OpenAsync(
            host.Http, $"{Channels.Chains(First)},{Channels.Chains(Second)},{Channels.Swaps}");
        var first = new[] { await reader.NextAsync(), await reader.NextAsync(), await reader.NextAsync() };
        Assert.Equal([Channels.Chains(First), Channels.Chains(Second), Channels.Swaps], first.Select(one => one.Channel));
        await host.MineSharesAsync(host.AllShares[1], 1, Coins.Owner(7));
        StreamEvent told;
        do told = await reader.NextAsync();
        while (!told.Channel.StartsWith("chains:", StringComparison.Ordinal) || Tips(told).Sharechain.Height == 8);
        Assert.Equal((Channels.Chains(Second), Second), (told.Channel, Tips(told).Instrument));

        foreach (var (instrument, id) in new[] { (1, Second), (0, First) })
        {
            await SwapPair.OpenAsync(host, instrument);
            do told = await reader.NextAsync();
            while (told.Channel != Channels.Swaps);
            Assert.Equal(id, Read<SwapSummary>(told).Instrument);
        }

        static ChainTips Tips(StreamEvent told) => Read<ChainTips>(told);
    }

    [Fact]
    public async Task Where_nobody_drives_the_swaps_the_status_says_so_until_it_goes_on()
    {
        await using var host = await StartAsync(await postgres.NewDatabaseAsync());
        await RenameAsync("swaps", "away");
        await Eventually.TrueAsync(async () =>
        {
            await host.MineMainAsync(1);
            return await SwapsAsync(Second) is { Health: Health.Down, Detail: var words }
                && words.Contains("met a bug", StringComparison.Ordinal);
        }, "swaps are said to be down");
        await RenameAsync("away", "swaps");
        await Eventually.TrueAsync(async () =>
        {
            host.Clock.Advance(Supervised.LongestPause);
            return await SwapsAsync(Second) is { Health: Health.Live };
        }, "swaps are live again");

        async Task<ComponentStatus> SwapsAsync(string instrument) => (await GetAsync<ServerStatus>(host, Routes.Status)).Components
            .Single(part => part.Name == "swaps" && part.Instrument == instrument);

        async Task RenameAsync(string from, string to)
        {
            await using var command = host.Get<NpgsqlDataSource>().CreateCommand($"alter table market.{from} rename to {to}");
            await command.ExecuteNonQueryAsync();
        }
    }

    private static async Task<MarketHost> StartAsync(string database)
    {
        SharechainProfile[] profiles = [SharechainProfiles.P2ShareDevnet, SharechainProfile.Find(Row)!];
        var host = await MarketHost.StartAsync(database, profiles: profiles);
        foreach (var shares in host.AllShares) await host.MineSharesAsync(shares, 8, Coins.Owner(7));
        return host;
    }

    private static T Read<T>(StreamEvent told) =>
        System.Text.Json.JsonSerializer.Deserialize<T>(told.Data!.Value, MarketJson.Options)!;

    private static async Task<T> GetAsync<T>(MarketHost host, string path) =>
        (await host.Http.GetFromJsonAsync<T>(new Uri(path, UriKind.Relative), MarketJson.Options))!;
}
