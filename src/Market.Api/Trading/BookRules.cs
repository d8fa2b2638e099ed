using Market.Trading;

namespace Market.Api.Trading;

/// <summary>The listing's rules as the engine has them.</summary>
internal static class BookRules
{
    /// <summary>Orders of all accounts that are not done.</summary>
    public const int MaxOrders = 1 << 17;

    /// <summary>Every instrument's book.</summary>
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
}
