using System.Collections.Immutable;
using Market.Sharechain;

namespace Market.Lab;

/// <summary>A miner who keeps back every share that is a mainchain block.</summary>
internal static class WithholdingScenario
{
    private const int Length = 6_000;
    private const int Window = 1_000;
    private const double Chance = 0.05;
    private static readonly double[] Attackers = [0.1, 0.2, 0.3, 0.4, 0.5];
    private static readonly string[] Rows = ["p2share", "p2pool"];

    public static Scenario Scenario { get; } = new(
        "withholding", "What does a miner cost the others, and himself, who keeps the pool's Bitcoin blocks back?",
        "a share block", Play);

    private static LabFindings Play(LabRun run)
    {
        var checks = new CheckList();
        var series = ImmutableArray.CreateBuilder<LabSeries>();
        for (var row = 0; row < Rows.Length; row++)
        {
            var (name, payout) = (Rows[row], SharechainProfile.Find(Rows[row])!.Payout);
            var (own, others) = (ImmutableArray.CreateBuilder<LabPoint>(), ImmutableArray.CreateBuilder<LabPoint>());
            for (var at = 0; at < Attackers.Length; at++)
            {
                var part = Attackers[at];
                var played = run.Play(
                    (row * Attackers.Length) + at, Rows.Length * Attackers.Length, Length + Window, 2,
                    (random, figures) => Game(Pool.Of(payout, 1, Window), part, random, figures));

                // Blocks fall to 1 - part of what they were; he mints less by the shares that he keeps back.
                var lost = (1 - part) / (1 - (part * Chance));
                checks.Add($"{name}, {part:P0} withholds: others paid over worth", lost, played[0]);
                checks.Add($"{name}, {part:P0} withholds: he is paid over worth", lost * (1 - Chance), played[1]);
                others.Add(LabPoint.Of(part, played[0], lost));
                own.Add(LabPoint.Of(part, played[1], lost * (1 - Chance)));
            }

            series.Add(new LabSeries($"{name}: all others", others.ToImmutable()));
            series.Add(new LabSeries($"{name}: who withholds", own.ToImmutable()));
        }

        return new LabFindings(
            [
                new LabPlot("withholding", "What is paid over the worth of the work where a part of it withholds",
                    new LabAxis("part of the hashrate that withholds"), new LabAxis("paid / worth"), series.ToImmutable()),
            ],
            checks.All);
    }

    private static void Game(Pool pool, double part, LabRandom random, Span<double> figures)
    {
        Span<double> paid = stackalloc double[2];
        for (var block = 0; block < Length + Window; block++)
        {
            var (attacker, isBlock) = (random.Chance(part) ? 1 : 0, random.Chance(Chance));
            if (isBlock && attacker == 1)
            {
                continue;
            }

            if (isBlock && block >= Window)
            {
                pool.Pay(random, attacker, paid);
            }

            pool.Mint(attacker, Pool.Block);
        }

        figures[0] = paid[0] / ((1 - part) * Chance * Length * Pool.Reward);
        figures[1] = paid[1] / (part * Chance * Length * Pool.Reward);
    }
}
