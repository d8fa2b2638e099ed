using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Market.Api.Data;
using Market.Api.Doors.OpenApi;
using Market.Api.Realtime;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Contracts;
using Market.Testing.Chains;
using Market.Web;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Tests.Interface;

/// <summary>What is said of a share's worth is kept each minute, and shown as it was said.</summary>
public sealed partial class ReadingTests(PostgresFixture postgres)
{
    private const string Id = "P2SHARE-BTC";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_page_shows_is_what_the_interface_gives_and_what_was_stored_whatever_is_said_later()
    {
        var database = await postgres.NewDatabaseAsync();
        var said = new List<Discount>();
        await using (var host = await MarketHost.StartAsync(database))
        {
            for (var i = 0; i < 3; i++)
            {
                said.Add(await SayAsync(host, database, 0.9 + (0.0123456789 * i), 0.09 / (i + 1)));
                // What is said in the same minute again is no second reading.
                host.Clock.Advance(TimeSpan.FromSeconds(10));
                Say(host, 7, 0.001);
                host.Clock.Advance(TimeSpan.FromSeconds(50));
            }
        }

        // Another server, other words: what was said of then stays.
        await using (var host = await MarketHost.StartAsync(database))
        {
            await SayAsync(host, database, 3, 0.5, minutes: 90);
            var stored = await StoredAsync(database);
            Assert.Equal(4, stored.Count);
            Assert.Equal(said, stored.Take(3).Select(row => row.ToContract().Said));
            var given = await GetAsync<Page<WorthReading>>(host, $"{Routes.Readings}?every=minute");
            Assert.Null(given.NextCursor);
            Assert.Equal(stored.Select(row => row.ToContract()).Reverse(), given.Items);

            var table = Table(await TextAsync(host, $"{Routes.Readings}?every=minute&format=csv"));
            foreach (var (row, reading) in table.Zip(given.Items))
            {
                Assert.Equal(reading.Said.D!.Value, Number(row["d"]));
                Assert.Equal(reading.Said.DError!.Value, Number(row["dError"]));
                Assert.Equal(reading.Said.Model.Variance, Number(row["model.variance"]));
                Assert.Equal(reading.Said.ImpliedHashrate!.Value, Number(row["impliedHashrate"]));
                Assert.Equal(reading.Said.Price!.Value.ToString(), row["price"]);
                Assert.Equal(reading.Holders.Count.ToString(CultureInfo.InvariantCulture), row["holders.count"]);
            }

            foreach (var group in ReadingFigures.Of(expires: false).Where(one => one.Figures.Count > 0))
            {
                var text = WebUtility.HtmlDecode(await TextAsync(host, $"/analytics?show={group.Id}&every=minute"));
                var page = BetweenTags().Replace(Amounts().Replace(text, "$1"), "><");
                foreach (var reading in given.Items)
                {
                    var time = $"datetime=\"{Units.Machine(reading.Time)}\">{Units.Moment(reading.Time)[..^4]}</time></th>";
                    var cells = group.Figures.Select(figure =>
                        $"<td class=\"num r\" data-l=\"{figure.Name}\"><span>{figure.Text(reading)} "
                        + $"<span class=\"unit\">{figure.ErrorText(reading)}</span></span></td>");
                    Assert.Contains(time + string.Concat(cells), page, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public async Task A_tip_puts_in_doubt_what_was_said_before_until_it_is_looked_at_again()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        var doubt = host.Get<MarketFeed>().Doubt;
        await Eventually.TrueAsync(() => doubt.Left is null, "the first tips were looked at");
        var before = doubt.Mark();
        await host.MineSharesAsync(1, Coins.Owner(7));
        await Eventually.TrueAsync(() => doubt.Mark() > before, "the new tip is known");
        // The clock stands still: nothing but a look ends it.
        await Eventually.TrueAsync(() => doubt.Left is null, "it was looked at again");
    }

    [Fact]
    public async Task The_first_of_each_interval_is_told_in_pages_and_between_times()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var host = await MarketHost.StartAsync(database);
        var begin = new DateTimeOffset(2026, 3, 1, 22, 3, 20, TimeSpan.Zero);
        // Every seventh minute through midnight, and one minute that comes late.
        await using (var db = Open(database))
        {
            for (var i = 0; i < 40; i++) await ReadingRow.WriteAsync(db, At(begin.AddMinutes(7 * i)), Cancel);
            await ReadingRow.WriteAsync(db, At(begin.AddMinutes(1)), Cancel);
            // A minute that has one keeps it.
            await ReadingRow.WriteAsync(db, At(begin.AddSeconds(30)) with { Market = Figures(1) }, Cancel);
        }

        var all = (await GetAsync<Page<WorthReading>>(host, $"{Routes.Readings}?every=minute&limit=500")).Items;
        Assert.Equal(41, all.Count);
        Assert.Equal(all.OrderByDescending(one => one.Time), all);
        Assert.All(all, one => Assert.Equal(0, one.Market.BidDepth.Value));
        foreach (var (every, minutes) in new[] { ("fiveMinutes", 5), ("hour", 60), ("day", 1_440) })
        {
            var first = all.Where(one => one.Time != begin.AddMinutes(1)).GroupBy(one => ReadingRow.MinuteOf(one.Time) / minutes)
                .Select(interval => interval.MinBy(one => one.Time)!.Time).OrderDescending();
            var told = (await GetAsync<Page<WorthReading>>(host, $"{Routes.Readings}?every={every}&limit=500")).Items;
            Assert.Equal(first, told.Select(one => one.Time));
        }

        var pages = new List<WorthReading>();
        var next = $"{Routes.Readings}?every=minute&limit=7";
        for (var cursor = ""; cursor is not null;)
        {
            var page = await GetAsync<Page<WorthReading>>(host, cursor.Length == 0 ? next : $"{next}&cursor={cursor}");
            pages.AddRange(page.Items);
            cursor = page.NextCursor;
        }
        Assert.Equal(all, pages);

        // From a reading's own time on it is told, before its own time it is not.
        var (from, to) = (all[30].Time, all[10].Time);
        var between = await GetAsync<Page<WorthReading>>(host, $"{Routes.Readings}?every=minute&from={from:O}&to={to:O}".Replace(
            "+00:00", "Z", StringComparison.Ordinal));
        Assert.Equal(all.Skip(11).Take(20), between.Items);
        Assert.Equal(20, between.Items.Count);
    }

    [Fact]
    public async Task A_table_names_its_next_page_and_all_of_them_are_all()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var host = await MarketHost.StartAsync(database);
        var begin = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
        await using (var db = Open(database))
        {
            for (var i = 0; i < 9; i++) await ReadingRow.WriteAsync(db, At(begin.AddHours(i)), Cancel);
        }
        var rows = new List<string>();
        for (var next = $"{Of(Routes.Readings)}?limit=4"; next is not null;)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, next);
            request.Headers.Accept.ParseAdd("text/csv");
            using var answer = await host.Http.SendAsync(request, Cancel);
            Assert.Equal("text/csv", answer.Content.Headers.ContentType!.MediaType);
            Assert.Contains("Accept", answer.Headers.Vary);
            rows.AddRange(Table(await answer.Content.ReadAsStringAsync(Cancel)).Select(row => row["time"]));
            next = answer.Headers.TryGetValues("Link", out var links)
                ? links.Single() is var link && link.EndsWith(">; rel=\"next\"", StringComparison.Ordinal)
                    ? link[1..link.IndexOf('>', StringComparison.Ordinal)] : throw new InvalidOperationException(link)
                : null;
        }
        Assert.Equal(Enumerable.Range(0, 9).Reverse().Select(i => $"2026-03-01T0{i}:00:00.000Z"), rows);
    }

