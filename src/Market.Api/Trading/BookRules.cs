using Market.Trading;

namespace Market.Api.Trading;

/// <summary>The catalog's rules as the engine has them.</summary>
internal static class BookRules
{
    /// <summary>Orders of all accounts that are not done.</summary>
    public const int MaxOrders = 1 << 17;

    /// <summary>The one instrument's book.</summary>
    public static BookDefinition Definition { get; } = new(
        new InstrumentRules
        {
            Tick = InstrumentCatalog.Rules.TickSize.Sats,
            Lot = InstrumentCatalog.Rules.LotSize.Units,
            MinQuantity = InstrumentCatalog.Rules.MinQuantity.Units,
            MaxQuantity = InstrumentCatalog.Rules.MaxQuantity.Units,
            MinNotional = InstrumentCatalog.Rules.MinNotional.Value,
            MaxPrice = InstrumentCatalog.Rules.MaxPrice.Sats,
            FilledIsFinal = true,
        },
        new BookLimits { MaxOrders = MaxOrders, MaxOrdersPerAccount = InstrumentCatalog.Rules.MaxOpenOrders });
}
