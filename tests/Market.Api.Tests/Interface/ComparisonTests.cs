using System.Net;
using System.Net.Http.Json;
using Market.Api.Analytics;
using Market.Api.Data;
using Market.Api.Doors.OpenApi;
using Market.Api.Realtime;
using Market.Api.Tests.Instruments;
using Market.Api.Tests.Orders;
using Market.Chains;
using Market.Contracts;
using Market.Sharechain;
using Market.Testing.Chains;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Tests.Interface;

/// <summary>Several sharechains in each other's light.</summary>
public sealed class ComparisonTests(PostgresFixture postgres) : TwoBooks(postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_sharechains_are_held_against_each_other_by_what_was_said_of_both()
    {
        // Half of the work behind a share, the same price; three times the hashrate, a quarter more d.
        Say(First, One);
        Say(Second, One with
        {
            FppsWorth = One.FppsWorth / 2,
            OverFpps = One.OverFpps * 2,
            D = One.D * 1.25,
            DError = One.D * 1.25 * 0.03,
            Uncertainty = 0.03,
            Inputs = One.Inputs with { PoolHashrate = One.Inputs.PoolHashrate * 3 },
        });
        var told = await GetAsync<InstrumentComparison>($"{Routes.Comparison}?instrument={First}");
        Assert.Equal(First, told.Against);
        Assert.Equal(Both, told.Items.Select(one => one.Instrument));
        Assert.Null(told.Items[0].Ratios);
        Assert.Empty(told.Items[0].Differs);
        var other = told.Items[1];
        Near(2, other.Ratios!.PricePerHash!.Value);
        Near(3, other.Ratios.Hashrate);
        Near(1.25, other.Ratios.D!.Value);
        Near(3 * Math.Sqrt((0.04 * 0.04) + (0.03 * 0.03)), other.Ratios.HashrateError!.Value);
        Near(1.25 * 0.05, other.Ratios.DError!.Value);
        Near(other.PricePerTerahash!.Value, other.Price!.Value.Sats / other.HashesPerShare!.Value * 1e12);
        // They are rows that differ in one rule, and that is said.
        Assert.Equal([("payout", "20 drawn owners", "1 drawn owner")], other.Differs.Select(d => (d.Rule, d.Here, d.There)));
        // From the other side all is the other way round.
        var turned = await GetAsync<InstrumentComparison>($"{Routes.Comparison}?instrument={Second}");
        Near(0.5, turned.Items[0].Ratios!.PricePerHash!.Value);
        Assert.Equal("1 drawn owner", turned.Items[0].Differs.Single().Here);

        await KeptAsync(2);
        var route = Of(Routes.ComparedReadings, Second);
        var compared = await GetAsync<Page<ComparedReading>>($"{route}?with={First}&every=minute");
        Assert.Equal(other.Ratios, Assert.Single(compared.Items).Ratios);
        using var table = await Http.GetAsync($"{Routes.Comparison}?format=csv", Cancel);
        var rows = (await table.Content.ReadAsStringAsync(Cancel)).Split("\r\n");
        Assert.StartsWith($"{First},{First},p2share-devnet,", rows[1], StringComparison.Ordinal);
        Assert.EndsWith(",payout", rows[2], StringComparison.Ordinal);
        foreach (var wrong in new[] { "", $"?with={Second}" })
        {
            using var refused = await Http.GetAsync(route + wrong, Cancel);
            Assert.True(refused.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound, $"{refused.StatusCode}");
        }
    }

    [Fact]
    public async Task A_minute_in_which_one_was_silent_and_an_instrument_of_which_nothing_was_said_are_left_out()
    {
        Say(First, One);
        await KeptAsync(1);
        var told = await GetAsync<InstrumentComparison>(Routes.Comparison);
        Assert.Equal([First], told.Items.Select(one => one.Instrument));
        var compared = await GetAsync<Page<ComparedReading>>($"{Of(Routes.ComparedReadings, First)}?with={Second}&every=minute");
        Assert.Empty(compared.Items);
        using var unknown = await Http.GetAsync($"{Routes.Comparison}?instrument=NOTHING-BTC", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public void Two_series_of_one_sharechain_have_its_hashrate_and_its_error_in_common()
    {
        // Said at two moments, between which the estimate of the one hashrate has moved.
        var later = One with
        {
            D = One.D / 2,
            DError = One.D / 2 * 0.04,
            Inputs = One.Inputs with { PoolHashrate = One.Inputs.PoolHashrate * 1.1 },
        };
        var ratios = Comparing.Of(One, later, isOneChain: true);
        Assert.Equal((1.0, null), (ratios.Hashrate, ratios.HashrateError));
        Near(2, ratios.D!.Value);
        Assert.Null(ratios.DError);
        // What is not there makes no ratio.
        var none = Comparing.Of(One with { Price = null, D = null, FppsWorth = null }, One, isOneChain: false);
        Assert.Equal((null, null, null), (none.PricePerHash, none.D, none.DError));
    }

    [Theory]
    [InlineData(new long[] { 60, 30, 10 }, 100, 0.6, 1.0, 1)]
    [InlineData(new long[] { 50, 50 }, 100, 0.5, 1.0, 2)]
    [InlineData(new long[] { 1, 1, 1 }, 100, 0.01, 0.03, null)]
    [InlineData(new long[] { 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5 }, 60, 5 / 60.0, 50 / 60.0, 7)]
    [InlineData(new long[0], 0, null, null, null)]
    public void Concentration_is_the_largest_ten_and_half(long[] weights, long total, double? largest, double? ten, int? half)
    {
        var holders = new ShareHolders(
            default, 1, total, weights.Length, [.. weights.Select(weight => new Holder(Coins.Owner(1), weight))]);
        var figures = Concentration.Of(holders);
        Assert.Equal((largest, half), (figures.Largest, figures.Half));
        if (ten is { } part) Near(part, figures.LargestTen!.Value);
        else Assert.Null(figures.LargestTen);
    }

    [Fact]
    public void A_book_is_as_deep_as_what_stands_within_a_twentieth_of_its_best()
    {
        BookLevel[] bids = [Level(1_000, Share), Level(950, 2 * Share), Level(949, 100 * Share)];
        BookLevel[] asks = [Level(1_010, Share), Level(1_060, Share), Level(1_061, 100 * Share)];
        var figures = BookFigures.Of(
            new BookSnapshot
            {
                Instrument = First,
                Sequence = 1,
                Time = DateTimeOffset.UnixEpoch,
                Bids = bids,
                Asks = asks,
                Checksum = 0,
            },
            Examples.Ticker);
        Assert.Equal((1_005.0, 2_900, 2 * Share), (figures.Mid, figures.BidDepth.Value, figures.AskDepth.Units));
        Near(117_744_000 / 1_200.0, figures.MeanPrice!.Value);
        var empty = BookFigures.Of(
            new BookSnapshot
            {
                Instrument = First,
                Sequence = 1,
                Time = DateTimeOffset.UnixEpoch,
                Bids = [],
                Asks = [],
                Checksum = 0,
            },
            null);
        Assert.Equal(new MarketFigures { BidDepth = new Sats(0), AskDepth = new Quantity(0) }, empty);
    }

    private static Discount One => Examples.Discount with { DError = Examples.Discount.D * 0.04, Uncertainty = 0.04 };

    private static BookLevel Level(long price, long units) =>
        new() { Price = new Price(price), Quantity = new Quantity(units), Orders = 1 };

    private HttpClient Http => Ann.Http;

    private void Say(string instrument, Discount said) => Host.Instruments.Find(instrument).Value.Get<MarketFeed>().SetDiscount(
        said with { Instrument = instrument, Time = Host.Get<TimeProvider>().GetUtcNow() });

    private Task KeptAsync(int count) => Eventually.TrueAsync(
        async () =>
        {
            await using var db = new MarketDb(
                new DbContextOptionsBuilder<MarketDb>().UseNpgsql(Database, Data.Database.Options).Options);
            return await db.Set<ReadingRow>().CountAsync(Cancel) == count;
        },
        "the readings are kept");

    private async Task<T> GetAsync<T>(string route) => (await Http.GetFromJsonAsync<T>(route, MarketJson.Options, Cancel))!;

    private static void Near(double expected, double actual) =>
        Assert.True(Math.Abs(actual - expected) <= Math.Abs(expected) * 1e-9, $"{actual} is not {expected}.");
}
