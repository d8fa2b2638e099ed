using System.Diagnostics;
using Market.Trading;

namespace Market.Bench;

/// <summary>
/// The engine alone, with all its checks. A script of commands is made beforehand by running it once, so that only the
/// engine is timed: 45 % new orders around the touch, 45 % cancels of standing ones, 10 % immediate orders that trade,
/// and the end of every trade's swap; the number of resting orders stays about the same.
/// </summary>
internal static class TradingBench
{
    private const int Commands = 1_000_000;
    private static readonly InstrumentRules Rules = new() { Tick = 10, Lot = 1_000, MinQuantity = 1_000_000 };
    private static readonly BookLimits Limits = new()
    {
        MaxOrders = 1 << 18,
        MaxOrdersPerAccount = 1 << 18,
        MaxOpenTrades = 1 << 16,
    };

    public static System.CommandLine.Command Build()
    {
        var command = new System.CommandLine.Command(
            "trading", "The matching engine: commands a second and p99 with 1,000 and 100,000 resting orders");
        command.SetAction(_ => Run());
        return command;
    }

    private static void Run()
    {
        Console.WriteLine(Machine.Describe());
        foreach (var resting in new[] { 1_000, 100_000 }) Measure(resting);
    }

    private static void Measure(int resting)
    {
        var (fill, script) = Script.Make(resting, Commands, Rules, Limits);
        var events = new EventBuffer(1 << 16);
        var best = double.MaxValue;
        var trades = 0L;
        var allocated = 0L;
        for (var round = 0; round < 4; round++)
        {
            var book = Filled(fill, events);
            trades = 0;
            var bytes = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            foreach (ref readonly var command in script.AsSpan())
            {
                events.Clear();
                book.Execute(command, events);
                if (events.Count > 1 && events.Events[1].Kind == EventKind.Trade) trades++;
            }
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            allocated = GC.GetAllocatedBytesForCurrentThread() - bytes;
        }
        var latency = Latencies(fill, script, events);
        Console.WriteLine($"{resting,7:N0} resting: {script.Length / best:N0} commands/s, "
            + $"p50 {Percentile(latency, 0.5):N2} us, p99 {Percentile(latency, 0.99):N2} us, "
            + $"p99.9 {Percentile(latency, 0.999):N2} us, max {Percentile(latency, 1):N0} us, "
            + $"{trades:N0} trading orders, {allocated:N0} bytes allocated");
    }

    private static OrderBook Filled(Command[] fill, EventBuffer events)
    {
        var book = new OrderBook(Rules, Limits);
        foreach (ref readonly var command in fill.AsSpan())
        {
            events.Clear();
            book.Execute(command, events);
        }
        return book;
    }

    // Includes the cost of reading the clock, about 20 ns.
    private static long[] Latencies(Command[] fill, Command[] script, EventBuffer events)
    {
        var book = Filled(fill, events);
        var ticks = new long[script.Length];
        for (var i = 0; i < script.Length; i++)
        {
            events.Clear();
            var start = Stopwatch.GetTimestamp();
            book.Execute(script[i], events);
            ticks[i] = Stopwatch.GetTimestamp() - start;
        }
        Array.Sort(ticks);
        return ticks;
    }

    private static double Percentile(long[] sorted, double part) =>
        sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * part))] * 1e6 / Stopwatch.Frequency;

    private sealed class Script(InstrumentRules rules, BookLimits limits)
    {
        private const long Mid = 100_000;
        private readonly Random _random = new(1);
        private readonly OrderBook _book = new(rules, limits);
        private readonly EventBuffer _events = new();
        private readonly List<Command> _commands = [];
        private readonly List<(AccountId Account, OrderId Order)> _standing = [];

        public static (Command[] Fill, Command[] Commands) Make(int resting, int count, InstrumentRules rules, BookLimits limits)
        {
            var script = new Script(rules, limits);
            while (script._book.LiveOrders < resting) script.Place(resting);
            var fill = script._commands.ToArray();
            script._commands.Clear();
            while (script._commands.Count < count) script.Step(resting);
            return (fill, [.. script._commands]);
        }

        private void Step(int resting)
        {
            var dice = _random.Next(100);
            if (dice < 10) Take();
            else if (dice < 55 && _book.LiveOrders <= resting) Place(resting);
            else Cancel();
        }

        private void Place(int resting)
        {
            // Most orders stand near the touch, some far away: as on a real book.
            var depth = 1 + (long)(Math.Pow(_random.NextDouble(), 3) * Math.Sqrt(resting) * 40);
            var side = (Side)_random.Next(2);
            var price = Mid + (side == Side.Buy ? -depth : depth) * rules.Tick;
            if (price <= 0) price = rules.Tick;
            var account = new AccountId((ulong)_random.Next(1, 500));
            ClientOrderId.TryParse(_random.NextInt64().ToString("x16"), out var name);
            Do(Command.Limit(account, side, price, _random.Next(1_000, 50_000) * 1_000L,
                clientId: name, body: name.Exists ? 1u : 0));
            if (_events.Events[0].Kind == EventKind.Accepted) _standing.Add((account, _events.Events[0].Order));
        }

        private void Take()
        {
            var side = (Side)_random.Next(2);
            var price = Mid + (side == Side.Buy ? 10_000 : -10_000);
            Do(Command.Limit(new AccountId((ulong)_random.Next(501, 1_000)), side, price, _random.Next(1_000, 60_000) * 1_000L,
                TimeInForce.ImmediateOrCancel));
            var trades = _events.Events.ToArray().Where(e => e.Kind == EventKind.Trade).Select(e => e.Trade).ToArray();
            foreach (var trade in trades) Do(Command.CloseTrade(trade, TradeOutcome.Settled, TradeOutcome.Settled));
        }

        private void Cancel()
        {
            while (_standing.Count > 0)
            {
                var at = _random.Next(_standing.Count);
                var (account, order) = _standing[at];
                _standing[at] = _standing[^1];
                _standing.RemoveAt(_standing.Count - 1);
                if (!_book.TryGetOrder(order, out _)) continue;
                Do(Command.Cancel(account, order));
                return;
            }
        }

        private void Do(in Command command)
        {
            _events.Clear();
            _book.Execute(command, _events);
            _commands.Add(command);
        }
    }
}
