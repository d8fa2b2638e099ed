using System.Collections.Immutable;
using Market.Sharechain;

namespace Market.Lab;

/// <summary>What windows and slots take: a young chain's share as the window grows, and slots in a full window.</summary>
internal static class WindowScenario
{
    private const int Miners = 12;
    private const int Age = 50;
    private const int Horizon = 5_000;
    private const double Chance = 0.5;
    private const int FullWindow = 2_000;
    private const int FullLength = 3_000;
    private const double FullChance = 0.02;

    // The miner whose share is looked at: small enough to be below the cut of two slots, large enough to be above that of six.
    private const int Watched = 3;

    private static readonly double[] Parts = Geometric();
    private static readonly int[] Windows = [64, 256, 1_024, 4_096];
    private static readonly int?[] Slots = [2, 6, null];
    private static readonly int[] FullSlots = [1, 2, 4, 6, 8, 12];

    public static Scenario Scenario { get; } = new(
        "window", "How does d_params move with window and N, and does it reach p2share's as both grow?", "a share block", Play);

    /// <summary>Parts of a hashrate, each two thirds of the one before: nobody changes places in a full window.</summary>
    public static double[] Geometric()
    {
        var parts = Enumerable.Range(0, Miners).Select(i => Math.Pow(1.5, -i)).ToArray();
        return [.. parts.Select(part => part / parts.Sum())];
    }

    private static int Cases => (Windows.Length * Slots.Length) + 1 + FullSlots.Length;

    private static LabFindings Play(LabRun run)
    {
        var checks = new CheckList();
        var young = ImmutableArray.CreateBuilder<LabSeries>();
        var stream = 0;
        foreach (var slots in Slots)
        {
            var points = ImmutableArray.CreateBuilder<LabPoint>();
            foreach (var window in Windows)
            {
                var paid = run.Play(stream++, Cases, Age + Math.Min(window, Horizon), 1,
                    (random, figures) => figures[0] = Young(new WindowPool(window, slots), window, random))[0];
                double? formula = slots is null ? Face(window) : null;
                points.Add(LabPoint.Of(window, paid, formula));
                if (formula is { } face)
                {
                    checks.Add($"window of {window} blocks, every holder: worth over F at age {Age}", face, paid);
                }
            }

            young.Add(new LabSeries(slots is { } n ? $"{n} largest" : "every holder", points.ToImmutable()));
        }

        var endless = run.Play(stream++, Cases, Age + Horizon, 1, (random, figures) => figures[0] = Drawn(random))[0];
        checks.Add($"p2share: worth over F at age {Age}", Face(long.MaxValue), endless);
        young.Add(new LabSeries("p2share", [.. Windows.Select(window => LabPoint.Of(window, endless, Face(long.MaxValue)))]));
        return new LabFindings(
            [
                new LabPlot("window-young",
                    $"Worth of a share over F, minted {Age} blocks after the chain's first, in {Horizon} blocks",
                    new LabAxis("window, blocks", true), new LabAxis("V0 / F"), young.ToImmutable()),
                Full(run, stream, checks),
            ],
            checks.All);
    }

    private static LabPlot Full(LabRun run, int stream, CheckList checks)
    {
        int[] watched = [0, Watched, Miners - 1];
        var points = watched.Select(_ => ImmutableArray.CreateBuilder<LabPoint>()).ToArray();
        foreach (var slots in FullSlots)
        {
            var top = new TopSlots(1, Math.Min(1, Parts[..slots].Sum()), 0);
            var played = run.Play(stream++, Cases, FullWindow + FullLength, Miners,
                (random, figures) => FullGame(slots, random, figures));
            for (var i = 0; i < watched.Length; i++)
            {
                var (who, factor) = (watched[i], watched[i] < slots ? top.BetweenInsiders : top.Outside);
                points[i].Add(LabPoint.Of(slots, played[who], factor));
                checks.Add($"{slots} slots, miner of {Parts[who]:P1}: paid over worth", factor, played[who]);
            }
        }

        return new LabPlot("window-slots", "What a full window's slots make of a share, by its owner's part of the hashrate",
            new LabAxis("slots N, of 12 miners"), new LabAxis("paid / worth"),
            [.. watched.Select((who, i) => new LabSeries($"miner of {Parts[who]:P1}", points[i].ToImmutable()))]);
    }

    /// <summary>Satoshis that one block's units are paid, over F, in their remaining life or the horizon.</summary>
    private static double Young(WindowPool pool, int window, LabRandom random)
    {
        var miners = new Miners(Parts);
        Span<double> paid = stackalloc double[Miners];
        for (var block = 1; block < Age; block++)
        {
            pool.Mint(miners.Next(random), Pool.Block);
        }

        pool.Mint(Watched, Pool.Block);
        var sum = 0.0;
        for (var block = 0; block < Math.Min(window, Horizon); block++)
        {
            if (random.Chance(Chance))
            {
                // His units are paid alike, whichever they are.
                paid.Clear();
                pool.Pay(random, 0, paid);
                sum += paid[Watched] > 0
                    ? paid[Watched] * Pool.Block / pool.Holders.First(holder => holder.Owner == Watched).Units
                    : 0;
            }

            pool.Mint(miners.Next(random), Pool.Block);
        }

        return sum / (Chance * Pool.Reward);
    }

    private static double Drawn(LabRandom random)
    {
        var pool = new DrawnPool(1, 1);
        Span<double> paid = stackalloc double[2];
        for (var block = 1; block < Age; block++)
        {
            pool.Mint(1, Pool.Block);
        }

        pool.Mint(0, Pool.Block);
        for (var block = 0; block < Horizon; block++)
        {
            if (random.Chance(Chance))
            {
                pool.Pay(random, 1, paid);
            }

            pool.Mint(1, Pool.Block);
        }

        return paid[0] / (Chance * Pool.Reward);
    }

    private static void FullGame(int slots, LabRandom random, Span<double> figures)
    {
        var (pool, miners) = (new WindowPool(FullWindow, slots), new Miners(Parts));
        for (var block = 0; block < FullWindow + FullLength; block++)
        {
            if (block >= FullWindow && random.Chance(FullChance))
            {
                pool.Pay(random, 0, figures);
            }

            pool.Mint(miners.Next(random), Pool.Block);
        }

        for (var i = 0; i < Miners; i++)
        {
            figures[i] /= FullChance * FullLength * Pool.Reward * Parts[i];
        }
    }

    // A sum over blocks as an integral: from half a block before the first.
    private static double Face(long window)
    {
        var value = WindowValue.Of(new WindowValueInputs
        {
            Rate = 0,
            Reward = Pool.Reward,
            MainSpacing = 1,
            MainWork = 1 / Chance,
            Window = window,
            HashesPerShare = 1,
            PoolHashrate = 1,
            Filled = (Age - 0.5) / window,
            HorizonYears = Horizon / ShareValueInputs.SecondsPerYear,
        });
        return value.Face / value.FreshFace;
    }
}
