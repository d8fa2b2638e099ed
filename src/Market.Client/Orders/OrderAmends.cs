using Market.Client.Api;
using Market.Contracts;

namespace Market.Client.Orders;

/// <summary>
/// Gives orders of a wallet another price or quantity. What an order may trade at is written down before the market is told, where
/// the agent that drives its swaps reads it: a swap within neither the old nor the new terms is still refused.
/// </summary>
/// <param name="api">The market, with the wallet's account.</param>
/// <param name="orders">The file of the orders that this wallet sent.</param>
/// <param name="clock">Tells the time.</param>
public sealed class OrderAmends(MarketApi api, string orders, TimeProvider clock)
{
    /// <summary>Amends an order; a lost answer is asked for again.</summary>
    /// <param name="id">The market's id, or "client:" and the client's.</param>
    /// <param name="amend">How it shall be.</param>
    /// <param name="instrument">The instrument in which the market's id is good; null for its only one.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="KeyNotFoundException">This wallet sent no such order.</exception>
    /// <exception cref="MarketApiException">The market refuses; the order is as it was.</exception>
    /// <exception cref="AnswerLostException">Whether it is amended is not known: do the same again.</exception>
    /// <exception cref="IOException">Another order of the wallet is amended just now.</exception>
    public async Task<PlacedOrder> AmendAsync(
        string id, AmendOrder amend, string? instrument = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(amend);
        var order = await api.GetOrderAsync(id, instrument, cancellation).ConfigureAwait(false);
        // The market's word for what the order was is not taken: what was sent is in the wallet's own file.
        if (OrderLog.Peek(orders, order.ClientOrderId) is not { } sent || sent.Side != order.Side)
        {
            throw new KeyNotFoundException($"This wallet sent no order {id}.");
        }

        var file = new OrderTermsFile(OrderTermsFile.Beside(orders));
        var before = file.Find(sent.ClientOrderId) ?? new OrderTerms(sent.ClientOrderId, sent.Price, sent.Quantity);
        var after = Widest(before, sent.Side, amend);
        if (after != before)
        {
            file.Add(after);
        }

        var wasLost = false;
        try
        {
            return await LostAnswers.RepeatAsync(
                () => api.AmendOrderAsync(id, amend, instrument, cancellation), clock, cancellation, () => wasLost = true)
                .ConfigureAwait(false);
        }
        catch (MarketApiException e) when (e.IsCertain && !wasLost && after != before)
        {
            // The refusal of a repetition says nothing of the first: that one may be what trades.
            file.Add(before);
            throw;
        }
    }

    /// <summary>Terms within which both what an order was and what it becomes are. Another discount moves an order within its worst
    /// price, and changes none of them.</summary>
    /// <param name="before">What it was.</param>
    /// <param name="side">Its side.</param>
    /// <param name="amend">What it becomes.</param>
    public static OrderTerms Widest(OrderTerms before, Side side, AmendOrder amend)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(amend);
        var price = amend.Price ?? before.Price;
        var quantity = amend.Quantity ?? before.Quantity;
        return before with
        {
            Price = side == Side.Sell == price.Sats < before.Price.Sats ? price : before.Price,
            Quantity = quantity.Units > before.Quantity.Units ? quantity : before.Quantity,
        };
    }
}
