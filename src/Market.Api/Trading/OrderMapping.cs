using System.Globalization;
using Market.Api.Data;
using Market.Api.Results;
using Market.Contracts;
using Market.Trading;
using Engine = Market.Trading;

namespace Market.Api.Trading;

/// <summary>Between the engine's words, the tables' and the wire's.</summary>
internal static class OrderMapping
{
    /// <summary>The wire's side.</summary>
    public static Contracts.Side Wire(Engine.Side side) =>
        side == Engine.Side.Buy ? Contracts.Side.Buy : Contracts.Side.Sell;

    /// <summary>The engine's side.</summary>
    public static Engine.Side Of(Contracts.Side side) =>
        side == Contracts.Side.Buy ? Engine.Side.Buy : Engine.Side.Sell;

    /// <summary>The engine's marks of a new order.</summary>
    public static OrderFlags FlagsOf(PlaceOrder order) =>
        (order.PostOnly ? OrderFlags.PostOnly : OrderFlags.None)
        | (order.PostOnlyMode == PostOnlyMode.Reprice ? OrderFlags.Reprice : OrderFlags.None);

    /// <summary>How long a new order stands: a market order never does.</summary>
    public static Engine.TimeInForce TimeOf(PlaceOrder order) =>
        order is { Type: Contracts.OrderType.Market, TimeInForce: Contracts.TimeInForce.Gtc }
            ? Engine.TimeInForce.ImmediateOrCancel
            : (Engine.TimeInForce)order.TimeInForce;

    /// <summary>A live order as its account sees it.</summary>
    public static Order ToContract(LiveOrder order) =>
        ToContract(order.Row, order.Backing.Where(b => b.Named).Select(b => b.OutPoint.ToString()));

    /// <summary>An order as its account sees it.</summary>
    public static Order ToContract(OrderRow row, IEnumerable<string> outpoints) => new()
    {
        Id = DecimalStrings.Format(row.Id),
        ClientOrderId = row.ClientOrderId,
        Instrument = row.Instrument,
        Side = Wire((Engine.Side)row.Side),
        Type = (Contracts.OrderType)row.Type,
        Price = new Price(row.Price),
        Discount = row.Discount is { } part ? new DiscountFactor(part) : null,
        WorstPrice = row.WorstPrice is { } worst ? new Price(worst) : null,
        Quantity = new Quantity(row.Quantity),
        Filled = new Quantity(row.InSwap + row.Settled),
        Remaining = new Quantity(row.Remaining),
        TimeInForce = (Contracts.TimeInForce)row.TimeInForce,
        ExpiresAt = row.ExpiresAt,
        PostOnly = ((OrderFlags)row.Flags & OrderFlags.PostOnly) != 0,
        PostOnlyMode = ((OrderFlags)row.Flags & OrderFlags.Reprice) != 0 ? PostOnlyMode.Reprice : null,
        Status = StatusOf(row),
        CancelReason = StatusOf(row) == OrderStatus.Cancelled ? WhyCancelled((Reason)row.Reason) : null,
        Outpoints = [.. outpoints],
        CreatedAt = row.CreatedAt,
        UpdatedAt = row.UpdatedAt,
    };

    /// <summary>A trade from the side of one of its orders.</summary>
    public static Fill ToFill(TradeRow trade, bool maker, string clientOrderId) => new()
    {
        TradeId = DecimalStrings.Format(trade.Id),
        OrderId = DecimalStrings.Format(maker ? trade.MakerOrder : trade.TakerOrder),
        ClientOrderId = clientOrderId,
        Instrument = trade.Instrument,
        Side = maker == (trade.TakerSide == Contracts.Side.Sell) ? Contracts.Side.Buy : Contracts.Side.Sell,
        Price = new Price(trade.Price),
        Quantity = new Quantity(trade.Quantity),
        Notional = new Sats(trade.Notional),
        Fee = new Sats(0),
        Maker = maker,
        SwapId = trade.SwapId,
        Time = trade.Time,
        Status = trade.Status,
    };

