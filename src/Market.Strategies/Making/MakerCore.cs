using Market.Contracts;

namespace Market.Strategies;

/// <summary>
/// What a market maker quotes: both sides around a value, within limits of its inventory, anew once the value has moved. It is the
/// same code that quotes on a market, on paper and in a back-test. It knows of the world what it is shown, and remembers what it
/// quotes around. Not safe for several threads.
/// </summary>
/// <param name="options">How it quotes.</param>
public sealed class MakerCore(MakerOptions options)
{
    private decimal _worth;
    private decimal _part;
    private decimal _face;

    /// <summary>What is to be done now.</summary>
    /// <param name="view">What there is.</param>
    public MakerPlan Look(MakerView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        if (options.InDiscount && view.Face is not > 0)
        {
            // Nobody prices orders by a face value that is not known; those that stand are the market's to keep.
            return new MakerPlan(false, []);
        }

        var isMoved = IsMoved(view);
        var standing = isMoved ? [] : view.Standing;
        if (standing.Count == 0)
        {
            (_worth, _face) = (view.Worth, view.Face ?? 0);
            _part = _face > 0 ? _worth / _face : 0;
        }

        List<Quote> quotes = [.. Of(Side.Buy, standing, view), .. Of(Side.Sell, standing, view)];
        return new MakerPlan(isMoved && view.Standing.Count > 0, quotes);
    }

    /// <summary>Forgets what it quoted around: all that stands is taken out at the next look.</summary>
    public void Forget() => (_worth, _part, _face) = (0, 0, 0);

    private bool IsMoved(MakerView view)
    {
        if (!options.InDiscount)
        {
            return Math.Abs(view.Worth - _worth) > _worth * options.Tolerance;
        }

        var face = view.Face!.Value;
        return Math.Abs(view.Worth / face - _part) > _part * options.Tolerance || Math.Abs(face - _face) > _face * options.Drift;
    }

    private IEnumerable<Quote> Of(Side side, IReadOnlyList<Quote> standing, MakerView view)
    {
        var own = standing.Where(quote => quote.Side == side).ToList();
        var room = RoomOf(side, own.Sum(quote => quote.Quantity.Units), view);
        for (var level = 0; level < options.Levels; level++)
        {
            if (QuoteAt(side, level, view) is not { } quote || own.Exists(quote.IsAt))
            {
                continue;
            }

            var units = Math.Min(SizeAt(quote.Worst, view.Rules), room);
            units -= units % view.Rules.LotSize.Units;
            if (units < view.Rules.MinQuantity.Units
                || Sats.Notional(quote.Price, new Quantity(units)).Value < view.Rules.MinNotional.Value)
            {
                continue;
            }

            room -= units;
            yield return quote with { Quantity = new Quantity(units) };
        }
    }

    // How much more may be bid for, or offered.
    private long RoomOf(Side side, long standing, MakerView view) => side == Side.Buy
        ? options.MaxInventory.Units - view.Held - view.Coming - standing
        : options.MinInventory.Units == 0 ? long.MaxValue : view.Held - view.Going - standing - options.MinInventory.Units;

    private Quote? QuoteAt(Side side, int level, MakerView view)
    {
        var fraction = side == Side.Buy ? options.Bid - options.Step * level : options.Ask + options.Step * level;
        if (!options.InDiscount)
        {
            var price = ToTick(side, _worth * fraction, view.Rules);
            return price.Sats <= 0 ? null : new Quote { Side = side, Price = price, Quantity = default, Worst = price };
        }

        var exact = _part * fraction * DiscountFactor.One;
        if (exact < DiscountFactor.Least.Millionths || exact > DiscountFactor.Most.Millionths)
        {
            return null;
        }

        var part = new DiscountFactor((int)(side == Side.Buy ? decimal.Floor(exact) : decimal.Ceiling(exact)));
        var at = _face * part.Millionths / DiscountFactor.One;
        // The worst price is rounded away from the price, so that it never stands in its way.
        var worst = ToTick(side == Side.Buy ? Side.Sell : Side.Buy, at * (side == Side.Buy ? 1 + options.Drift : 1 - options.Drift),
            view.Rules);
        var now = PriceOf(side, part, worst, view.Face!.Value, view.Rules.TickSize);
        return worst.Sats <= 0 || now.Sats <= 0
            ? null
            : new Quote { Side = side, Price = now, Quantity = default, Discount = part, Worst = worst };
    }

    /// <summary>The price at which the market has an order stand that follows face value: the part of it, rounded to the tick to
    /// its own side, and never worse than its worst. As the market's own rule (docs/orders.md).</summary>
    /// <param name="side">Which way it trades.</param>
    /// <param name="part">The part.</param>
    /// <param name="worst">The worst price that it takes.</param>
    /// <param name="face">Face value, satoshis a share.</param>
    /// <param name="tick">Prices are multiples of it.</param>
    public static Price PriceOf(Side side, DiscountFactor part, Price worst, decimal face, Price tick)
    {
        var ticks = face * part.Millionths / DiscountFactor.One / tick.Sats;
        return new Price(side == Side.Sell
            ? Math.Max(worst.Sats, (long)decimal.Ceiling(ticks) * tick.Sats)
            : Math.Min(worst.Sats, (long)decimal.Floor(ticks) * tick.Sats));
    }

    // A bid down and an ask up: never nearer to the value than was asked for.
    private static Price ToTick(Side side, decimal price, TradingRules rules)
    {
        var tick = rules.TickSize.Sats;
        var ticks = side == Side.Buy ? decimal.Floor(price / tick) : decimal.Ceiling(price / tick);
        return new Price((long)Math.Min(ticks * tick, rules.MaxPrice.Sats));
    }

    private long SizeAt(Price price, TradingRules rules)
    {
        if (options.MostWorth is not { } most || Sats.Notional(price, options.Size).Value <= most.Value)
        {
            return options.Size.Units;
        }

        var units = (long)((decimal)most.Value * Quantity.UnitsPerShare / price.Sats);
        return Math.Max(units - units % rules.LotSize.Units, rules.MinQuantity.Units);
    }
}
