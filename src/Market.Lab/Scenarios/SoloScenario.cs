using System.Collections.Immutable;
using Market.Sharechain;

namespace Market.Lab;

/// <summary>A quarter of a year in a pool of one percent of Bitcoin: here, alone, and where every hash is paid for.</summary>
internal static class SoloScenario
{
    private const double PoolPart = 0.01;
    private const int PoolBlocks = 131;
    private const int WindowBlocks = 200;
    private const double FppsFee = 0.03;
    private static readonly double[] Parts = [0.0001, 0.001, 0.01, 0.1];
    private static readonly (string Row, int BlocksEach, int WarmUp)[] Rows =
        [("p2share", 100, 0), ("p2share-k20", 100, 0), ("p2pool", WindowBlocks, WindowBlocks)];

    public static Scenario Scenario { get; } = new(
        "solo", "Does mining here pay against mining alone and against a pool that pays for every hash (FPPS)?", "a share block",
        Play);

    private static LabFindings Play(LabRun run)
    {
        var checks = new CheckList();
        var (deviation, worth) = (ImmutableArray.CreateBuilder<LabSeries>(), ImmutableArray.CreateBuilder<LabSeries>());
        for (var row = 0; row < Rows.Length; row++)
        {
            var (name, each, warmUp) = Rows[row];
            var payout = SharechainProfile.Find(name)!.Payout;
            var played = run.Play(row, Rows.Length + 1, (each * PoolBlocks) + warmUp, 2 * Parts.Length,
                (random, figures) => Game(Pool.Of(payout, 100, WindowBlocks), each, warmUp, random, figures));
            Add(name, played);
        }

        // Alone a miner finds the same part of the same blocks, and keeps each whole.
        Add("alone", run.Play(Rows.Length, Rows.Length + 1, PoolBlocks * Rows[0].BlocksEach, 2 * Parts.Length, Alone));
        worth.Add(new LabSeries("FPPS, less 3%", [.. Parts.Select(part => new LabPoint(part, 1 - FppsFee, 0, 0, 1 - FppsFee))]));
        return new LabFindings(
            [
                new LabPlot("solo-variation", $"Deviation over mean of a quarter's income, in a pool of {PoolPart:P0} of Bitcoin",
                    new LabAxis("miner's part of the pool", true), new LabAxis("deviation / mean", true), deviation.ToImmutable()),
                new LabPlot("solo-worth", "A quarter's income to somebody careful (log utility, as much again in other wealth)",
                    new LabAxis("miner's part of the pool", true), new LabAxis("certainty equivalent / worth"),
                    worth.ToImmutable()),
            ],
            checks.All);

        void Add(string name, Estimate[] played)
        {
            for (var i = 0; i < Parts.Length; i++)
            {
                var wins = Parts[i] * PoolBlocks;
                checks.AddRare($"{name}, {Parts[i]:P2} of the pool: paid over worth", 1, played[i], wins);
                if (name == "alone")
                {
                    var certain = CertaintyEquivalent.OfWins(wins, 1, 1);
                    checks.AddRare(
                        $"{name}, {Parts[i]:P2} of the pool: mean log utility", Math.Log(1 + certain), played[Parts.Length + i],
                        wins);
                }
            }

            deviation.Add(new LabSeries(name, [.. Parts.Select((part, i) => new LabPoint(
                part, played[i].Deviation, played[i].Deviation / Math.Sqrt(2.0 * played[i].Games), 0,
                name == "alone" ? 1 / Math.Sqrt(part * PoolBlocks) : null))]));
            worth.Add(new LabSeries(name, [.. Parts.Select((part, i) => new LabPoint(
                part, Math.Exp(played[Parts.Length + i].Mean) - 1,
                Math.Exp(played[Parts.Length + i].Mean) * played[Parts.Length + i].Error, 0, null))]));
        }
    }

    private static void Game(Pool pool, int each, int warmUp, LabRandom random, Span<double> figures)
    {
        var miners = new Miners([.. Parts, 1 - Parts.Sum()]);
        Span<double> paid = stackalloc double[miners.Count];
        for (var block = 0; block < (each * PoolBlocks) + warmUp; block++)
        {
            var finder = miners.Next(random);
            if (block >= warmUp && random.Chance(1.0 / each))
            {
                pool.Pay(random, finder, paid);
            }

            pool.Mint(finder, Pool.Block);
        }

        Tell(paid, figures);
    }

    private static void Alone(LabRandom random, Span<double> figures)
    {
        var miners = new Miners([.. Parts, 1 - Parts.Sum()]);
        Span<double> paid = stackalloc double[miners.Count];
        for (var block = 0; block < PoolBlocks * Rows[0].BlocksEach; block++)
        {
            paid[miners.Next(random)] += random.Chance(1.0 / Rows[0].BlocksEach) ? Pool.Reward : 0;
        }

        Tell(paid, figures);
    }

    private static void Tell(ReadOnlySpan<double> paid, Span<double> figures)
    {
        for (var i = 0; i < Parts.Length; i++)
        {
            figures[i] = paid[i] / (Parts[i] * PoolBlocks * Pool.Reward);
            figures[Parts.Length + i] = Math.Log(1 + figures[i]);
        }
    }
}
