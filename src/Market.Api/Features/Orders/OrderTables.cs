using Market.Api.Doors;
using Market.Contracts;

namespace Market.Api.Features.Orders;

/// <summary>An account's own lists as tables.</summary>
internal static class OrderTables
{
    /// <summary>Orders, one a row.</summary>
    public static Csv Of(Page<Order> page)
    {
        var table = new Csv(
            "id", "clientOrderId", "instrument", "side", "type", "price", "discount", "worstPrice", "quantity", "filled",
            "remaining", "timeInForce", "expiresAt", "postOnly", "status", "cancelReason", "createdAt", "updatedAt")
        {
            NextCursor = page.NextCursor,
            PreviousCursor = page.PreviousCursor,
        };
        foreach (var order in page.Items)
        {
            table.Row(
                order.Id, order.ClientOrderId, order.Instrument, order.Side, order.Type, order.Price, order.Discount?.ToString(),
                order.WorstPrice, order.Quantity, order.Filled, order.Remaining, order.TimeInForce, order.ExpiresAt, order.PostOnly,
                order.Status, order.CancelReason, order.CreatedAt, order.UpdatedAt);
        }
        return table;
    }

    /// <summary>Fills, one a row.</summary>
    public static Csv Of(Page<Fill> page)
    {
        var table = new Csv(
            "tradeId", "orderId", "clientOrderId", "instrument", "time", "side", "price", "quantity", "notional", "fee", "maker",
            "status", "swapId", "swapState", "swapOutcome")
        {
            NextCursor = page.NextCursor,
            PreviousCursor = page.PreviousCursor,
        };
        foreach (var fill in page.Items)
        {
            table.Row(
                fill.TradeId, fill.OrderId, fill.ClientOrderId, fill.Instrument, fill.Time, fill.Side, fill.Price, fill.Quantity,
                fill.Notional, fill.Fee, fill.Maker, fill.Status, fill.SwapId, fill.SwapState, fill.SwapOutcome);
        }
        return table;
    }
}
