using System.Collections.Immutable;
using Market.Sharechain;

namespace Market.Lab;

/// <summary>Miners of all sizes under four payout rules: how much, how evenly, and what that is worth to somebody
/// careful.</summary>
internal static class HoldersScenario
{
    private const int PoolBlocks = 25;
    private const int WindowBlocks = 1_000;
    private const int Others = 17;
    private static readonly double[] Parts = [0.2, 0.1, 0.05, 0.01, 0.002, 0.0005];
    private static readonly (string Row, int Length, int WarmUp)[] Rows =
    [
        ("p2share", PoolBlocks * 100, 0), ("p2share-k20", PoolBlocks * 100, 0),
        ("p2pool", PoolBlocks * WindowBlocks, WindowBlocks), ("p2poolv2", PoolBlocks * WindowBlocks, WindowBlocks),
    ];

    public static Scenario Scenario { get; } = new(
        "holders", "What is a miner paid, how evenly, and what is that worth, by his size and the payout rule?", "a share block",
        Play);

    private static LabFindings Play(LabRun run)
    {
        var (mean, variation, worth) = (Builder(), Builder(), Builder());
        var checks = new CheckList();
        for (var row = 0; row < Rows.Length; row++)
        {
            var (name, length, warmUp) = Rows[row];
            var payout = SharechainProfile.Find(name)!.Payout;
            var played = run.Play(row, Rows.Length + 2, length + warmUp, 2 * Parts.Length,
                (random, figures) => Game(Pool.Of(payout, 100, WindowBlocks), length, warmUp, random, figures));
            var paid = Parts.Select((_, i) => played[i]).ToArray();
            var formulas = Parts.Select((_, i) => FormulaOf(payout, i)).ToArray();
            for (var i = 0; i < Parts.Length; i++)
            {
                checks.AddRare(
                    $"{name}, miner of {Parts[i]:P2}: paid over the worth of his work", formulas[i], paid[i],
                    Parts[i] * PoolBlocks);
            }

            mean.Add(Series(name, i => LabPoint.Of(Parts[i], paid[i], formulas[i])));
            variation.Add(Series(name, i => new LabPoint(Parts[i], paid[i].Deviation, ErrorOfDeviation(paid[i]), 0, null)));
            worth.Add(Series(name, i => Certain(Parts[i], played[Parts.Length + i], null)));
        }

        var fixedParts = FixedHoldings(run, checks);
        return new LabFindings(
            [
                new LabPlot("holders-mean", "What a miner is paid over the worth of his work, by his size",
                    new LabAxis("part of the hashrate", true), new LabAxis("paid / worth"), mean.ToImmutable()),
                new LabPlot("holders-variation",
                    $"Standard deviation of what a miner is paid in the time of {PoolBlocks} pool blocks",
                    new LabAxis("part of the hashrate", true), new LabAxis("deviation / worth", true), variation.ToImmutable()),
                new LabPlot("holders-worth", "What that is worth to somebody careful (log utility, as much again in other wealth)",
                    new LabAxis("part of the hashrate", true), new LabAxis("certainty equivalent / worth"), worth.ToImmutable()),
                fixedParts,
            ],
            checks.All);
    }

    // Holdings that stay as they are: cv^2 = (1 + (K - 1) p) / (K p m) over m blocks, and what the market's model makes of it.
    private static LabPlot FixedHoldings(LabRun run, CheckList checks)
    {
        var series = ImmutableArray.CreateBuilder<LabSeries>();
        foreach (var (winners, stream) in new[] { (1, Rows.Length), (20, Rows.Length + 1) })
        {
            var played = run.Play(
                stream, Rows.Length + 2, PoolBlocks, 2 * Parts.Length, (random, figures) => Fixed(winners, random, figures));
            series.Add(Series($"{winners} drawn", i =>
            {
                var p = Parts[i];
                var formula = (1 + ((winners - 1) * p)) / (winners * p * PoolBlocks);
                checks.AddRare($"{winners} drawn, holder of {p:P2}: squared variation", formula, played[i], p * PoolBlocks);
                if (winners == 1)
                {
                    var certain = CertaintyEquivalent.OfWins(p * PoolBlocks, 1, 1);
                    checks.AddRare(
                        $"1 drawn, holder of {p:P2}: mean log utility", Math.Log(1 + certain), played[Parts.Length + i],
                        p * PoolBlocks);
                }

                return LabPoint.Of(p, played[i], formula);
            }));
        }

        return new LabPlot("holders-fixed", $"Squared variation of a holding that stays as it is, over {PoolBlocks} pool blocks",
            new LabAxis("part of the units", true), new LabAxis("variance / mean^2", true), series.ToImmutable());
    }

    private static void Game(Pool pool, int length, int warmUp, LabRandom random, Span<double> figures)
    {
        var miners = new Miners([.. Parts, .. Enumerable.Repeat((1 - Parts.Sum()) / Others, Others)]);
        Span<double> paid = stackalloc double[miners.Count];
        for (var block = 0; block < length + warmUp; block++)
        {
            var finder = miners.Next(random);
            if (block >= warmUp && random.Chance(PoolBlocks / (double)length))
            {
                pool.Pay(random, finder, paid);
            }

            pool.Mint(finder, Pool.Block);
        }

        for (var i = 0; i < Parts.Length; i++)
        {
            figures[i] = paid[i] / (Parts[i] * PoolBlocks * Pool.Reward);
            figures[Parts.Length + i] = Math.Log(1 + figures[i]);
        }
    }

    private static void Fixed(int winners, LabRandom random, Span<double> figures)
    {
        var pool = new DrawnPool(winners, 1);
        for (var i = 0; i < Parts.Length; i++)
        {
            pool.Mint(i, (long)(Parts[i] * Pool.Block));
        }

        pool.Mint(Parts.Length, (long)((1 - Parts.Sum()) * Pool.Block));
        Span<double> paid = stackalloc double[Parts.Length + 1];
        for (var left = random.Poisson(PoolBlocks); left > 0; left--)
        {
            pool.Pay(random, 0, paid);
        }

        for (var i = 0; i < Parts.Length; i++)
        {
            var over = paid[i] / (Parts[i] * PoolBlocks * Pool.Reward);
            figures[i] = (over - 1) * (over - 1);
            figures[Parts.Length + i] = Math.Log(1 + over);
        }
    }

    // Of 23 miners 20 are paid: the three smallest are so small that no window ever has them above another.
    private static double FormulaOf(PayoutDesign payout, int i)
    {
        const int below = 3;
        return payout is not PayoutDesign.Window { Holders: not null } ? 1
            : Parts.Length - i <= below ? new TopSlots(1, Top, 0).Outside
            : new TopSlots(1, Top, 0).BetweenInsiders;
    }

    private static double Top => 1 - Parts[^3..].Sum();

    private static double ErrorOfDeviation(Estimate estimate) => estimate.Deviation / Math.Sqrt(2.0 * estimate.Games);

    private static LabPoint Certain(double x, Estimate utility, double? formula) => new(
        x, Math.Exp(utility.Mean) - 1, Math.Exp(utility.Mean) * utility.Error, 0, formula);

    private static LabSeries Series(string name, Func<int, LabPoint> point) =>
        new(name, [.. Enumerable.Range(0, Parts.Length).Reverse().Select(point)]);

    private static ImmutableArray<LabSeries>.Builder Builder() => ImmutableArray.CreateBuilder<LabSeries>();
}
