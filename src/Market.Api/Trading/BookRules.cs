using Market.Api.Data;
using Market.Trading;

namespace Market.Api.Trading;

/// <summary>The listing's rules as the engine has them.</summary>
internal static class BookRules
{
    /// <summary>Orders of all accounts that are not done.</summary>
    public const int MaxOrders = 1 << 17;

    /// <summary>The same of one expiry series, of which a server has several and each year hundreds.</summary>
    public const int MaxOrdersOfSeries = 1 << 14;

    /// <summary>The book of an instrument.</summary>
    public static BookDefinition Of(MarketInstrument instrument) => instrument.Series is null ? Definition : OfSeries;

    /// <summary>The book of shares that never expire.</summary>
    public static BookDefinition Definition { get; } = new(
        new InstrumentRules
        {
            Tick = InstrumentListing.Rules.TickSize.Sats,
            Lot = InstrumentListing.Rules.LotSize.Units,
            MinQuantity = InstrumentListing.Rules.MinQuantity.Units,
            MaxQuantity = InstrumentListing.Rules.MaxQuantity.Units,
            MinNotional = InstrumentListing.Rules.MinNotional.Value,
            MaxPrice = InstrumentListing.Rules.MaxPrice.Sats,
            FilledIsFinal = true,
        },
        new BookLimits { MaxOrders = MaxOrders, MaxOrdersPerAccount = InstrumentListing.Rules.MaxOpenOrders });

    /// <summary>The book of an expiry series: the same rules in less memory.</summary>
    private static BookDefinition OfSeries { get; } = Definition with
    {
        Limits = Definition.Limits with
        {
            MaxOrders = MaxOrdersOfSeries,
            MaxOpenTrades = MaxOrdersOfSeries / 2,
            ClientIdMemory = MaxOrdersOfSeries / 2,
        },
    };
}
