using System.Text.Json.Nodes;
using Market.Api.Data;
using Market.Api.Settlement;
using Market.Api.Tests.Host;
using Market.Api.Tests.Instruments;
using Market.Api.Tests.Orders;
using Market.Api.Tests.Swaps;
using Market.Client;
using Market.Client.Api;
using Market.Contracts;
using Market.Sharechain;
using Market.Swaps;
using Market.Testing.Chains;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Tests.Standing;

/// <summary>
/// Whom a market blames where shares expire: nobody for a lock that agents must not make, since the shares did not surely outlive
/// the swap; and whoever has the sharechain finds the same.
/// </summary>
public sealed class SeriesFaultTests(PostgresFixture postgres)
{
    // A burst of hashrate makes nothing dearer, and takes so much of what is left of the window that no swap fits any more.
    private static readonly SharechainProfile Row = SeriesLifeTests.Quick with
    {
        AsertHalfLife = 100_000,
        Payout = new PayoutDesign.Window(100_000_000, 150, 20),
        SeriesLength = 200,
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_locks_not_against_shares_that_may_not_outlive_the_swap_is_not_to_blame()
    {
        await using var host = await MarketHost.StartAsync(
            await postgres.NewDatabaseAsync(), profiles: [SharechainProfiles.P2ShareDevnet, Row]);
        await MineAsync(host, 30);
        await Eventually.TrueAsync(() => host.Instruments.All.Count == 3, "there are a series and the next");

        var guilty = await LockedAsync(host);
        Assert.Equal(FailedBy.Buyer, await FailedAsync(host, guilty));

        // What there is to look at is more than is looked at in one go, and nothing happens any more: the swap fails all the same.
        var many = await LockedAsync(host);
        await MineAsync(host, 12);
        var past = host.Instruments.All[1].Get<SwapLives>().Past!;
        past.Slice = 2;
        var lockBy = SwapJson.ReadSwap((await RowAsync(host, many)).Machine).Deadlines!.Value.ParticipantLockBy;
        host.Clock.Advance(DateTimeOffset.FromUnixTimeSeconds(lockBy + 1) - host.Clock.Now);
        await many.UntilAsync(SwapState.Refunding);
        past.Slice = 256;

        var doubtful = await LockedAsync(host);
        // Work comes many times as fast for a while: by their law agents do not lock, though the shares live on for long.
        await host.MineSharesAsync(host.AllShares[1], 40, Coins.Owner(7));
        Assert.Equal(FailedBy.None, await FailedAsync(host, doubtful));

        // Anybody computes the same: who is blamed is, and a market that blames the other is found out.
        var key = guilty.BuyerSession.Key;
        var found = await CheckAsync(host, key, null);
        Assert.Empty(found.Differences);
        Assert.Empty(found.Unchecked);
        Assert.Equal((1, 1), (found.Faults, found.Checked));
        var slander = await CheckAsync(host, key, said => said["swaps"]![0]!["id"] = doubtful.Id);
        Assert.Contains(slander.Differences, each => each.Found.Contains("it is nobody's doing", StringComparison.Ordinal));
        Assert.Equal(0, slander.Faults);

        // What excuses is read from the record: a market that leaves it out is found out, too.
        foreach (var leaveOut in new Action<JsonNode>[]
        {
            record => record["tipsAtFailure"] = null, record => record["plan"]!["expiryMargin"] = null,
        })
        {
            var cut = await CheckAsync(host, key, said => said["swaps"]![0]!["id"] = doubtful.Id, leaveOut);
            Assert.Contains(cut.Differences, each => each.Found.Contains("leaves out", StringComparison.Ordinal));
            Assert.Equal(0, cut.Faults);
        }

        // Where the own chain has not come to yet is not checked, and that is said.
        var ahead = await CheckAsync(host, key, null, record => record["tipsAtFailure"]!["share"]!["height"] = int.MaxValue);
        Assert.Equal((1, 0), (ahead.Faults, ahead.Checked));
        Assert.Contains(ahead.Unchecked, what => what.Contains("has not come to", StringComparison.Ordinal));
    }

    private static async Task<SwapPair> LockedAsync(MarketHost host)
    {
        var swap = await SwapPair.OpenAsync(host, 1);
        await swap.GiveKeysAsync();
        await swap.FundSharesAsync();
        await swap.UntilAsync(SwapState.ParticipantLocking, shares: 1);
        return swap;
    }

    /// <summary>Time passes at the pace that the chains aim at until the swap has failed, for want of the second lock.</summary>
    private static async Task<FailedBy?> FailedAsync(MarketHost host, SwapPair swap)
    {
        await Eventually.TrueAsync(async () =>
        {
            if ((await swap.DetailAsync()).Summary.State == SwapState.Refunding) return true;
            await MineAsync(host, 1);
            await host.MineMainAsync(1);
            return false;
        }, "it has failed");
        var row = await RowAsync(host, swap);
        Assert.Equal(
            new Failure(FailureCode.ParticipantDidNotLock, Role.Participant), SwapJson.ReadSwap(row.Machine).Failure);
        return row.FailedBy;
    }

    private static async Task<SwapRow> RowAsync(MarketHost host, SwapPair swap)
    {
        await using var db = await host.Get<IDbContextFactory<MarketDb>>().CreateDbContextAsync(Cancel);
        return await db.Set<SwapRow>().SingleAsync(one => one.Id == swap.Id, Cancel);
    }

    private static async Task MineAsync(MarketHost host, int count)
    {
        for (; count > 0; count--)
        {
            host.Clock.Advance(TimeSpan.FromSeconds(Row.TargetSpacing - 2));
            await host.MineSharesAsync(host.AllShares[1], 1, Coins.Owner(7));
        }
    }

    private static async Task<CheckedStanding> CheckAsync(
        MarketHost host, string key, Action<JsonNode>? lie, Action<JsonNode>? change = null)
    {
        using var liar = new Liar(lie, change is null ? null : Changed, isEndless: false);
        using var api = new MarketApi(host.Address, time: host.Clock, handler: liar);
        return await new StandingCheck(api, host.Main, host.AllShares[1]).CheckAsync(key, Cancel);

        string Changed(string record)
        {
            var node = JsonNode.Parse(record)!;
            change(node);
            return node.ToJsonString();
        }
    }
}
