using System.Net.Http.Json;
using Market.Api.Data;
using Market.Api.Tests.Host;
using Market.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Tests.Interface;

public sealed class CandleTests(MarketFixture fixture) : IClassFixture<MarketFixture>
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_span_has_the_candles_that_begin_in_it_and_each_is_whole()
    {
        await using (var db = await fixture.Host.Get<IDbContextFactory<MarketDb>>().CreateDbContextAsync())
        {
            db.Trades.AddRange(new[] { 10, 50, 70, 110, 130 }.Select((second, i) => new TradeRow
            {
                Instrument = "P2SHARE-BTC",
                Id = i + 1,
                Price = 100 + i,
                Quantity = 1,
                Notional = 1,
                TakerSide = Side.Buy,
                Time = Noon.AddSeconds(second),
                Status = TradeStatus.Final,
            }));
            // What does not count is in no candle: of each, one that would open, close, raise and lower every candle.
            db.Trades.AddRange(new[] { TradeStatus.Pending, TradeStatus.Withdrawn }.SelectMany((status, i) => new[]
            {
                new TradeRow { Id = 100 + i, Price = 9_999, Time = Noon.AddSeconds(30) },
                new TradeRow { Id = 102 + i, Price = 1, Time = Noon.AddSeconds(400) },
            }.Select(row =>
            {
                (row.Instrument, row.Status, row.Quantity) = ("P2SHARE-BTC", status, 1);
                return row;
            })));
            await db.SaveChangesAsync();
        }

        Assert.Equal([(0, 100, 101), (60, 102, 103), (120, 104, 104)], await CandlesAsync(""));
        Assert.Equal([(60, 102, 103)], await CandlesAsync(Span(30, 90)));
        Assert.Equal([(0, 100, 101)], await CandlesAsync(Span(0, 60)));
        Assert.Equal([(60, 102, 103), (120, 104, 104)], await CandlesAsync("&from=2026-03-01T17:00:30%2B05:00"));
        Assert.Empty(await CandlesAsync(Span(30, 60)));
    }

    private static string Span(int from, int to) =>
        $"&from={Noon.AddSeconds(from):yyyy-MM-ddTHH:mm:ssZ}&to={Noon.AddSeconds(to):yyyy-MM-ddTHH:mm:ssZ}";

    /// <summary>Begin in seconds after noon, open and close. Where no span is asked for, one that has all is.</summary>
    private async Task<List<(int Begin, int Open, int Close)>> CandlesAsync(string span)
    {
        var route = Routes.Candles.Replace("{instrument}", "P2SHARE-BTC", StringComparison.Ordinal);
        var candles = await fixture.Host.Http.GetFromJsonAsync<List<Candle>>(
            $"{route}?interval=minute{(span.Length > 0 ? span : "&from=2026-01-01")}", MarketJson.Options);
        return [.. candles!.Select(c => ((int)(c.Start - Noon).TotalSeconds, (int)c.Open.Sats, (int)c.Close.Sats))];
    }
}
