using Market.Contracts;
using Engine = Market.Trading;

namespace Market.Strategies;

/// <summary>A fill of the maker in a back-test.</summary>
/// <param name="Side">The maker's side.</param>
/// <param name="Price">Satoshis a share.</param>
/// <param name="Quantity">Base units.</param>
/// <param name="IsMaker">True where its quote stood, false where it took.</param>
internal sealed record MirroredFill(Side Side, Price Price, Quantity Quantity, bool IsMaker);

/// <summary>
/// The recorded book in the market's own engine, with a maker's quotes among the orders of others. What others are is known by
/// level only: what a level grows by stands behind all that is there, and what it loses without a trade goes from its end, so that
/// a quote's place never becomes better by what others cancel. A recorded trade comes as an order that takes at its price; what the
/// maker has from it is taken from the others' by the recorded book's next change. An order of others that comes to stand at a
/// price which meets a quote trades with it. What the maker took from a level is gone for as long as the recorded level stands.
/// </summary>
internal sealed class MirroredBook
{
    private const int MostOrders = 1 << 17;
    private static readonly Engine.AccountId Others = new(1), Takers = new(2), Own = new(3);

    private readonly Engine.OrderBook _book;
    private readonly Engine.EventBuffer _events = new();
    private readonly Engine.EventBuffer _closing = new();
    private readonly Dictionary<(Side Side, long Price), long> _recorded = [];
    private readonly Dictionary<(Side Side, long Price), long> _taken = [];
    private readonly Dictionary<(Side Side, long Price), List<Engine.OrderId>> _others = [];
    private readonly SortedDictionary<ulong, Quote> _own = [];
    private readonly Action<MirroredFill> _onFill;

    /// <summary>An empty book.</summary>
    /// <param name="rules">The instrument's.</param>
    /// <param name="onFill">Is told of fills.</param>
    public MirroredBook(TradingRules rules, Action<MirroredFill> onFill)
    {
        _onFill = onFill;
        // Levels change by amounts smaller than an order may be.
        _book = new Engine.OrderBook(
            new Engine.InstrumentRules
            {
                Tick = rules.TickSize.Sats,
                MaxPrice = rules.MaxPrice.Sats,
                MaxFillsPerOrder = MostOrders,
            },
            new Engine.BookLimits { MaxOrders = MostOrders, MaxOrdersPerAccount = MostOrders, ClientIdMemory = 0 });
    }

    /// <summary>The quotes that stand, oldest first.</summary>
    public IReadOnlyCollection<Quote> Standing => _own.Values;

    /// <summary>Takes the whole book.</summary>
    public void Take(BookSnapshot snapshot)
    {
        var levels = new Dictionary<(Side Side, long Price), long>();
        foreach (var level in snapshot.Bids)
        {
            levels[(Side.Buy, level.Price.Sats)] = level.Quantity.Units;
        }

        foreach (var level in snapshot.Asks)
        {
            levels[(Side.Sell, level.Price.Sats)] = level.Quantity.Units;
        }

        foreach (var gone in _recorded.Keys.Except(levels.Keys).ToList())
        {
            levels[gone] = 0;
        }

        Take(levels);
    }

    /// <summary>Takes a change.</summary>
    public void Take(BookDelta delta) => Take(
        delta.Bids.Select(level => KeyValuePair.Create((Side.Buy, level.Price.Sats), level.Quantity.Units))
            .Concat(delta.Asks.Select(level => KeyValuePair.Create((Side.Sell, level.Price.Sats), level.Quantity.Units))));

    /// <summary>Takes a trade.</summary>
    public void Take(Trade trade) => Run(Engine.Command.Limit(
        Takers, SideOf(trade.TakerSide), trade.Price.Sats, trade.Quantity.Units, Engine.TimeInForce.ImmediateOrCancel));

    /// <summary>Places a quote behind what stands; what stands in its way it takes.</summary>
    public void Place(Quote quote)
    {
        var id = Run(Engine.Command.Limit(Own, SideOf(quote.Side), quote.Price.Sats, quote.Quantity.Units));
        if (_book.TryGetOrder(id, out var state) && state.Remaining > 0)
        {
            _own[id.Value] = quote with { Quantity = new Quantity(state.Remaining) };
        }
    }

    /// <summary>Takes all quotes out.</summary>
    public void Withdraw()
    {
        Run(Engine.Command.CancelAll(Own));
        _own.Clear();
    }

    /// <summary>Moves the quotes that follow face value, as the market does: first those that go away from the other side. One that
    /// gets another price comes behind what stands there.</summary>
    /// <param name="face">Face value, satoshis a share.</param>
    /// <param name="tick">Prices are multiples of it.</param>
    public void Move(decimal face, Price tick)
    {
        var moves = _own.Where(each => each.Value.Discount is not null)
            .Select(each => (Id: each.Key, Quote: each.Value, Price: MakerCore.PriceOf(
                each.Value.Side, each.Value.Discount!.Value, each.Value.Worst, face, tick)))
            .Where(move => move.Price != move.Quote.Price && move.Price.Sats > 0)
            .OrderBy(move => move.Quote.Side == Side.Sell == move.Price.Sats > move.Quote.Price.Sats ? 0 : 1).ToList();
        foreach (var (id, quote, price) in moves)
        {
            _own[id] = quote with { Price = price };
            Run(Engine.Command.Amend(Own, new Engine.OrderId(id), price.Sats, 0));
        }
    }

