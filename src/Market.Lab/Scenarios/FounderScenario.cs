using System.Collections.Immutable;
using Market.Sharechain;

namespace Market.Lab;

/// <summary>A founder mines alone, then has half of the hashrate: what he takes by the rules, and by grinding.</summary>
internal static class FounderScenario
{
    private const int Length = 8_000;
    private const double Chance = 0.1;
    private const double Half = 0.5;
    private static readonly int[] Alone = [100, 500, 2_000, 8_000];

    public static Scenario Scenario { get; } = new(
        "founder", "What can a founder take who has half of the shares and of the hashrate?", "a share block", Play);

    private static LabFindings Play(LabRun run)
    {
        var checks = new CheckList();
        var (fair, grinds, newcomers) = (Points(), Points(), Points());
        var cases = 2 * Alone.Length;
        for (var at = 0; at < Alone.Length; at++)
        {
            var alone = Alone[at];
            var honest = run.Play(2 * at, cases, alone + Length, 1,
                (random, figures) => figures[0] = Game(alone, false, random))[0];
            var grinding = run.Play(
                (2 * at) + 1, cases, alone + Length, 1, (random, figures) => figures[0] = Game(alone, true, random))[0];
            var formula = Honest(alone);
            checks.Add($"founder {alone} blocks ahead: his part of the payouts", formula, honest);
            fair.Add(LabPoint.Of(alone, honest, formula));
            grinds.Add(LabPoint.Of(alone, grinding));
            newcomers.Add(new LabPoint(
                alone, (1 - honest.Mean) / Half, honest.Error / Half, honest.Deviation / Half, (1 - formula) / Half));
        }

        return new LabFindings(
            [
                new LabPlot("founder", $"A founder mines alone, then with half of the hashrate for {Length} blocks (p2share)",
                    new LabAxis("blocks that he mined alone", true), new LabAxis("part of the payouts; paid / worth"),
                    [
                        new LabSeries("his part of the payouts", fair.ToImmutable()),
                        new LabSeries("his part where he grinds", grinds.ToImmutable()),
                        new LabSeries("newcomers: paid over the worth of their work", newcomers.ToImmutable()),
                    ]),
            ],
            checks.All);
    }

    // In turns: whoever is drawn for the next share is paid by every Bitcoin block until a share is accepted.
    private static double Game(int alone, bool grinds, LabRandom random)
    {
        var pool = new DrawnPool(1, SharechainProfiles.P2Share.Maturity);
        for (var block = 0; block < alone; block++)
        {
            pool.Mint(1, Pool.Block);
        }

        Span<double> paid = stackalloc double[2];
        for (var block = 0; block < Length; block++)
        {
            var winner = pool.Mature == 0 ? 1 : pool.Winner(random);
            bool accepted;
            do
            {
                var byFounder = random.Chance(Half);
                paid[winner] += random.Chance(Chance) ? 1 : 0;
                accepted = !(grinds && winner == 1 && byFounder);
                if (accepted)
                {
                    pool.Mint(byFounder ? 1 : 0, Pool.Block);
                }
            }
            while (!accepted);
        }

        return paid[1] / (paid[0] + paid[1]);
    }

    // His part of the units that take part, block by block; where nobody's do, the lab has him paid.
    private static double Honest(int alone)
    {
        var sum = 0.0;
        for (var block = 0; block < Length; block++)
        {
            var mature = alone + block + 1 - SharechainProfiles.P2Share.Maturity;
            sum += mature <= alone ? 1 : (alone + ((mature - alone) * Half)) / mature;
        }

        return sum / Length;
    }

    private static ImmutableArray<LabPoint>.Builder Points() => ImmutableArray.CreateBuilder<LabPoint>();
}