    /// <summary>The engine's refusals by the wire's codes.</summary>
    public static Refusal ToRefusal(Reason reason) => reason switch
    {
        Reason.TradingHalted => new Refusal(ProblemCodes.TradingPaused, "Only cancels are taken now."),
        Reason.PriceOutOfRange => new Refusal(ProblemCodes.BadPrice, Limit($"from 1 to {BookRules.Definition.Rules.MaxPrice}")),
        Reason.PriceOffTick => new Refusal(
            ProblemCodes.BadPrice, Limit($"a multiple of the tick size {BookRules.Definition.Rules.Tick}")),
        Reason.QuantityOutOfRange => new Refusal(
            ProblemCodes.BadQuantity,
            Limit($"from {Units(BookRules.Definition.Rules.MinQuantity)} to {Units(BookRules.Definition.Rules.MaxQuantity)}")),
        Reason.QuantityOffLot => new Refusal(
            ProblemCodes.BadQuantity, Limit($"a multiple of the lot size {Units(BookRules.Definition.Rules.Lot)}")),
        Reason.BelowMinimum => new Refusal(ProblemCodes.BadQuantity,
            $"The smallest swap has {Units(BookRules.Definition.Rules.MinQuantity)} and is worth " +
            $"{InWords.Sats(BookRules.Definition.Rules.MinNotional)}."),
        Reason.AboveMaximum => new Refusal(
            ProblemCodes.BadQuantity, $"An order is worth at most {InWords.Sats(BookRules.Definition.Rules.MaxNotional)}."),
        Reason.WouldCross => new Refusal(ProblemCodes.WouldTrade,
            "The order is post-only and would trade at once; no other price is left for it, or asked for."),
        Reason.ClientIdReused => new Refusal(
            ProblemCodes.DuplicateClientOrderId, "The client order id names another order of this account."),
        Reason.BookFull => new Refusal(ProblemCodes.BookFull, "The book takes no more orders now."),
        Reason.AccountFull => new Refusal(ProblemCodes.TooManyOrders, string.Create(CultureInfo.InvariantCulture,
            $"An account has at most {BookRules.Definition.Limits.MaxOrdersPerAccount} orders that are not done.")),
        Reason.UnknownOrder => new Refusal(ProblemCodes.UnknownOrder, "The account has no such open order."),
        Reason.NothingLeft => new Refusal(ProblemCodes.OrderClosed, "Nothing of the order is left to cancel."),
        Reason.OrderSettling => new Refusal(ProblemCodes.OrderSettling,
            "The order is filled: it is final until one of its swaps fails. What comes back then can be cancelled."),
        Reason.TradeLockedBefore => new Refusal(ProblemCodes.UnknownOrder, "The trade is final already."),
        Reason.UnknownTrade => new Refusal(ProblemCodes.UnknownOrder, "There is no such open trade."),
        _ => new Refusal(ProblemCodes.ValidationFailed, "The engine does not take this order."),
    };

    /// <summary>A quantity for who sends base units and for who thinks in shares.</summary>
    private static string Units(long units) => $"{DecimalStrings.Format(units)} base units ({InWords.Shares(new Quantity(units))})";

    private static string Limit(FormattableString rule) =>
        "It must be " + FormattableString.Invariant(rule) + ".";

    /// <summary>Where an order stands.</summary>
    public static OrderStatus StatusOf(OrderRow row) => row.Remaining > 0 ? OrderStatus.Open
        : row.InSwap + row.Settled < row.Quantity ? OrderStatus.Cancelled
        : row.InSwap > 0 ? OrderStatus.Settling
        : OrderStatus.Filled;

    private static CancelReason WhyCancelled(Reason reason) => reason switch
    {
        Reason.ImmediateOrCancel => CancelReason.ImmediateOrCancel,
        Reason.SelfTrade => CancelReason.SelfTrade,
        Reason.RestBelowMinimum => CancelReason.BelowMinimum,
        Reason.TooManyFills or Reason.TooManyTrades => CancelReason.TooManySwaps,
        Reason.BackingSpent => CancelReason.OutpointSpent,
        Reason.SwapForfeited => CancelReason.SwapFailed,
        Reason.ByMarket => CancelReason.InstrumentClosed,
        Reason.CannotReturn => CancelReason.CannotReturn,
        Reason.Expired => CancelReason.Expired,
        Reason.FillOrKill => CancelReason.FillOrKill,
        _ => CancelReason.Requested,
    };
}