    private void Take(IEnumerable<KeyValuePair<(Side Side, long Price), long>> levels)
    {
        var changed = levels.ToList();
        foreach (var (level, units) in changed)
        {
            _recorded[level] = units;
            _taken[level] = Math.Min(_taken.GetValueOrDefault(level), units);
        }

        // What is gone goes first: others never meet others.
        foreach (var (level, _) in changed)
        {
            Shrink(level);
        }

        foreach (var (level, units) in changed)
        {
            Grow(level);
            if (units == 0)
            {
                _recorded.Remove(level);
                _taken.Remove(level);
                _others.Remove(level);
            }
        }
    }

    private long Wanted((Side Side, long Price) level) => _recorded.GetValueOrDefault(level) - _taken.GetValueOrDefault(level);

    private void Shrink((Side Side, long Price) level)
    {
        var orders = OthersAt(level, out var stands);
        for (var excess = stands - Wanted(level); excess > 0 && orders.Count > 0;)
        {
            var last = orders[^1];
            _book.TryGetOrder(last, out var state);
            var units = Math.Min(excess, state.Remaining);
            Run(Engine.Command.Reduce(Others, last, units, Engine.Reason.ByOwner));
            excess -= units;
            if (units == state.Remaining)
            {
                orders.RemoveAt(orders.Count - 1);
            }
        }
    }

    private void Grow((Side Side, long Price) level)
    {
        var orders = OthersAt(level, out var stands);
        var missing = Wanted(level) - stands;
        if (missing <= 0)
        {
            return;
        }

        var id = Run(Engine.Command.Limit(Others, SideOf(level.Side), level.Price, missing));
        if (_book.TryGetOrder(id, out var state))
        {
            // What of it traded with a quote is taken from the recorded level.
            _taken[level] = _taken.GetValueOrDefault(level) + missing - state.Remaining;
            orders.Add(id);
        }
        else
        {
            _taken[level] = _taken.GetValueOrDefault(level) + missing;
        }
    }

    private List<Engine.OrderId> OthersAt((Side Side, long Price) level, out long stands)
    {
        if (!_others.TryGetValue(level, out var orders))
        {
            orders = _others[level] = [];
        }

        long sum = 0;
        orders.RemoveAll(id =>
        {
            var isThere = _book.TryGetOrder(id, out var state) && state.Remaining > 0;
            sum += isThere ? state.Remaining : 0;
            return !isThere;
        });
        stands = sum;
        return orders;
    }

    // Carries a command out and settles what traded at once: swaps are the back-test's own.
    private Engine.OrderId Run(Engine.Command command)
    {
        _events.Clear();
        _book.Execute(command, _events);
        var first = _events.Events[0];
        if (first is { Kind: Engine.EventKind.Rejected, Reason: not Engine.Reason.UnknownOrder and not Engine.Reason.NothingLeft })
        {
            throw new InvalidDataException(
                $"What was recorded does not fit an order book: {first.Reason} at price {command.Price}.");
        }

        var isOwn = false;
        foreach (var happened in _events.Events)
        {
            isOwn |= happened.Account == Own || happened.OtherAccount == Own;
            if (happened.Kind == Engine.EventKind.Trade)
            {
                _closing.Clear();
                _book.Execute(
                    Engine.Command.CloseTrade(happened.Trade, Engine.TradeOutcome.Settled, Engine.TradeOutcome.Settled), _closing);
                Tell(happened);
            }
        }

        if (isOwn)
        {
            Refresh();
        }

        return first.Order;
    }

    private void Tell(in Engine.BookEvent trade)
    {
        if (trade.Account == Own)
        {
            var side = trade.Side == Engine.Side.Buy ? Side.Sell : Side.Buy;
            _onFill(new MirroredFill(side, new Price(trade.Price), new Quantity(trade.Quantity), IsMaker: true));
        }
        else if (trade.OtherAccount == Own)
        {
            var side = trade.Side == Engine.Side.Buy ? Side.Buy : Side.Sell;
            var level = (side == Side.Buy ? Side.Sell : Side.Buy, trade.Price);
            _taken[level] = _taken.GetValueOrDefault(level) + trade.Quantity;
            _onFill(new MirroredFill(side, new Price(trade.Price), new Quantity(trade.Quantity), IsMaker: false));
        }
    }

    private void Refresh()
    {
        foreach (var (id, quote) in _own.ToList())
        {
            if (_book.TryGetOrder(new Engine.OrderId(id), out var state) && state.Remaining > 0)
            {
                _own[id] = quote with { Quantity = new Quantity(state.Remaining) };
            }
            else
            {
                _own.Remove(id);
            }
        }
    }

    private static Engine.Side SideOf(Side side) => side == Side.Buy ? Engine.Side.Buy : Engine.Side.Sell;
}
