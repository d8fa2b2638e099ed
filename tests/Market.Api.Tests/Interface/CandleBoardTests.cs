using Market.Api.Realtime;
using Market.Contracts;
using Market.Testing.Chains;

namespace Market.Api.Tests.Interface;

/// <summary>What the board of candles has forgotten it does not tell as if it knew.</summary>
public sealed class CandleBoardTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_candle_that_was_forgotten_is_not_begun_anew_once_a_later_one_has_lost_its_last_trade()
    {
        var board = new CandleBoard("P2SHARE-BTC", new ManualClock());
        var minutes = board.Of(CandleInterval.Minute);
        // Two trades in every minute; the first minute is forgotten.
        for (var i = 0; i <= CandleBoard.Kept; i++)
        {
            board.Count(2 * i + 1, TradeAt(i));
            board.Count(2 * i + 2, TradeAt(i));
        }

        Assert.Null(minutes.Find(Noon));
        board.Recount(CandleInterval.Minute, Noon.AddMinutes(5), null);
        board.Count(100_000, TradeAt(0));
        Assert.Null(minutes.Find(Noon));
        Assert.All(minutes.Items(), candle => Assert.Equal(2, candle.Trades));
    }

    private static Trade TradeAt(int minute) => new()
    {
        Id = "1",
        Instrument = "P2SHARE-BTC",
        Price = new Price(100),
        Quantity = new Quantity(1),
        Notional = new Sats(1),
        TakerSide = Side.Buy,
        SwapId = new string('0', 32),
        Time = Noon.AddMinutes(minute),
        Status = TradeStatus.Final,
    };
}
