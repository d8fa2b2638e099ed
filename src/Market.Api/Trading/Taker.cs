using Market.Trading;
using Side = Market.Trading.Side;

namespace Market.Api.Trading;

/// <summary>An order that may trade at once.</summary>
/// <param name="Account">Whose it is.</param>
/// <param name="Side">Which way it trades.</param>
/// <param name="Price">The worst at which it does, satoshis per whole share.</param>
/// <param name="Quantity">Base units, at least as many as it may trade.</param>
internal readonly record struct Taker(AccountId Account, Side Side, long Price, long Quantity)
{
    /// <summary>Whether it trades with an order that stands at a price.</summary>
    public bool Takes(long price) => Side == Side.Buy ? price <= Price : price >= Price;
}
