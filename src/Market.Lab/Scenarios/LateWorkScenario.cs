using System.Collections.Immutable;
using Market.Sharechain;

namespace Market.Lab;

/// <summary>Bitcoin blocks that lose their race are registered: how many authorities a miner has, and how often none.</summary>
internal static class LateWorkScenario
{
    private static readonly double[] Parts = [0.0001, 0.001, 0.01, 0.1];
    private static readonly double[] StaleRates = [0.001, 0.005, 0.02];

    public static Scenario Scenario { get; } = new(
        "late-work", "What does late work earn, by a miner's part of Bitcoin's hashrate?", "a mainchain block", Play);

    private static LateRule Rule => SharechainProfiles.P2Share.Late!;

    // Heights that count at any time: old enough that the race is over, not so old that the term is.
    private static int Counted => Rule.Term - Rule.Race + 1;

    private static LabFindings Play(LabRun run)
    {
        var checks = new CheckList();
        var (held, none) = (ImmutableArray.CreateBuilder<LabSeries>(), ImmutableArray.CreateBuilder<LabSeries>());
        for (var at = 0; at < StaleRates.Length; at++)
        {
            var rate = StaleRates[at];
            var played = run.Play(at, StaleRates.Length, Rule.Term, 2 * Parts.Length,
                (random, figures) => Game(rate, random, figures));
            for (var i = 0; i < Parts.Length; i++)
            {
                var name = $"stale rate {rate:P1}, miner of {Parts[i]:P2}";
                var expected = rate * Parts[i] * Counted;
                checks.AddRare($"{name}: authorities held", expected, played[i], expected);
                checks.AddRare(
                    $"{name}: chance of none", None(rate, i), played[Parts.Length + i], Math.Min(None(rate, i), 1 - None(rate, i)));
            }

            held.Add(new LabSeries($"stale rate {rate:P1}",
                [.. Parts.Select((part, i) => LabPoint.Of(part, played[i], rate * part * Counted))]));
            none.Add(new LabSeries($"stale rate {rate:P1}",
                [.. Parts.Select((part, i) => LabPoint.Of(part, played[Parts.Length + i], None(rate, i)))]));
        }

        return new LabFindings(
            [
                new LabPlot("late-held", $"Authorities that a miner holds at any time, a term being {Rule.Term} Bitcoin blocks",
                    new LabAxis("part of Bitcoin's hashrate", true), new LabAxis("authorities"), held.ToImmutable()),
                new LabPlot("late-none", "Part of the time in which a miner holds none",
                    new LabAxis("part of Bitcoin's hashrate", true), new LabAxis("chance"), none.ToImmutable()),
            ],
            checks.All);
    }

    // One term of the mainchain: at each height somebody may lose a race; who is no miner of these is nobody's.
    private static void Game(double rate, LabRandom random, Span<double> figures)
    {
        for (var height = 0; height < Rule.Term; height++)
        {
            if (!random.Chance(rate) || height >= Counted)
            {
                continue;
            }

            var at = random.Fraction();
            for (var i = 0; i < Parts.Length; i++)
            {
                if (at < Parts[i])
                {
                    figures[i]++;
                    break;
                }

                at -= Parts[i];
            }
        }

        for (var i = 0; i < Parts.Length; i++)
        {
            figures[Parts.Length + i] = figures[i] == 0 ? 1 : 0;
        }
    }

    private static double None(double rate, int i) => Math.Pow(1 - (rate * Parts[i]), Counted);
}
