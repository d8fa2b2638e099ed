using Market.Contracts;

namespace Market.Api.Trading;

/// <summary>Which of an account's fills are asked for; null leaves out what it would ask.</summary>
/// <param name="Instrument">Only those of an instrument.</param>
/// <param name="Status">Only those whose trade has this status.</param>
/// <param name="Id">Only that of the trade of this number, in each instrument.</param>
/// <param name="Order">Only those of this order: the market's number, or "client:" and the client's name.</param>
/// <param name="From">Only those made then or later.</param>
/// <param name="To">Only those made before.</param>
internal sealed record FillFilter(
    string? Instrument, TradeStatus? Status, long? Id, string? Order, DateTimeOffset? From, DateTimeOffset? To)
{
    /// <summary>All.</summary>
    public static FillFilter All { get; } = new(null, null, null, null, null, null);
}
