using Market.Api.Data;
using Market.Api.Standing;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Standing;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Market.Api.Tests.Standing;

/// <summary>What keys have earned is given once and stays, on a real database.</summary>
public sealed class StandingBookTests(PostgresFixture postgres)
{
    private static readonly string Ann = new('a', 64);
    private static readonly string Bob = new('b', 64);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_proof_gives_credits_once_also_to_another_key_and_after_a_restart()
    {
        var database = await postgres.NewDatabaseAsync();
        var first = await MarketHost.StartAsync(database);
        var book = first.Get<StandingBook>();
        Assert.Equal(new CreditOutcome(true, 50, 50), await book.CreditAsync(Ann, 50, StandingSource.RecycledWork, "one", Cancel));
        Assert.Equal(new CreditOutcome(false, 0, 50), await book.CreditAsync(Ann, 50, StandingSource.RecycledWork, "one", Cancel));
        Assert.Equal(new CreditOutcome(false, 0, 0), await book.CreditAsync(Bob, 50, StandingSource.RecycledWork, "one", Cancel));
        // Another source's proofs have names of their own.
        Assert.True((await book.CreditAsync(Bob, 7, StandingSource.MemoryWork, "one", Cancel)).IsNew);
        await first.StopServerAsync();

        await using var second = await MarketHost.StartAsync(database, on: first);
        var again = second.Get<StandingBook>();
        Assert.Equal((50L, 7L), (again.CreditsOf(Ann).Units, again.CreditsOf(Bob).Units));
        Assert.False((await again.CreditAsync(Bob, 50, StandingSource.RecycledWork, "one", Cancel)).IsNew);
        Assert.Equal(50, again.CreditsOf(Ann).Units);
    }

    [Fact]
    public async Task What_is_handed_in_again_and_again_takes_no_number_from_which_the_oldest_are_forgotten()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        var book = host.Get<StandingBook>();
        await book.CreditAsync(Ann, 1, StandingSource.RecycledWork, "first", Cancel);
        for (var i = 0; i < 20; i++)
            Assert.False((await book.CreditAsync(Ann, 1, StandingSource.RecycledWork, "first", Cancel)).IsNew);
        await book.CreditAsync(Ann, 1, StandingSource.RecycledWork, "second", Cancel);
        await using var db = await host.Get<IDbContextFactory<MarketDb>>().CreateDbContextAsync(Cancel);
        var ids = await db.Set<CreditEntryRow>().OrderBy(entry => entry.Id).Select(entry => entry.Id).ToListAsync(Cancel);
        Assert.Equal(1, ids[1] - ids[0]);
    }

    [Fact]
    public async Task What_does_not_fit_into_a_key_s_store_is_lost_and_said()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        var book = host.Get<StandingBook>();
        await book.CreditAsync(Ann, CreditUnits.Most - 10, StandingSource.MinedShares, "many", Cancel);
        Assert.Equal(new CreditOutcome(true, 10, CreditUnits.Most),
            await book.CreditAsync(Ann, 100, StandingSource.MinedShares, "more", Cancel));
        await using var db = await host.Get<IDbContextFactory<MarketDb>>().CreateDbContextAsync(Cancel);
        Assert.Equal(CreditUnits.Most, (await db.Set<CreditRow>().SingleAsync(Cancel)).Units);
    }

    [Fact]
    public async Task Credits_that_could_not_be_written_were_not_given()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        var book = host.Get<StandingBook>();
        await Assert.ThrowsAsync<PostgresException>(() => book.CreditAsync(
            Ann, 5, StandingSource.RecycledWork, new string('x', CreditEntryRow.LongestProof + 1), Cancel));
        Assert.Equal(0, book.CreditsOf(Ann).Units);
    }

    [Fact]
    public async Task Coins_at_stake_raise_a_tier_until_they_are_taken_away_or_their_time_is_over()
    {
        var database = await postgres.NewDatabaseAsync();
        var first = await MarketHost.StartAsync(database);
        var now = first.Clock.Now.ToUnixTimeSeconds();
        var book = first.Get<StandingBook>();
        var bond = new StandingHold(
            StandingSource.FidelityBond, "coin", Ann, TierTable.KnownFrom * TierTable.BondValuePerPoint, now + 60);
        Assert.Equal(Tier.Newcomer, book.TierOf(Ann));
        Assert.True(await book.HoldAsync(bond, Cancel));
        Assert.Equal(Tier.Known, book.TierOf(Ann));
        await first.StopServerAsync();

        await using var second = await MarketHost.StartAsync(database, on: first);
        book = second.Get<StandingBook>();
        Assert.Equal(Tier.Known, book.TierOf(Ann));
        // A coin counts for one key: its proof's last word stands.
        Assert.True(await book.HoldAsync(bond with { Key = Bob }, Cancel));
        Assert.Equal((Tier.Newcomer, Tier.Known), (book.TierOf(Ann), book.TierOf(Bob)));
        await book.ReleaseAsync(StandingSource.FidelityBond, "coin", Cancel);
        Assert.Equal(Tier.Newcomer, book.TierOf(Bob));
        await book.HoldAsync(bond, Cancel);
        second.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(Tier.Newcomer, book.TierOf(Ann));
        await book.TidyAsync(Cancel);
        await using var db = await second.Get<IDbContextFactory<MarketDb>>().CreateDbContextAsync(Cancel);
        Assert.Equal(0, await db.Set<HoldRow>().CountAsync(Cancel));
    }

    [Fact]
    public async Task A_key_has_a_bounded_number_of_holds()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        var book = host.Get<StandingBook>();
        var until = host.Clock.Now.ToUnixTimeSeconds() + 60;
        for (var i = 0; i < StandingBook.MostHoldsOfOne; i++)
            Assert.True(await book.HoldAsync(new StandingHold(StandingSource.BurnedCoins, $"c{i}", Ann, 1, until), Cancel));
        Assert.False(await book.HoldAsync(new StandingHold(StandingSource.BurnedCoins, "more", Ann, 1, until), Cancel));
        // What is there can be set anew.
        Assert.True(await book.HoldAsync(new StandingHold(StandingSource.BurnedCoins, "c0", Ann, 2, until), Cancel));
    }
}
