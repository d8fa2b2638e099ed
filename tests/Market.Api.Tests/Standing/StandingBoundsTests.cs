using Market.Api.Data;
using Market.Api.Standing;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Standing;
using Market.Testing.Chains;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Tests.Standing;

/// <summary>What is kept for standing is bounded, and what goes first is what matters least.</summary>
public sealed class StandingBoundsTests(PostgresFixture postgres)
{
    private static readonly string Ann = new('a', 64);
    private static readonly string Bob = new('b', 64);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_oldest_proofs_and_what_counts_no_more_are_forgotten_in_the_tables_too()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        var book = host.Get<StandingBook>();
        await book.CreditAsync(Ann, 1, StandingSource.RecycledWork, "first", Cancel);
        await book.CreditAsync(Ann, 1, StandingSource.RecycledWork, "second", Cancel);
        var now = host.Clock.Now.ToUnixTimeSeconds();
        // Of a source whose holds nobody looks for on the chains meanwhile.
        await book.HoldAsync(new StandingHold(StandingSource.RecycledWork, "over", Ann, 0, now + 10), Cancel);
        await book.HoldAsync(new StandingHold(StandingSource.RecycledWork, "stands", Ann, 0, now + 1_000), Cancel);
        await using var db = await host.Get<IDbContextFactory<MarketDb>>().CreateDbContextAsync(Cancel);
        var entries = db.Set<CreditEntryRow>().AsNoTracking();
        var first = (await entries.SingleAsync(entry => entry.ProofId == "first", Cancel)).Id;
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into market.standing_entries (id, source, proof_id, key, amount, time) overriding system value
            values ({first + StandingBook.MostEntries}, 1, 'newest', {Ann}, 1, now())
            """, Cancel);
        host.Clock.Advance(TimeSpan.FromSeconds(11));
        await book.TidyAsync(Cancel);

        Assert.Equal(
            ["newest", "second"], await entries.Select(entry => entry.ProofId).OrderBy(name => name).ToListAsync(Cancel));
        Assert.Equal("stands", (await db.Set<HoldRow>().AsNoTracking().SingleAsync(Cancel)).ProofId);
        Assert.Null(book.FindHold(StandingSource.RecycledWork, "over"));
        Assert.NotNull(book.FindHold(StandingSource.RecycledWork, "stands"));
    }

    [Fact]
    public void Of_a_key_the_newest_faults_are_kept_and_of_keys_those_with_the_newest_swaps()
    {
        var clock = new ManualClock();
        var history = new StandingHistory(clock);
        for (var i = 0; i < StandingHistory.MostFaults + 10; i++)
        {
            history.Note(SwapOf($"fault {i}", Ann, Bob, FailedBy.Seller, clock.Now), settles: false);
            clock.Advance(TimeSpan.FromHours(1));
        }
        Assert.Equal((0, StandingHistory.MostFaults), history.Of(Ann));
        Assert.Equal((0, 0), history.Of(Bob));

        // What was no fault after all counts no more.
        history.Note(SwapOf($"fault {StandingHistory.MostFaults + 9}", Ann, Bob, FailedBy.None, clock.Now), settles: false);
        Assert.Equal(StandingHistory.MostFaults - 1, history.Of(Ann).Faults);

        for (var i = 0; i < StandingHistory.MostKeys / 2; i++)
        {
            history.Note(SwapOf($"swap {i}", $"seller {i}", $"buyer {i}", null, clock.Now), settles: true);
            if (i % 100 == 0) clock.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal((0, 0), history.Of(Ann));
        Assert.Equal((0, 0), history.Of("seller 0"));
        Assert.Equal((1, 0), history.Of($"seller {(StandingHistory.MostKeys / 2) - 1}"));
        Assert.Equal((1, 0), history.Of($"buyer {(StandingHistory.MostKeys / 2) - 1}"));
    }

    [Fact]
    public void The_day_of_a_swap_is_that_of_its_record_also_where_it_is_noted_after_midnight()
    {
        var clock = new ManualClock();
        var midnight = new DateTimeOffset(clock.Now.UtcDateTime.Date.AddDays(1), TimeSpan.Zero);
        var history = new StandingHistory(clock);
        history.Note(SwapOf("morning", Ann, Bob, null, midnight.AddHours(-9)), settles: true);
        clock.Advance(midnight.AddSeconds(1) - clock.Now);
        history.Note(SwapOf("night", Ann, Bob, null, midnight.AddSeconds(-1)), settles: true);
        Assert.Equal((1, 0), history.Of(Ann));
    }

    [Fact]
    public async Task A_template_of_tickets_is_given_for_half_a_minute_and_the_newest_few_are_good()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        var templates = host.Get<WorkTemplates>();
        var script = Coins.Owner(4);
        var names = new List<string>();
        for (var i = 0; i <= WorkTemplates.MostKept; i++)
        {
            names.Add((await templates.GiveAsync(host.Shares, script, Cancel)).Template);
            Assert.Equal(names[i], (await templates.GiveAsync(host.Shares, script, Cancel)).Template);
            host.Clock.Advance(TimeSpan.FromSeconds(31));
        }
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.Null(await templates.FindAsync(names[0], Cancel));
        Assert.NotNull(await templates.FindAsync(names[1], Cancel));
        Assert.NotNull(await templates.FindAsync(names[^1], Cancel));
    }

    [Fact]
    public async Task Clients_that_sent_wrong_solutions_are_remembered_up_to_a_bound_and_a_check_that_broke_blames_nobody()
    {
        var clock = new ManualClock();
        using var checker = new PuzzleChecker(clock);
        var one = PuzzleClient.Alone("one");
        Assert.True(checker.TryCheck(one, () => throw new InvalidOperationException("broken"), out var broken));
        await Assert.ThrowsAsync<InvalidOperationException>(() => broken);
        Assert.Null(checker.WaitOf(one));

        await WrongAsync(one);
        Assert.NotNull(checker.WaitOf(one));
        for (var i = 0; i < PuzzleChecker.MostKnown; i++)
        {
            // All within the first one's wait.
            if (i % 10_000 == 0) clock.Advance(TimeSpan.FromSeconds(1));
            await WrongAsync(PuzzleClient.Alone($"other {i}"));
        }
        Assert.Null(checker.WaitOf(one));
        Assert.NotNull(checker.WaitOf(PuzzleClient.Alone($"other {PuzzleChecker.MostKnown - 1}")));

        async Task WrongAsync(PuzzleClient client)
        {
            Assert.True(checker.TryCheck(client, () => false, out var answer));
            Assert.False(await answer);
        }
    }

    private static SwapRow SwapOf(string id, string seller, string buyer, FailedBy? failed, DateTimeOffset at) =>
        new() { Id = id, SellerKey = seller, BuyerKey = buyer, FailedBy = failed, CreatedAt = at, UpdatedAt = at };
}
