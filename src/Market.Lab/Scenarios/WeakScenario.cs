using System.Collections.Immutable;
using Market.Sharechain;

namespace Market.Lab;

/// <summary>What weak shares do to a small miner's variance, and at what cost in bytes.</summary>
internal static class WeakScenario
{
    private const int Length = 1_000;
    private const double Small = 0.002;
    private const double Large = 0.1;
    private static readonly int[] Eases = [1, 2, 4, 8, 16];

    public static Scenario Scenario { get; } = new(
        "weak", "What do weak shares do to a small miner's variance, and at what cost in bytes?", "a share block", Play);

    private static WeakRule Rule => SharechainProfiles.P2ShareWeak.Weak!;

    private static LabFindings Play(LabRun run)
    {
        var checks = new CheckList();
        var (small, large, bytes, claimed) = (Points(), Points(), Points(), Points());
        var size = WeakSample.Bytes;
        for (var at = 0; at < Eases.Length; at++)
        {
            var ease = Eases[at];
            var minted = WeakSample.Mint(ease);
            var played = run.Play(at, Eases.Length, Length, 5, (random, figures) => Game(ease, minted, random, figures));
            var mean = Mean(ease);
            var name = ease == 1 ? "no weak shares" : $"weak shares of 1/{ease}";
            checks.Add($"{name}, miner of {Small:P1}: minted over his part", mean, played[0], 1e-6);
            checks.Add($"{name}, miner of {Large:P0}: minted over his part", mean, played[1], 1e-6);
            checks.Add($"{name}, miner of {Small:P1}: variance over that of one in his shares alone", Variance(ease), played[2]);
            checks.Add($"{name}: weak shares named by a block", ease - 1, played[4]);
            small.Add(LabPoint.Of(ease, played[2], Variance(ease)));
            large.Add(LabPoint.Of(ease, played[3]));
            bytes.Add(LabPoint.Of(ease, played[4].Times(size), (ease - 1) * size));
            claimed.Add(LabPoint.Of(ease, played[4].Times(1.0 / ease), Claimed(ease)));
        }

        return new LabFindings(
            [
                new LabPlot("weak-variance", "Variance of what a miner is minted, without weak shares 1",
                    new LabAxis("ease of a weak share, times a share's target", true), new LabAxis("variance, same mean"),
                    [
                        new LabSeries($"miner of {Small:P1}", small.ToImmutable()),
                        new LabSeries($"miner of {Large:P0}", large.ToImmutable()),
                    ]),
                new LabPlot("weak-bytes", "What weak shares add to a block, all miners stating the same work",
                    new LabAxis("ease of a weak share, times a share's target", true), new LabAxis("bytes a block"),
                    [new LabSeries($"{size} bytes each", bytes.ToImmutable())]),
                new LabPlot("weak-claimed", "The part of the weak half of the issuance that is claimed",
                    new LabAxis("ease of a weak share, times a share's target", true), new LabAxis("claimed part"),
                    [new LabSeries("all miners", claimed.ToImmutable())]),
            ],
            checks.All);
    }

    // Result by result: one in so many is a share, the others are weak and wait to be named by one of the next three blocks.
    private static void Game(int ease, (double Block, double Maker, double Namer) minted, LabRandom random, Span<double> figures)
    {
        Span<double> units = stackalloc double[3];
        Span<double> until = [Small, Small + Large, 1];
        var waiting = new Queue<(int Owner, int BuiltOn)>();
        long named = 0;
        for (var height = 0; height < Length;)
        {
            var (at, owner) = (random.Fraction(), 0);
            while (at >= until[owner])
            {
                owner++;
            }

            if (!random.Chance(1.0 / ease))
            {
                waiting.Enqueue((owner, height));
                continue;
            }

            // The block at height + 1 stands on height, height - 1, height - 2.
            while (waiting.Count > 0 && waiting.Peek().BuiltOn < height + 1 - Rule.Depth)
            {
                waiting.Dequeue();
            }

            var room = Math.Min(Rule.Most, Rule.MostWork * ease);
            units[owner] += minted.Block;
            for (; room > 0 && waiting.Count > 0; room--, named++)
            {
                units[waiting.Dequeue().Owner] += minted.Maker;
                units[owner] += minted.Namer;
            }

            height++;
        }

        var (small, large) = (units[0] / (Small * Length), units[1] / (Large * Length));
        figures[0] = small;
        figures[1] = large;
        figures[2] = Math.Pow((small / Mean(ease)) - 1, 2) * Small * Length / (1 - Small);
        figures[3] = Math.Pow((large / Mean(ease)) - 1, 2) * Large * Length / (1 - Large);
        figures[4] = named / (double)Length;
    }

    // Units over the issuance: the block's half, and what weak shares claim of the other; without them the whole.
    private static double Mean(int ease) => ease == 1 ? 1 : 0.5 + (Claimed(ease) / 2);

    private static double Claimed(int ease) => WeakIssuance.MostClaimed(Rule with { Ease = ease });

    // E[x^2] / E[x]^2 of a block, over a plain share's 1 / p: a share of the half and of its namings, and weak ones, at random.
    private static double Variance(int ease)
    {
        if (ease == 1)
        {
            return 1;
        }

        var (weak, namer) = (ease - 1, Rule.NamerPercent / 100.0);
        var each = 1 / (2.0 * ease);
        var (block, naming) = (0.5 + (weak * each * namer), weak * each * each * namer * namer * ease);
        return ((block * block) + naming + (weak * Math.Pow(each * (1 - namer), 2))) / (Mean(ease) * Mean(ease));
    }

    private static ImmutableArray<LabPoint>.Builder Points() => ImmutableArray.CreateBuilder<LabPoint>();
}
