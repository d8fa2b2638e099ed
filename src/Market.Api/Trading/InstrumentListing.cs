using Market.Api.Data;
using Market.Contracts;

namespace Market.Api.Trading;

/// <summary>An instrument as everybody sees it.</summary>
public sealed class InstrumentListing(MarketInstrument instrument, SeriesGate series)
{
    private volatile Instrument _current = Of(instrument);

    /// <summary>An instrument before anything is known of it.</summary>
    public static Instrument Of(MarketInstrument instrument)
    {
        ArgumentNullException.ThrowIfNull(instrument);
        return new Instrument
        {
            Id = instrument.Id,
            Base = instrument.Base,
            Quote = "BTC",
            Sharechain = instrument.Sharechain,
            Network = instrument.Network,
            Status = InstrumentStatus.Paused,
            StatusReason = "The market is starting.",
            Rules = Rules,
        };
    }

    /// <summary>What orders must keep to: the same in all instruments.</summary>
    public static TradingRules Rules { get; } = new()
    {
        TickSize = new Price(10),
        LotSize = new Quantity(1_000_000),
        MinQuantity = new Quantity(10_000_000),
        MaxQuantity = new Quantity(100_000_000_000_000),
        MinNotional = new Sats(20_000),
        MaxPrice = new Price(100_000_000_000),
        MaxOpenOrders = 1_000,
        MaxOutpoints = 20,
        MakerFee = 0m,
        TakerFee = 0m,
        OrderTypes = [OrderType.Limit, OrderType.Market],
        TimesInForce = [TimeInForce.Gtc, TimeInForce.Ioc, TimeInForce.Gtd, TimeInForce.Fok],
    };

    /// <summary>As it stands.</summary>
    public Instrument Current => _current with { Series = series.Current };

    /// <summary>The largest worth of an order in satoshis; null for any.</summary>
    public long? MostWorth => series.Shut is null ? series.MostWorth : null;

    /// <summary>Opens or pauses it; the reason is for people.</summary>
    public void Set(InstrumentStatus status, string? reason) =>
        _current = _current with { Status = status, StatusReason = reason };
}
