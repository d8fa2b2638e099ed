using System.Collections.Immutable;
using Market.Standing;

namespace Market.Lab;

/// <summary>What standing costs whom: the rules that ship, asked and played.</summary>
internal static class StandingScenario
{
    // What a server's core was measured at, of 35 ms a try.
    private const double TriesPerSecond = 28;
    private const double Spacing = 10;
    private const double SecondsPerHour = 3_600;
    private const int Parts = 100;
    private const int Difficulty = 50;
    private const double Rate = 0.015;
    private const double Power = 1.3;
    private const double Coin = 100_000_000;
    private const double FloodPerSecond = 2_000;
    private const int FloodSeconds = 40;
    private const int OrderWeight = 3;
    private const double MoveFee = 1_500;
    private const double Thousand = 1_000;

    private const double PerThousandPoints = Thousand * TierTable.BondValuePerPoint;
    private const double PerThousandCores = Thousand * TriesPerSecond * MemoryTicket.CreditsPerTry;

    // Whole numbers are below the true value by less than this part and one unit.
    private const double ValueGrain = 1e-9;

    // Multiples of what one ticket of either kind earns; the last fills a store but for a part.
    private static readonly long[] Credits = [8_000, 32_000, 128_000, 512_000, 992_000];
    private static readonly (string Name, double Cores)[] Machines =
        [("memory-hard, one core", 1), ("memory-hard, 16 cores", 16), ("memory-hard, 1,000 bots of a core", 1_000)];

    private static readonly (string Name, double Part)[] Miners =
        [("mining or recycled work, 0.1% of the row", 0.001), ("mining or recycled work, 10% of the row", 0.1)];

    private static readonly (string Name, long Seconds)[] Terms =
    [
        ("locked for a quarter of a year", BondValue.YearSeconds / 4), ("for a year", BondValue.YearSeconds),
        ("for 4 years", 4 * BondValue.YearSeconds), ("burned (46 years)", BondValue.LongestSeconds),
    ];

    private static readonly double[] Amounts = [0.0001, 0.001, 0.01, 0.1, 1];
    private static readonly int[] Keys = [1, 10, 100, 1_000, 10_000];

    public static Scenario Scenario { get; } = new(
        "standing", "What do credits, bonds and a flood cost, by kind?", "a try, or a ticket of recycled work", Play);

    private static LabFindings Play(LabRun run)
    {
        var checks = new CheckList();
        return new LabFindings(
            [CreditsPlot(run, checks), ValuePlot(checks), FloodPlot(checks), KeysPlot(checks)], checks.All);
    }

    private static LabPlot CreditsPlot(LabRun run, CheckList checks)
    {
        var series = ImmutableArray.CreateBuilder<LabSeries>();
        var cases = Credits.Length * (1 + Miners.Length);
        var stream = 0;
        var tries = Array.ConvertAll(Credits, credits => run.Play(stream++, cases, (int)(credits / MemoryTicket.CreditsPerTry), 1,
            (random, figures) => figures[0] = TriesFor(credits, random))[0]);
        foreach (var (name, cores) in Machines)
        {
            Add(name, 1 / (TriesPerSecond * cores), tries, credits => (double)credits / MemoryTicket.CreditsPerTry);
        }

        foreach (var (name, part) in Miners)
        {
            var mean = Spacing / (part * Parts);
            var seconds = Array.ConvertAll(Credits, credits => run.Play(stream++, cases, TicketsFor(credits), 1,
                (random, figures) => figures[0] = SecondsFor(TicketsFor(credits), mean, random))[0]);
            Add(name, 1, seconds, credits => mean * TicketsFor(credits));
        }

        return new LabPlot("standing-credits", $"Hours for credits, where a share is found every {Spacing:0} s",
            new LabAxis("credits", true), new LabAxis("hours", true), series.ToImmutable());

        void Add(string name, double secondsEach, Estimate[] played, Func<long, double> expected)
        {
            var factor = secondsEach / SecondsPerHour;
            series.Add(new LabSeries(name, [.. Credits.Select((credits, i) =>
                LabPoint.Of(credits, played[i].Times(factor), expected(credits) * factor))]));
            for (var i = 0; i < Credits.Length; i++)
            {
                checks.Add($"{name}: hours for {Credits[i]} credits", expected(Credits[i]) * factor, played[i].Times(factor));
            }
        }
    }

    // A try's first 8 bytes are as good as drawn.
    private static double TriesFor(long credits, LabRandom random)
    {
        var tries = 0L;
        for (var tickets = credits / (Difficulty * MemoryTicket.CreditsPerTry); tickets > 0; tickets--)
        {
            do
            {
                tries++;
            }
            while (!MemoryTicket.IsSolution(random.Bits(), Difficulty));
        }

        return tries;
    }

    private static int TicketsFor(long credits) => (int)(credits / (WorkTicket.CreditsPerShare / Parts));

    private static double SecondsFor(int tickets, double mean, LabRandom random)
    {
        var seconds = 0.0;
        for (var i = 0; i < tickets; i++)
        {
            seconds += random.Wait(mean);
        }

        return seconds;
    }

