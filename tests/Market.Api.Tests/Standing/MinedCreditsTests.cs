using Market.Api.Data;
using Market.Api.Standing;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Stratum;
using Market.Sharechain;
using Market.Standing;
using Market.Testing.Chains;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;

namespace Market.Api.Tests.Standing;

/// <summary>A miner's password names the key that its shares earn credits for.</summary>
public sealed class MinedCreditsTests(PostgresFixture postgres)
{
    private static readonly string Ann = Trader.KeyOf(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_share_found_here_earns_the_key_of_the_password_what_a_ticket_of_its_work_does_and_no_other_does()
    {
        var database = await postgres.NewDatabaseAsync();
        var host = await MarketHost.StartAsync(database, miners: true);
        var user = BitcoinAddress.FromScript(Script.P2wsh(Coins.Owner(4)), host.Shares.Network).ToString();
        await using (var machine = await StratumClient.MiningAsync(
            host.Miners!.EndPoint, user + ".rig", $"x,KEY={Ann.ToUpperInvariant()}"))
        {
            var found = machine.Wire.Mine(user + ".rig");
            Assert.Equal(0, await machine.SubmitAsync(found));
            await EarnedAsync(host, WorkTicket.CreditsPerShare);
            // The same again is refused, and earns nothing.
            Assert.Equal(22, await machine.SubmitAsync(found));
        }

        await using (var other = await StratumClient.MiningAsync(host.Miners.EndPoint, user + ".other", "x"))
        {
            Assert.Equal(0, await other.SubmitAsync(other.Wire.Mine(user + ".other", "00000007")));
            await Eventually.TrueAsync(async () => (await host.Shares.GetTipAsync(Cancel)).Height == 2, "its share");
        }

        var share = (await host.Shares.GetBlockIdAsync(1, Cancel))!.Value;
        await host.StopServerAsync();
        await using var again = await MarketHost.StartAsync(database, on: host);
        Assert.Equal(WorkTicket.CreditsPerShare, again.Get<StandingBook>().CreditsOf(Ann).Units);
        await using var db = await again.Get<IDbContextFactory<MarketDb>>().CreateDbContextAsync(Cancel);
        var entry = await db.Set<CreditEntryRow>().SingleAsync(Cancel);
        Assert.Equal(
            (StandingSource.MinedShares, $"{host.Shares.Name}:{share}", Ann), (entry.Source, entry.ProofId, entry.Key));
    }

    [Theory]
    [InlineData(SubmitCode.Duplicate)]
    [InlineData(SubmitCode.Deferred)]
    [InlineData(SubmitCode.Refused)]
    public async Task A_share_that_is_known_already_earns_and_one_that_is_kept_for_later_once_it_is_taken(SubmitCode code)
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync(), miners: true);
        var credits = host.Get<IEnumerable<IHostedService>>().OfType<MinedCredits>().Single();
        var template = await host.Shares.GetTemplateAsync(Coins.Owner(4), Cancel);
        var share = ShareLab.Solve(template);
        var found = new StratumResult("rig", default, 1, 1, share) { Key = XOnlyPublicKey.Parse(Ann) };
        credits.Take(new StratumHandedIn(host.Shares.Name, found, share, new ShareResult(share.Id, code)));
        if (code == SubmitCode.Duplicate)
        {
            await EarnedAsync(host, WorkTicket.CreditsPerShare);
            return;
        }

        for (var i = 0; i < 3; i++) host.Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(0, host.Get<StandingBook>().CreditsOf(Ann).Units);
        Assert.Equal(SubmitCode.Accepted, (await host.Shares.SubmitShareAsync(share, Cancel)).Code);
        if (code == SubmitCode.Deferred)
        {
            await Eventually.TrueAsync(
                () =>
                {
                    host.Clock.Advance(TimeSpan.FromSeconds(3));
                    return host.Get<StandingBook>().CreditsOf(Ann).Units == WorkTicket.CreditsPerShare;
                },
                "it earns once it is taken");
            return;
        }

        // What broke a rule is none, whatever comes; another share shows that the credits were looked at since.
        var next = ShareLab.Solve(await host.Shares.GetTemplateAsync(Coins.Owner(4), Cancel));
        credits.Take(new StratumHandedIn(
            host.Shares.Name, found, next, new ShareResult(next.Id, SubmitCode.Accepted)));
        await EarnedAsync(host, WorkTicket.CreditsPerShare);
    }

    [Fact]
    public async Task A_weak_share_earns_in_proportion_to_its_work()
    {
        var clock = new ManualClock();
        await using var main = await Lab.MainchainAsync(clock, premine: 1);
        await using var node = await Market.Chains.Shares.ShareNode.OpenAsync(
            SharechainProfile.Find("p2share-weak-devnet")!, InterpreterRules.Consensus,
            new Market.Chains.Storage.MemoryBlockStore(), main, clock, cancellation: Cancel);
        await ShareLab.MineAsync(node, clock, 3, Coins.Owner(20));
        var weak = ShareLab.SolveWeak(await node.GetTemplateAsync(Coins.Owner(21), Cancel));
        var (part, whole) = (weak.Header.WeakBits.Work().ToDouble(), weak.Header.Bits.Work().ToDouble());
        Assert.True(part < whole);
        Assert.InRange(MinedShare.CreditsOf(weak, isWeak: true), 1, WorkTicket.CreditsPerShare / 2);
        Assert.Equal(WorkTicket.CreditsPerShare * part / whole, MinedShare.CreditsOf(weak, isWeak: true), 1.0);
        Assert.Equal(WorkTicket.CreditsPerShare, MinedShare.CreditsOf(weak, isWeak: false));
    }

    private static Task EarnedAsync(MarketHost host, long credits) => Eventually.TrueAsync(
        () => host.Get<StandingBook>().CreditsOf(Ann).Units == credits, $"{credits} credits");
}
