using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Sharechain;

namespace Market.Lab;

/// <summary>
/// Who is the winner now discards the shares that he finds, so that his turn lasts. The draw is the consensus code's; the target
/// grows easier by what is discarded, so that as many shares are accepted in a time as without.
/// </summary>
internal static class GrindingScenario
{
    private const int Turns = 2_000;
    private static readonly double[] Grinders = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7];
    private static readonly double[] Holdings = [0.02, 0.1, 0.5];

    public static Scenario Scenario { get; } = new(
        "grinding", "What do others lose to a grinder, and at what difficulty does grinding stop paying?", "a share block", Play);

    private static LabFindings Play(LabRun run)
    {
        var checks = new CheckList();
        var (kept, even) = (ImmutableArray.CreateBuilder<LabSeries>(), ImmutableArray.CreateBuilder<LabSeries>());
        for (var h = 0; h < Holdings.Length; h++)
        {
            var (keeps, evens) = (ImmutableArray.CreateBuilder<LabPoint>(), ImmutableArray.CreateBuilder<LabPoint>());
            for (var g = 0; g < Grinders.Length; g++)
            {
                var (alpha, p) = (Grinders[g], Holdings[h]);
                var played = run.Play(
                    (h * Grinders.Length) + g, Holdings.Length * Grinders.Length, Turns, 4,
                    (random, figures) => Game(alpha, p, random, figures));
                var others = Grinding.KeptByOthers(alpha, p);
                var evenAt = 1 / Grinding.Margin(alpha, p, 1, 1);
                var (keep, stop) = (Kept(played, p), Even(played, alpha, p, evenAt));
                checks.Add(new LabCheck($"alpha {alpha}, p {p}: others keep", others, keep.Mean, keep.Error));
                checks.Add(new LabCheck(
                    $"alpha {alpha}, p {p}: worth at which grinding breaks even", evenAt, stop.Mean, stop.Error));
                keeps.Add(new LabPoint(alpha, keep.Mean, keep.Error, 0, others));
                evens.Add(new LabPoint(alpha, stop.Mean, stop.Error, 0, evenAt));
            }

            kept.Add(new LabSeries($"grinder holds {Holdings[h]:P0}", keeps.ToImmutable()));
            even.Add(new LabSeries($"grinder holds {Holdings[h]:P0}", evens.ToImmutable()));
        }

        return new LabFindings(
            [
                new LabPlot("grinding-kept", "What all others keep of their payouts",
                    new LabAxis("grinder's part of the hashrate"), new LabAxis("kept part"), kept.ToImmutable()),
                new LabPlot("grinding-even", "Worth of a share over the FPPS worth of its work, above which grinding loses",
                    new LabAxis("grinder's part of the hashrate"), new LabAxis("V / FPPS worth at break-even"), even.ToImmutable()),
                Heights(),
            ],
            checks.All);
    }

    // Figures: work that passed, in works of a share; work in his turns; shares that he minted; and one combination whose mean is 0
    // where the formulas hold, for the errors of the two ratios.
    private static void Game(double alpha, double part, LabRandom random, Span<double> figures)
    {
        const long units = 1_000_000_000;
        Span<byte> id = stackalloc byte[Hash256.Length];
        var (work, own, minted) = (0.0, 0.0, 0);
        for (var turn = 0; turn < Turns; turn++)
        {
            random.Fill(id);
            var his = Draws.Unit(new ShareId(new Hash256(id)), 0, units) < part * units;
            for (var accepted = false; !accepted;)
            {
                var (found, byHim) = (random.Wait(1), random.Chance(alpha));
                work += found;
                own += his ? found : 0;
                accepted = !(his && byHim);
                minted += accepted && byHim ? 1 : 0;
            }
        }

        figures[0] = work / Turns;
        figures[1] = own / Turns;
        figures[2] = ((1 - (Grinding.KeptByOthers(alpha, part) * (1 - part))) * work / Turns) - (own / Turns);

        // Gain less what is given up at the formula's price; an accepted share stands for as much work as passed in its turn.
        var turnWork = 1 - part + (part / (1 - alpha));
        var given = alpha - (minted / (double)Turns);
        figures[3] = (own / Turns) - (part * work / Turns) - (given * turnWork / Grinding.Margin(alpha, part, 1, 1));
    }

    private static (double Mean, double Error) Kept(Estimate[] played, double part)
    {
        var (work, own) = (played[0].Mean, played[1].Mean);
        return ((work - own) / work / (1 - part), played[2].Error / work / (1 - part));
    }

    // The residue over what is given up is how far the break-even worth is from the formula's.
    private static (double Mean, double Error) Even(Estimate[] played, double alpha, double part, double formula)
    {
        var turnWork = 1 - part + (part / (1 - alpha));
        var given = ((part / (1 - alpha)) - (part * turnWork)) / formula;
        return (formula + (played[3].Mean / given), played[3].Error / given);
    }

    // A grinder of half the hashrate and next to no shares stops at 2; later shares are worth less and less over their work.
    private static LabPlot Heights()
    {
        int[] heights = [200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 215_000, 300_000, 400_000];
        return new LabPlot("grinding-heights",
            "Worth of p2share's share over the FPPS worth of its work, by the chain's height (formula)",
            new LabAxis("share height", true), new LabAxis("V / FPPS worth"),
            [
                new LabSeries("horizon 100 years, no discount, a constant part of Bitcoin's work",
                    [.. heights.Select(height => new LabPoint(height, OverWorth(height), 0, 0, OverWorth(height)))]),
            ]);
    }

    /// <summary>V over the FPPS worth at a height of a chain that began with Bitcoin's first block of a subsidy of 50.</summary>
    internal static double OverWorth(int height)
    {
        var value = ShareValue.Of(new ShareValueInputs
        {
            Rate = 0,
            HorizonYears = 100,
            MainIssuance = IssuanceSchedule.Bitcoin,
            MainHeight = height,
            MainSpacing = 600,
            MainWork = 1e6,
            ShareIssuance = IssuanceSchedule.Bitcoin,
            ShareHeight = height,
            ShareSpacing = 600,
            ShareMaturity = SharechainProfiles.P2Share.Maturity,
            ShareWork = 6e3,
            PoolHashrate = 10,
            Mature = IssuanceSchedule.Bitcoin.TotalThrough(height + 1 - SharechainProfiles.P2Share.Maturity).Sats,
        });
        return value.OverFpps(value.Face) ?? 0;
    }
}
