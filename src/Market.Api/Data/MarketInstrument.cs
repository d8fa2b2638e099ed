namespace Market.Api.Data;

/// <summary>The instrument that this market trades.</summary>
/// <param name="Id">Its id on the wire.</param>
public sealed record MarketInstrument(string Id);