    private static LabPlot ValuePlot(CheckList checks)
    {
        var series = ImmutableArray.CreateBuilder<LabSeries>();
        foreach (var (name, seconds) in Terms)
        {
            series.Add(new LabSeries(name, [.. Amounts.Select(amount =>
            {
                var value = (double)BondValue.Of((long)(amount * Coin), seconds);
                var formula = Math.Pow(amount * Coin * Growth(seconds), Power);
                checks.Add(new LabCheck($"V of {amount} BTC {name}", formula, value, 0, (formula * ValueGrain) + 1));
                return Told(amount, value / PerThousandPoints, formula / PerThousandPoints);
            })]));
        }

        series.Add(Line("known from here", Amounts, TierTable.KnownFrom / Thousand));
        series.Add(Line("trusted from here", Amounts, TierTable.TrustedFrom / Thousand));
        return new LabPlot("standing-value", $"Points for coins at stake: (c (e^(rT) - 1))^1.3 / {TierTable.BondValuePerPoint}",
            new LabAxis("BTC", true), new LabAxis("thousand points", true), series.ToImmutable());
    }

    private static LabPlot FloodPlot(CheckList checks)
    {
        var series = ImmutableArray.CreateBuilder<LabSeries>();
        foreach (var tier in (Tier[])[Tier.Newcomer, Tier.Known, Tier.Trusted])
        {
            var quota = TierTable.Of(tier).Quota;
            series.Add(new LabSeries($"{tier} keys".ToLowerInvariant(), [.. Keys.Select(keys =>
            {
                var asked = FloodPerSecond / keys;
                var paid = PaidPerCall(asked, quota) * FloodPerSecond;
                var formula = PriceAt(asked * OrderWeight * RateMeter.Window / 1_000, quota) * FloodPerSecond;

                // A rate is counted in whole calls, and a key asks the next within its window.
                checks.Add(new LabCheck($"{tier}, {keys} keys: credits a second", formula, paid, 0, formula * 0.05));
                return Told(keys, paid / PerThousandCores, formula / PerThousandCores);
            })]));
        }

        return new LabPlot("standing-flood",
            $"Cores whose work pays for {FloodPerSecond:#,##0} orders a second, at a load factor of {LoadMeter.MostFactor}",
            new LabAxis("keys that share them", true), new LabAxis("thousand cores of memory-hard work", true),
            series.ToImmutable());
    }

    // What a key that asks evenly pays for each of its calls, once its meter knows it.
    private static double PaidPerCall(double perSecond, int quota)
    {
        var meter = default(RateMeter);
        var (paid, calls) = (0.0, 0);
        for (var i = 0; i < FloodSeconds * perSecond; i++)
        {
            var now = (long)(i * 1_000 / perSecond);
            var rate = meter.Add(OrderWeight, now);
            if (now < 2 * RateMeter.Window)
            {
                continue;
            }

            paid += CallPrice.Of(OrderWeight, LoadMeter.MostFactor, rate, quota);
            calls++;
        }

        return paid / calls;
    }

    private static double PriceAt(double rate, int quota)
    {
        var above = Math.Min(Math.Max(0, (rate / quota) - 1), CallPrice.MostDoublings);
        var whole = Math.Floor(above);
        return OrderWeight * LoadMeter.MostFactor * (1 + above - whole) * Math.Pow(2, whole);
    }

    private static LabPlot KeysPlot(CheckList checks)
    {
        var series = ImmutableArray.CreateBuilder<LabSeries>();
        foreach (var (name, points) in new[] { ("known", TierTable.KnownFrom), ("trusted", TierTable.TrustedFrom) })
        {
            var value = points * TierTable.BondValuePerPoint;
            var growth = Growth(BondValue.YearSeconds);
            var (least, formula) = (LeastCoins(value), Math.Pow(value, 1 / Power) / growth);
            checks.Add(new LabCheck($"least satoshi for a year to be {name}", formula, least, 0, (formula * ValueGrain) + 1));
            series.Add(new LabSeries($"a bond each, {name}: a year's interest",
                [.. Keys.Select(keys => Told(keys, least * growth * keys / Thousand, formula * growth * keys / Thousand))]));
        }

        series.Add(new LabSeries("fresh coins each, 150 vB at 10 sat/vB: once",
            [.. Keys.Select(keys => Told(keys, MoveFee * keys / Thousand, MoveFee * keys / Thousand))]));
        return new LabPlot("standing-keys", "What many keys cost", new LabAxis("keys", true), new LabAxis("thousand satoshi", true),
            series.ToImmutable());
    }

    // The fewest satoshi that have a value for a year.
    private static long LeastCoins(long value)
    {
        var (low, high) = (0L, (long)Coin);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            (low, high) = BondValue.Of(middle, BondValue.YearSeconds) < value ? (middle, high) : (low, middle);
        }

        return high;
    }

    private static double Growth(long seconds) => Math.Exp(Rate * seconds / BondValue.YearSeconds) - 1;

    private static LabPoint Told(double x, double figure, double formula) => new(x, figure, 0, 0, formula);

    private static LabSeries Line(string name, double[] at, double figure) =>
        new(name, [.. at.Select(x => Told(x, figure, figure))]);
}
