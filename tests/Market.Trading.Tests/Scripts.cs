using FsCheck;
using FsCheck.Fluent;

namespace Market.Trading.Tests;

/// <summary>Random command sequences that meet each other often: few accounts, few prices, small numbers.</summary>
internal static class Scripts
{
    public static InstrumentRules Rules { get; } = new()
    {
        Tick = 5,
        Lot = 10,
        MaxPrice = 100,
        MaxQuantity = 1_000,
        MinQuantity = 30,
        MinNotional = 1,
        MaxFillsPerOrder = 4,
    };

    /// <summary>Whole shares, so that the worth of a fill matters as much as its size.</summary>
    public static InstrumentRules Dear { get; } = new()
    {
        Tick = 1,
        Lot = 50_000_000,
        MaxPrice = 60,
        MaxQuantity = 10_000_000_000,
        MinQuantity = 50_000_000,
        MinNotional = 40,
        MaxNotional = 3_000,
        MaxFillsPerOrder = 3,
        FilledIsFinal = true,
    };

    public static BookLimits Limits { get; } = new()
    {
        MaxOrders = 40,
        MaxOrdersPerAccount = 12,
        MaxOpenTrades = 20,
        ClientIdMemory = 3,
    };

    public static Arbitrary<Command[]> Of(InstrumentRules rules) =>
        Arb.From(CommandOf(rules).ArrayOf().Resize(400), Shorter);

    private static IEnumerable<Command[]> Shorter(Command[] commands)
    {
        for (var part = commands.Length / 2; part > 0; part /= 2)
            for (var at = 0; at + part <= commands.Length; at += part)
                yield return [.. commands[..at], .. commands[(at + part)..]];
    }

    private static Gen<Command> CommandOf(InstrumentRules rules) => Gen.Frequency(
        (12, Place(rules)),
        (2, from a in Account from o in Near select Command.Cancel(a, new OrderId(o))),
        (2, from a in Account from n in Name select Command.Cancel(a, n)),
        (1, from a in Account
            from s in Gen.Elements(CancelScope.Both, CancelScope.Buys, CancelScope.Sells)
            select Command.CancelAll(a, s)),
        (1, from o in Near
            from r in Gen.Elements(Reason.BackingSpent, Reason.ByMarket, Reason.None)
            select Command.Withdraw(new OrderId(o), r)),
        (2, from a in Gen.Choose(0, 4)
            from o in Near
            from q in Gen.Choose(0, 12)
            select Command.Reduce(new AccountId((ulong)a), new OrderId(o), q * rules.Lot, Reason.ByOwner)),
        (9, from t in Near from m in Outcome from k in Outcome select Command.CloseTrade(new TradeId(t), m, k)),
        (3, Near.Select(t => Command.LockTrade(new TradeId(t)))),
        (3, from a in Account
            from o in Near
            from p in Gen.Frequency((3, Gen.Constant(0L)), (9, PriceOf(rules)), (1, Gen.Constant(-5L)))
            from q in Gen.Frequency((3, Gen.Constant(0L)), (9, QuantityOf(rules)), (1, Gen.Constant(-10L)))
            select Command.Amend(a, new OrderId(o), p, q)),
        (2, from o in Near from t in Gen.Choose(1, 9) select Command.Expire(new OrderId(o), t)),
        (1, from s in Gen.Elements(TradingStatus.Open, TradingStatus.Open, TradingStatus.CancelOnly)
            select Command.SetStatus(s)));

    private static Gen<Command> Place(InstrumentRules rules) =>
        from account in Account
        from side in Gen.Elements(Side.Buy, Side.Sell)
        from price in PriceOf(rules)
        from quantity in QuantityOf(rules)
        from tif in Gen.Frequency((5, Gen.Constant(TimeInForce.GoodTilCancelled)), (1, Gen.Constant(TimeInForce.ImmediateOrCancel)),
            (1, Gen.Constant(TimeInForce.GoodTilDate)), (1, Gen.Constant(TimeInForce.FillOrKill)))
        from expires in Gen.Choose(0, 9)
        from type in Gen.Frequency((5, Gen.Constant(OrderType.Limit)), (1, Gen.Constant(OrderType.Market)))
        from flags in Gen.Frequency((8, Gen.Constant(OrderFlags.None)), (1, Gen.Constant(OrderFlags.PostOnly)),
            (2, Gen.Constant(OrderFlags.PostOnly | OrderFlags.Reprice)))
        from named in Gen.Choose(0, 2)
        from name in Name
        from body in Gen.Choose(0, 1)
        from selfTrade in Gen.Frequency((2, Gen.Constant(SelfTradePrevention.CancelNewest)),
            (1, Gen.Constant(SelfTradePrevention.CancelOldest)), (1, Gen.Constant(SelfTradePrevention.Decrement)))
        select Command.Limit(account, side, price, quantity, tif, flags, named == 0 ? name : default, (UInt128)body,
            selfTrade, expires) with
        {
            Type = type,
        };

    private static Gen<long> PriceOf(InstrumentRules rules) => Gen.Frequency(
        (20, Gen.Choose(1, 12).Select(p => p * (rules.MaxPrice / rules.Tick / 14 + 1) * rules.Tick)),
        (1, Gen.Elements(0L, -5, 7, rules.MaxPrice + rules.Tick)));

    private static Gen<long> QuantityOf(InstrumentRules rules) => Gen.Frequency(
        (20, Gen.Choose(1, 20).Select(q => q * rules.Lot)),
        (1, Gen.Elements(0L, -10, 33, rules.MaxQuantity, rules.MaxQuantity + rules.Lot)));

    private static Gen<AccountId> Account => Gen.Choose(1, 4).Select(a => new AccountId((ulong)a));

    private static Gen<ulong> Near => Gen.Choose(0, 60).Select(o => (ulong)o);

    private static Gen<TradeOutcome> Outcome =>
        Gen.Elements(TradeOutcome.Settled, TradeOutcome.Settled, TradeOutcome.Returned, TradeOutcome.Forfeited);

    private static Gen<ClientOrderId> Name => Gen.Choose(1, 12).Select(n =>
        ClientOrderId.TryParse($"order-{n}", out var id) ? id : throw new InvalidOperationException());
}
