using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Sharechain;

namespace Market.Lab;

/// <summary>A share while the pool's hashrate grows or falls, Bitcoin's difficulty staying as it is.</summary>
internal static class HashrateScenario
{
    private const int Height = 1_000;
    private const int Length = 3_000;
    private const double Chance = 0.1;
    private const int Window = 1_000;
    private static readonly double[] Factors = [0.25, 0.5, 1, 2, 4];

    public static Scenario Scenario { get; } = new(
        "hashrate", "What does a share gain or lose while the pool's hashrate grows or falls?", "a share block", Play);

    private static LabFindings Play(LabRun run)
    {
        var checks = new CheckList();
        var (drawn, windowed) = (ImmutableArray.CreateBuilder<LabPoint>(), ImmutableArray.CreateBuilder<LabPoint>());
        for (var at = 0; at < Factors.Length; at++)
        {
            var growth = Math.Log(Factors[at]) / Length;
            var first = run.Play(2 * at, 2 * Factors.Length, Length, 1, (random, figures) => figures[0] = Drawn(growth, random))[0];
            var second = run.Play(
                (2 * at) + 1, 2 * Factors.Length, (2 * Window) + Length, 1,
                (random, figures) => figures[0] = Windowed(growth, random))[0];
            checks.Add($"p2share, hashrate x {Factors[at]}: paid over the worth of its work", Formula(growth), first);
            checks.Add($"window, hashrate x {Factors[at]}: paid over the worth of its work", 1, second);
            drawn.Add(LabPoint.Of(Factors[at], first, Formula(growth)));
            windowed.Add(LabPoint.Of(Factors[at], second, 1));
        }

        return new LabFindings(
            [
                new LabPlot("hashrate",
                    $"What a share block's units are paid over its work's worth, by where the hashrate is {Length} blocks later",
                    new LabAxis("hashrate then over now", true), new LabAxis("paid / worth"),
                    [
                        new LabSeries($"p2share, mature at height {Height}, {Length} blocks on", drawn.ToImmutable()),
                        new LabSeries("window, until it expires", windowed.ToImmutable()),
                    ]),
            ],
            checks.All);
    }

    private static double Drawn(double growth, LabRandom random)
    {
        var pool = new DrawnPool(1, 1);
        Span<double> paid = stackalloc double[2];
        pool.Mint(1, (Height - 1) * Pool.Block);
        pool.Mint(0, Pool.Block);
        for (var block = 1; block <= Length; block++)
        {
            if (random.Chance(Chance * Math.Exp(growth * block)))
            {
                pool.Pay(random, 1, paid);
            }

            pool.Mint(1, Pool.Block);
        }

        return paid[0] / (Chance * Pool.Reward);
    }

    // Blocks come at their pace and stand for ever more or less work: units by work, and a window of constant work.
    private static double Windowed(double growth, LabRandom random)
    {
        var pool = new WindowPool(Window, null);
        var works = new Queue<double>();
        var inForce = 0.0;
        Span<double> paid = stackalloc double[2];
        for (var block = -2 * Window; block < Length; block++)
        {
            var work = Math.Exp(growth * block);
            if (random.Chance(Chance * work))
            {
                pool.Pay(random, 1, paid);
            }

            // The newest blocks whose summed work first reaches the window's; what fell out stays out.
            works.Enqueue(work);
            inForce += work;
            while (inForce - works.Peek() >= Window)
            {
                inForce -= works.Dequeue();
            }

            pool.Resize(works.Count);
            pool.Mint(block == 0 ? 0 : 1, (long)(work * Pool.Block));
        }

        return paid[0] / (Chance * Pool.Reward);
    }

    private static double Formula(double growth)
    {
        var value = ShareValue.Of(new ShareValueInputs
        {
            Rate = 0,
            HorizonYears = Length / ShareValueInputs.SecondsPerYear,
            MainIssuance = new IssuanceSchedule(new Amount(Pool.Reward), int.MaxValue),
            MainHeight = 1,
            MainSpacing = 1,
            MainWork = 1 / Chance,
            ShareIssuance = new IssuanceSchedule(new Amount(Pool.Block), int.MaxValue),
            ShareHeight = Height,
            ShareSpacing = 1,
            ShareMaturity = 1,
            ShareWork = 1,
            PoolHashrate = 1,
            Growth = growth * ShareValueInputs.SecondsPerYear,
            Mature = Height * Pool.Block,
        });
        return value.Face * Pool.Block / ShareUnits.PerShare / (Chance * Pool.Reward);
    }
}