    [Fact]
    public async Task Minutes_go_after_eight_days_and_the_first_of_each_hour_stays_for_ever_also_of_what_is_gone()
    {
        var database = await postgres.NewDatabaseAsync();
        var now = new DateTimeOffset(2026, 3, 20, 12, 0, 0, TimeSpan.Zero);
        await using var db = Open(database);
        await db.Database.MigrateAsync(Cancel);
        foreach (var instrument in new[] { Id, "P2POOLV2-3-BTC" })
        {
            foreach (var days in new[] { 9, 7 })
            {
                for (var i = 0; i < 90; i++)
                    await ReadingRow.WriteAsync(db, At(now.AddDays(-days).AddMinutes(i)) with { Instrument = instrument }, Cancel);
            }
        }
        Assert.Equal(360, await db.Set<ReadingRow>().CountAsync(Cancel));
        await ReadingRow.WriteAsync(db, At(now), Cancel);
        var kept = await db.Set<ReadingRow>().AsNoTracking().OrderBy(row => row.Minute).ToListAsync(Cancel);
        // Of nine days ago both hours' first, of seven all, of both instruments; and the newest.
        Assert.Equal((2 * (2 + 90)) + 1, kept.Count);
        Assert.All(kept.Take(4), row => Assert.Equal(0, row.Minute % 60));
    }

