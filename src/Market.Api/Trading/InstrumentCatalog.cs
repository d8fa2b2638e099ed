using Market.Api.Data;
using Market.Contracts;

namespace Market.Api.Trading;

/// <summary>The instruments of this market: for now the one of never-expiring shares.</summary>
public sealed class InstrumentCatalog(MarketNetwork network, MarketInstrument instrument)
{
    private volatile Instrument _current = new()
    {
        Id = instrument.Id,
        Base = "P2SHARE",
        Quote = "BTC",
        Network = network.Name,
        Status = InstrumentStatus.Paused,
        StatusReason = "The market is starting.",
        Rules = Rules,
    };

    /// <summary>What orders must keep to.</summary>
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
        OrderTypes = [OrderType.Limit],
        TimesInForce = [TimeInForce.Gtc, TimeInForce.Ioc],
    };

    /// <summary>The instrument as it stands.</summary>
    public Instrument Current => _current;

    /// <summary>All of them.</summary>
    public IReadOnlyList<Instrument> All => [_current];

    /// <summary>The instrument of this id; null when there is none.</summary>
    public Instrument? Find(string id) => id == _current.Id ? _current : null;

    /// <summary>Opens or pauses the instrument; the reason is for people.</summary>
    public void Set(InstrumentStatus status, string? reason) =>
        _current = _current with { Status = status, StatusReason = reason };
}
