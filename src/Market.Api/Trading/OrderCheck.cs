using Market.Api.Data;
using Market.Api.Results;
using Market.Api.Standing;
using Market.Contracts;
using Market.Trading;

namespace Market.Api.Trading;

/// <summary>Why an order is not taken to the engine, new or with another price or quantity. Asked in the order's turn.</summary>
/// <param name="market">The instrument.</param>
/// <param name="projection">The orders and their coins.</param>
/// <param name="names">The client order ids of all instruments.</param>
/// <param name="discounts">The orders whose price follows face value.</param>
/// <param name="waits">Who takes nothing.</param>
/// <param name="limits">What a tier gives.</param>
internal sealed class OrderCheck(
    MarketInstrument market, Projection projection, NameClaims names, DiscountOrders discounts, Waits waits, OrderLimits limits)
{
    /// <summary>
    /// Of a new order: whoever let a swap fail waits, a key does what its tier gives, and of all instruments an id names one
    /// order, a coin stands behind one and a key has so many open. A repeated order names the coins of the first, so it is let
    /// through for the engine to recognise and answer with the first. One that names a discount gets its price here. A purchase is
    /// as large as it is at the worst price that it may ever have.
    /// </summary>
    /// <param name="placing">The order.</param>
    /// <param name="book">The book.</param>
    /// <param name="time">What time it is.</param>
    public Refusal? Judge(Work.Placing placing, OrderBook book, DateTimeOffset time)
    {
        var (command, draft) = (placing.Command, placing.Draft);
        if (book.TryFindClientId(command.Account, command.ClientId, out _)) return null;
        if (names.Judge(command) is { } named) return named;
        if (discounts.Price(placing, time) is { } unpriced) return unpriced;
        command = placing.Command;
        if (command.TimeInForce == Market.Trading.TimeInForce.GoodTilDate && command.Time <= time.ToUnixTimeMilliseconds())
            return new Refusal(ProblemCodes.BadExpiry, $"It is {time.UtcDateTime:O} now, by the market's clock.");
        var worst = draft.Discount is null ? command.Price : draft.WorstPrice;
        var highest = Highest(book, command.Side, command.Price, worst, command.Flags);
        if (TooLarge(market.Id, draft.MostWorth, highest, command.Quantity) is { } tooLarge) return tooLarge;
        var takes = book.WouldTake(command.Side, command.Price) && (command.Flags & OrderFlags.Reprice) == 0;
        var isDrawn = draft.Hold != CoinHold.Whole;
        if (isDrawn && projection.Draws.Place(placing, time) is { } uncovered) return uncovered;
        if (waits.Judge(market, draft.Key, placing.Draft.Backing, takes) is { } wait) return wait;
        foreach (var coin in draft.Backing)
        {
            if (!isDrawn && !projection.TryClaim(coin.Chain, coin.OutPoint))
                return new Refusal(ProblemCodes.OutpointInUse, $"{coin.OutPoint} stands behind another order.");
        }
        // Last, since it counts a take.
        return limits.Judge(
            draft.Key, most => projection.TryOpen(draft.Key, book.CountOf(command.Account), most),
            new Price(highest), new Quantity(command.Quantity), takes && (command.Flags & OrderFlags.PostOnly) == 0);
    }

    /// <summary>Of an amendment: the order's coins must cover what it would be, and where it would take or grow it is judged as a
    /// new order is. Null also where the refusal is the engine's to give. One that follows face value gets its price here, and its
    /// coins must cover the worst that it may have.</summary>
    public Refusal? Judge(Work.Amending work, OrderBook book, DateTimeOffset time)
    {
        if (Find(work.Command) is not { } row) return null;
        if (discounts.Price(work, row, time) is { } unpriced) return unpriced;
        var command = work.Command;
        var price = command.Price == 0 ? row.Price : command.Price;
        var remaining = command.Quantity == 0 ? row.Remaining : command.Quantity - row.InSwap - row.Settled;
        var side = (Market.Trading.Side)row.Side;
        var flags = (OrderFlags)row.Flags;
        var worst = work.Follows?.WorstPrice ?? row.WorstPrice ?? price;
        var mayGiveMore = side == Market.Trading.Side.Buy && worst > (row.WorstPrice ?? row.Price);
        // Less of the same, and what breaks the book's own rules, needs no coins.
        if (row.Remaining == 0 || remaining <= 0 || (price == row.Price && remaining <= row.Remaining && !mayGiveMore)
            || book.Rules.Judge(price, remaining) != Reason.None) return null;
        var highest = Highest(book, side, price, worst, flags);
        if (TooLarge(market.Id, work.MostWorth, highest, remaining) is { } tooLarge) return tooLarge;
        var order = projection.StandingOf(new OrderId((ulong)row.Id), BackingRules.ChainOf(side))!;
        var takes = book.WouldTake(side, price) && (flags & OrderFlags.Reprice) == 0;
        if (waits.Judge(market, work.Key, order.Coins, takes) is { } wait) return wait;
        // What its swaps hold comes back at its price of then where they fail.
        var dearer = order.Trades.Sum(trade => BackingRules.Owes(side, worst, trade.Quantity, trade.Gives) - trade.Gives);
        var gives = BackingRules.Gives(side, worst, remaining) + BackingDecision.Promised(work.Legs, order) + dearer;
        if (order.IsShared) work.Joins = projection.DrawMore(row, gives, order, work.Seen, time);
        var coins = order.Coins.Where(coin => !work.Joins.Any(more => more.OutPoint == coin.OutPoint)).Concat(work.Joins).ToList();
        var worth = coins.Sum(coin => coin.Worth);
        var needs = gives + BackingRules.FundingFee(side, coins.Count);
        if (worth < needs)
        {
            return new Refusal(ProblemCodes.InsufficientOutpoints,
                $"The outpoints behind it hold {worth}, it would need {needs} with the least fee of funding it.");
        }
        // Last, since it counts a take. The order itself is open already.
        return limits.Judge(
            work.Key, _ => true, new Price(highest), new Quantity(remaining), takes && (flags & OrderFlags.PostOnly) == 0);
    }

    /// <summary>Of an order that face value moves to another price: where it would take there it is judged as one that its account
    /// amends. Its coins cover its worst price, and how large it may be was asked when it was placed.</summary>
    /// <param name="row">The order.</param>
    /// <param name="price">Its price then.</param>
    /// <param name="book">The book.</param>
    public Refusal? Judge(OrderRow row, long price, OrderBook book)
    {
        var side = (Market.Trading.Side)row.Side;
        if (!book.WouldTake(side, price)) return null;
        var order = projection.StandingOf(new OrderId((ulong)row.Id), BackingRules.ChainOf(side))!;
        return waits.Judge(market, row.Key, order.Coins, takes: true) ?? limits.Judge(
            row.Key, _ => true, new Price(book.HighestPrice(side, price, (OrderFlags)row.Flags)), new Quantity(row.Remaining),
            takes: true);
    }

    /// <summary>The refusal of an order that is worth more than an instrument takes; null where it is not.</summary>
    /// <param name="instrument">The instrument's id.</param>
    /// <param name="most">The largest worth in satoshis; null for any.</param>
    /// <param name="price">What it is valued at, satoshis a share.</param>
    /// <param name="quantity">Base units.</param>
    public static Refusal? TooLarge(string instrument, long? most, long price, long quantity) =>
        most is { } limit && Notional.Of(price, quantity) > limit
            ? new Refusal(ProblemCodes.TooLargeForSeries, $"{instrument} takes orders of at most {InWords.Sats(limit)} now.")
            : null;

    // A purchase whose price follows face value may come up to its worst.
    private static long Highest(OrderBook book, Market.Trading.Side side, long price, long worst, OrderFlags flags) =>
        side == Market.Trading.Side.Buy ? worst : book.HighestPrice(side, price, flags);

    private OrderRow? Find(in Command command) =>
        projection.Live.TryGetValue(command.Order.Value, out var live) && live.Row.Account == (long)command.Account.Value
            ? live.Row
            : null;
}