    [Theory]
    [InlineData("?every=tenSeconds", ProblemCodes.ValidationFailed)]
    [InlineData("?every=", ProblemCodes.ValidationFailed)]
    [InlineData("?limit=0", ProblemCodes.ValidationFailed)]
    [InlineData("?limit=501", ProblemCodes.ValidationFailed)]
    [InlineData("?cursor=x", ProblemCodes.ValidationFailed)]
    [InlineData("?from=2026-01-02&to=2026-01-01", ProblemCodes.ValidationFailed)]
    [InlineData("?format=xml", ProblemCodes.ValidationFailed)]
    [InlineData("?format=xml&limit=0", ProblemCodes.ValidationFailed)]
    public async Task What_has_no_shape_is_refused(string query, string code)
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        using var answer = await host.Http.GetAsync(Of(Routes.Readings) + query, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(code, await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        using var unknown = await host.Http.GetAsync(
            Routes.Readings.Replace("{instrument}", "NOTHING-BTC", StringComparison.Ordinal) + "?format=csv", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("application/problem+json", unknown.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task What_the_chains_say_by_themselves_is_kept_with_its_holders()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var host = await MarketHost.StartAsync(database);
        await host.MineSharesAsync(20, Coins.Owner(3));
        await Eventually.TrueAsync(async () => (await StoredAsync(database)).Count > 0, "a reading");
        var reading = (await StoredAsync(database))[0].ToContract();
        Assert.Equal((Id, 1), (reading.Instrument, reading.Holders.Count));
        Assert.Equal((1.0, 1.0, 1), (reading.Holders.Largest, reading.Holders.LargestTen, reading.Holders.Half));
        Assert.Null(reading.Said.Price);
        Assert.Null(reading.Said.D);
        Assert.True(reading.Said.ModelPrice > 0, "the model says something before the first trade");
        var page = WebUtility.HtmlDecode(await TextAsync(host, "/analytics?show=price"));
        Assert.Contains("Nothing was traded yet", page, StringComparison.Ordinal);
        Assert.Contains($"Readings are kept since {Units.Moment(reading.Time)}.", page, StringComparison.Ordinal);
    }

    private static async Task<Discount> SayAsync(MarketHost host, string database, double d, double error, int minutes = 0)
    {
        var before = (await StoredAsync(database)).Count;
        host.Clock.Advance(TimeSpan.FromMinutes(minutes));
        var said = Say(host, d, error);
        await Eventually.TrueAsync(async () => (await StoredAsync(database)).Count > before, "the reading is kept");
        return said;
    }

    private static Discount Say(MarketHost host, double d, double error)
    {
        var said = Examples.Discount with
        {
            Time = host.Clock.Now,
            D = d,
            DError = d * error,
            DParams = d / Examples.Discount.DTime,
            ImpliedHashrate = 87_654.321 * d,
            Uncertainty = error,
        };
        host.Get<MarketFeed>().SetDiscount(said);
        return said;
    }

    private static WorthReading At(DateTimeOffset time) => new()
    {
        Instrument = Id,
        Time = time,
        Said = Examples.Discount with { Time = time },
        Market = Figures(0),
        Holders = new HolderFigures { Count = 0, Total = new Quantity(0) },
    };

    private static MarketFigures Figures(long bids) => new() { BidDepth = new Sats(bids), AskDepth = new Quantity(0) };

    private static async Task<List<ReadingRow>> StoredAsync(string database)
    {
        await using var db = Open(database);
        return await db.Set<ReadingRow>().AsNoTracking().OrderBy(row => row.Minute).ToListAsync(Cancel);
    }

    private static MarketDb Open(string database) =>
        new(new DbContextOptionsBuilder<MarketDb>().UseNpgsql(database, Database.Options).Options);

    private static string Of(string route) => route.Replace("{instrument}", Id, StringComparison.Ordinal);

    private static async Task<T> GetAsync<T>(MarketHost host, string route) =>
        (await host.Http.GetFromJsonAsync<T>(Of(route), MarketJson.Options, Cancel))!;

    private static async Task<string> TextAsync(MarketHost host, string route)
    {
        using var answer = await host.Http.GetAsync(Of(route), Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }

    // No cell of these tables has a comma.
    private static List<Dictionary<string, string>> Table(string text)
    {
        var lines = text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',')).ToList();
        return [.. lines.Skip(1).Select(cells => lines[0].Zip(cells).ToDictionary(pair => pair.First, pair => pair.Second))];
    }

    [GeneratedRegex("<span data-sat=\"-?[0-9]+\">([^<]*)</span>")]
    private static partial Regex Amounts();

    [GeneratedRegex(@">\s+<")]
    private static partial Regex BetweenTags();

    private static double Number(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);
}
