using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using Market.Chains.Stratum;

namespace Market.Chains.Tests.Stratum;

/// <summary>Bounds, lines, and accounts, each by itself.</summary>
public sealed class StratumPartsTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(56);

    [Fact]
    public void A_flood_of_lines_waits()
    {
        var budget = new LineBudget(Start);
        for (var i = 0; i < LineBudget.Burst; i++)
        {
            Assert.Equal(TimeSpan.Zero, budget.Take(Start));
        }

        Assert.Equal(TimeSpan.FromSeconds(1.0 / LineBudget.ASecond), budget.Take(Start));
        Assert.Equal(TimeSpan.Zero, budget.Take(Start.AddSeconds(1)));
    }

    [Fact]
    public void What_is_owed_has_an_end()
    {
        var household = new HouseholdBudget(Start, 1_000);
        var most = TimeSpan.FromSeconds(HouseholdBudget.BurstSeconds);
        for (var i = 0; i < 1_000; i++)
        {
            Assert.InRange(household.Take(Start, 1_024), TimeSpan.Zero, most);
        }

        Assert.Equal(most, household.Take(Start, 1));
        Assert.Equal(TimeSpan.Zero, household.Take(Start.AddSeconds(HouseholdBudget.BurstSeconds + 1), 1));
    }

    [Fact]
    public void A_farm_of_a_thousand_machines_behind_one_address_never_waits_and_junk_over_a_thousand_connections_does()
    {
        const int machines = 1_000;
        var aSecond = new StratumOptions().MostLinesOfAddress;
        var household = new HouseholdBudget(Start, aSecond);

        // All connect again at once, with five lines each; then each has a result every three seconds, one in twenty refused.
        for (var i = 0; i < machines; i++)
        {
            Assert.Equal(TimeSpan.Zero, household.Take(Start, 5));
        }

        for (var second = 1; second <= 600; second++)
        {
            for (var result = 0; result < machines / 3; result += 20)
            {
                Assert.Equal(TimeSpan.Zero, household.Take(Start.AddSeconds(second), 1));
            }
        }

        // As much over all its connections together as over one: what was saved up, and the rate.
        var (at, read) = (Start.AddSeconds(700), 0);
        Assert.True(household.IsRested(at));
        while (household.Take(at, 1) == TimeSpan.Zero)
        {
            read++;
        }

        Assert.Equal(HouseholdBudget.BurstSeconds * aSecond, read);
        Assert.Equal(TimeSpan.FromSeconds(101.0 / aSecond), household.Take(at, 100));
        Assert.False(household.IsRested(at.AddSeconds(HouseholdBudget.BurstSeconds)));
        Assert.True(household.IsRested(at.AddSeconds(HouseholdBudget.BurstSeconds + 1)));
    }

    [Fact]
    public void Refused_results_are_made_up_for_by_accepted_ones_or_end_a_connection()
    {
        var refused = new RefusedResults();
        for (var i = 0; i < 5 * RefusedResults.Most; i++)
        {
            refused.Count(StratumReject.Stale);
        }

        // Nine of ten refused, for good.
        for (var i = 0; i < RefusedResults.Most; i++)
        {
            for (var j = 0; j < 9; j++)
            {
                refused.Count(StratumReject.LowDifficulty);
            }

            refused.Count(StratumReject.None);
            Assert.Equal((1, false), (refused.Lines, refused.AreTooMany));
        }

        for (var i = 1; i < RefusedResults.Most; i++)
        {
            refused.Count(i % 2 == 0 ? StratumReject.LowDifficulty : StratumReject.JobUnknown);
            Assert.Equal(i > RefusedResults.ReadAsOthers ? RefusedResults.SlowLines : 1, refused.Lines);
        }

        Assert.False(refused.AreTooMany);
        refused.Count(StratumReject.Duplicate);
        Assert.True(refused.AreTooMany);
    }

    [Fact]
    public void A_name_without_an_accepted_result_has_no_account()
    {
        var book = new StratumBook();
        foreach (var reject in new[] { StratumReject.JobUnknown, StratumReject.Stale, StratumReject.LowDifficulty })
        {
            book.Count(new StratumResult("a.rig", reject, 0, 0, null), Start);
        }

        Assert.Empty(book.Workers(Start));
        book.Count(new StratumResult("a.rig", StratumReject.None, 1, 1, null), Start);
        book.Count(new StratumResult("a.rig", StratumReject.Stale, 0, 1, null), Start);
        book.Count(new StratumResult("b", StratumReject.None, 1, 1, null), Start);
        Assert.Equal(1, Assert.Single(WorkersOf(book, "A")).Stale);
        Assert.Empty(WorkersOf(book, "a.rig"));
    }

    [Fact]
    public void Who_is_connected_keeps_its_account()
    {
        var book = new StratumBook();
        for (var i = 0; i < StratumBook.MostWorkers; i++)
        {
            book.Connect($"w{i}.rig", "agent", Start);
        }

        book.Connect("more", "agent", Start);
        Assert.Empty(WorkersOf(book, "more"));
        book.Disconnect("w7.rig");
        book.Connect("more", "agent", Start);
        Assert.Single(WorkersOf(book, "more"));
        Assert.Empty(WorkersOf(book, "w7"));
        Assert.Single(WorkersOf(book, "w0"));
    }

    [Fact]
    public void Lines_end_with_a_feed_and_may_come_in_pieces()
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes("one\r\ntwo\n\nthr"));
        Assert.Equal("one", Next());
        Assert.Equal("two", Next());
        Assert.Equal("", Next());
        Assert.Null(Next());
        Assert.Equal(3, buffer.Length);
        Assert.False(StratumLines.IsTooLong(new ReadOnlySequence<byte>(new byte[16 * 1024])));
        Assert.True(StratumLines.IsTooLong(new ReadOnlySequence<byte>(new byte[(16 * 1024) + 1])));

        string? Next() => StratumLines.TryTake(ref buffer, out var line) ? Encoding.ASCII.GetString(line) : null;
    }

    [Theory]
    [InlineData("0.0.0.0:3333", "0.0.0.0:3333")]
    [InlineData("127.0.0.1", "127.0.0.1:3333")]
    [InlineData("localhost:4444", "127.0.0.1:4444")]
    [InlineData(":3334", "127.0.0.1:3334")]
    [InlineData("[::]:3333", "[::]:3333")]
    [InlineData("127.0.0.1:0", "127.0.0.1:0")]
    [InlineData("pool.example:3333", null)]
    [InlineData("", null)]
    public void Where_to_listen_is_read(string text, string? point) =>
        Assert.Equal(point, StratumOptions.ReadEndPoint(text)?.ToString());

    [Fact]
    public void A_hash_rate_is_told_with_its_error_over_three_times()
    {
        var book = new StratumBook();
        for (var i = 1; i <= 400; i++)
        {
            book.Count(new StratumResult("a.rig", StratumReject.None, 2, i, null), Start.AddSeconds(i * 10));
        }

        book.Count(new StratumResult("a.rig", StratumReject.Stale, 0, 9_999, null), Start.AddSeconds(4_000));
        book.Count(new StratumResult("a.rig", StratumReject.Duplicate, 0, 0, null), Start.AddSeconds(4_000));
        book.Count(new StratumResult("b", StratumReject.None, 1, 1, null), Start.AddSeconds(4_000));
        var workers = book.Workers(Start.AddSeconds(4_000));
        Assert.Equal([("a", "rig"), ("b", "")], workers.Select(each => (each.Address, each.Name)));
        var rig = workers[0];
        Assert.Equal((400, 1, 1), (rig.Accepted, rig.Stale, rig.Rejected[StratumReject.Duplicate]));
        Assert.Equal(9_999, rig.Best);
        var rate = 0.2 * StratumDifficulty.Hashes;
        Assert.All(rig.Rates, each => Assert.InRange(each.HashesPerSecond, 0.94 * rate, 1.06 * rate));
        Assert.InRange(rig.Rates[0].RelativeError, 0.17, 0.20);
        Assert.InRange(rig.Rates[2].RelativeError, 0.049, 0.051);
        Assert.Equal(0, book.Workers(Start.AddSeconds(5_000))[0].Rates[0].HashesPerSecond);
        Assert.InRange(book.Workers(Start.AddSeconds(5_000))[0].Rates[2].HashesPerSecond, 0.75 * rate, 0.85 * rate);
    }

    [Fact]
    public void A_rate_counts_from_the_first_work_on_and_its_error_from_what_the_results_weigh()
    {
        var book = new StratumBook();
        book.Connect("a.rig", "", Start);
        Take(2, 10);
        var one = Rate(10);
        Assert.Equal((1, 10), (one.RelativeError, one.Seconds));
        Assert.Equal(0.2 * StratumDifficulty.Hashes, one.HashesPerSecond, 3);
        Take(2, 20);
        var two = Rate(20);
        Assert.Equal(0.2 * StratumDifficulty.Hashes, two.HashesPerSecond, 3);
        Assert.Equal(20, two.Seconds);
        Assert.Equal(1 / Math.Sqrt(2), two.RelativeError, 9);

        // One hard result among easy ones tells little more than itself.
        Take(100, 30);
        Assert.Equal(Math.Sqrt(10_008) / 104, Rate(30).RelativeError, 9);
        Assert.Equal(104 * StratumDifficulty.Hashes / 30, Rate(30).HashesPerSecond, 3);
        Assert.Equal(Rate(30), book.All(Start.AddSeconds(30)).Rates[0]);

        void Take(double difficulty, int second) =>
            book.Count(new StratumResult("a.rig", StratumReject.None, difficulty, 1, null), Start.AddSeconds(second));

        HashRate Rate(int second) => book.Workers(Start.AddSeconds(second))[0].Rates[0];
    }

    [Fact]
    public void An_address_workers_come_page_by_page_in_the_order_in_which_they_came()
    {
        var book = new StratumBook();
        foreach (var name in (string[])["z", "y", "x", "w"])
        {
            book.Connect($"a.{name}", "", Start);
        }

        book.Connect("b.other", "", Start);
        Assert.Equal(["z", "y"], Page(0).Select(each => each.Name));
        Assert.Equal(["x", "w"], Page(2).Select(each => each.Name));
        Assert.Empty(Page(4));

        ImmutableArray<StratumWorker> Page(int skip)
        {
            var page = book.Workers("A", Start, skip, 2, out var all);
            Assert.Equal(4, all);
            return page;
        }
    }

    [Fact]
    public void So_many_workers_are_kept_and_the_idle_go_first()
    {
        var book = new StratumBook();
        book.Connect("stays", "agent", Start);
        for (var i = 0; i <= StratumBook.MostWorkers; i++)
        {
            book.Count(new StratumResult($"w{i}", StratumReject.None, 1, 1, null), Start.AddSeconds(i));
        }

        var workers = book.Workers(Start);
        Assert.Equal(StratumBook.MostWorkers, workers.Length);
        Assert.Equal("stays", workers[0].Address);
        Assert.DoesNotContain(workers, each => each.Address == "w0");
    }

    [Fact]
    public void An_address_has_so_many_workers_and_beyond_them_takes_no_place_of_another_s()
    {
        var book = new StratumBook();
        book.Count(Accepted("b.other"), Start);
        for (var i = 0; i < StratumBook.MostOfAddress; i++)
        {
            book.Connect($"a.w{i}", "agent", Start);
            book.Count(Accepted($"a.w{i}"), Start.AddSeconds(i));
        }

        // All of them are connected.
        book.Count(Accepted("a.more"), Start);
        Assert.DoesNotContain("more", Names());
        book.Disconnect("a.w9");
        book.Disconnect("a.w7");
        book.Count(Accepted("a.more"), Start.AddSeconds(1_000));
        Assert.Contains("more", Names());
        Assert.DoesNotContain("w7", Names());
        Assert.Contains("w9", Names());
        Assert.Equal(StratumBook.MostOfAddress, Names().Count);
        Assert.Single(WorkersOf(book, "b"));

        static StratumResult Accepted(string worker) => new(worker, StratumReject.None, 1, 1, null);

        List<string> Names() =>
            [.. book.Workers("a", Start, 0, StratumBook.MostWorkers, out _).Select(each => each.Name)];
    }

    [Theory]
    [InlineData("", "")]
    [InlineData(".", "")]
    [InlineData(".rig 1", ".rig 1")]
    [InlineData(".a.b", ".a.b")]
    [InlineData(".\u202ezz\n\u00e9\u0000", ".?zz???")]
    [InlineData(".0123456789012345678901234567890123456789", ".01234567890123456789012345678901")]
    public void A_worker_s_name_is_kept_in_so_many_printable_characters(string written, string kept)
    {
        var key = Market.Bitcoin.PrivateKey.Create([.. Enumerable.Repeat((byte)9, 32)]);
        var address = Market.Bitcoin.BitcoinAddress.FromScript(
            Market.Bitcoin.Script.P2wpkh(key.PublicKey), Market.Bitcoin.Network.Mainnet);
        Assert.Equal(address + kept, StratumUser.Of(address, address.ToString().ToUpperInvariant() + written));
    }

    private static ImmutableArray<StratumWorker> WorkersOf(StratumBook book, string address) =>
        book.Workers(address, Start, 0, MinersReport.PageSize, out _);
}
