using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Sharechain;

namespace Market.Lab;

/// <summary>Coming and going: what a block's shares are paid by the height at which they were mined.</summary>
internal static class HoppingScenario
{
    private const int Length = 20_000;
    private const double Chance = 0.5;
    private const int Window = 500;
    private const int Cycle = 4;
    private const double Hopper = 0.2;
    private static readonly int[] Heights = [1, 10, 50, 200, 1_000, 4_000, 10_000];

    public static Scenario Scenario { get; } = new(
        "hopping", "Does it pay to mine while a chain is young, or by turns, and to leave?", "a share block", Play);

    private static LabFindings Play(LabRun run)
    {
        var checks = new CheckList();
        var drawn = run.Play(0, 3, Length, Heights.Length, Drawn);
        var windowed = run.Play(1, 3, Length, Heights.Length, Windowed);
        var turns = run.Play(2, 3, Length, 1, Turns);
        for (var i = 0; i < Heights.Length; i++)
        {
            checks.Add($"p2share, block {Heights[i]}: paid over the worth of its work", Formula(Heights[i]), drawn[i]);
            checks.Add($"window, block {Heights[i]}: paid over the worth of its work", WindowFormula(Heights[i]), windowed[i]);
        }

        checks.Add($"window, mined one turn in {Cycle}: paid less the worth of his work", 0, turns[0]);
        return new LabFindings(
            [
                new LabPlot("hopping",
                    $"What a block's shares are paid within {Length} blocks of the chain's first, over the worth of its work",
                    new LabAxis("height at which it was mined", true), new LabAxis("paid / worth", true),
                    [
                        new LabSeries("p2share",
                            [.. Heights.Select((height, i) => LabPoint.Of(height, drawn[i], Formula(height)))]),
                        new LabSeries($"window of {Window} blocks",
                            [.. Heights.Select((height, i) => LabPoint.Of(height, windowed[i], WindowFormula(height)))]),
                    ]),
            ],
            checks.All);
    }

    private static void Drawn(LabRandom random, Span<double> figures) =>
        Blocks(new DrawnPool(1, SharechainProfiles.P2Share.Maturity), random, figures);

    private static void Windowed(LabRandom random, Span<double> figures) => Blocks(new WindowPool(Window, null), random, figures);

    // The blocks that are looked at have owners of their own, all others one.
    private static void Blocks(Pool pool, LabRandom random, Span<double> figures)
    {
        Span<double> paid = stackalloc double[Heights.Length + 1];
        var next = 0;
        for (var height = 1; height <= Length; height++)
        {
            var owner = next < Heights.Length && Heights[next] == height ? next++ : Heights.Length;
            if (random.Chance(Chance))
            {
                pool.Pay(random, Heights.Length, paid);
            }

            pool.Mint(owner, Pool.Block);
        }

        for (var i = 0; i < Heights.Length; i++)
        {
            figures[i] = paid[i] / (Chance * Pool.Reward);
        }
    }

    // In a full window he mines one window's time, pauses for three, and again; what he is paid less what his work is worth.
    private static void Turns(LabRandom random, Span<double> figures)
    {
        var pool = new WindowPool(Window, null);
        Span<double> paid = stackalloc double[2];
        var found = 0;
        for (var block = 0; block < Length; block++)
        {
            var isHis = block >= Window && block < Length - Window && block / Window % Cycle == 1 && random.Chance(Hopper);
            found += isHis ? 1 : 0;
            if (random.Chance(Chance))
            {
                pool.Pay(random, 0, paid);
            }

            pool.Mint(isHis ? 1 : 0, Pool.Block);
        }

        figures[0] = (paid[1] / (Chance * Pool.Reward)) - found;
    }

    // Its shares join the draw when they are mature: what a share is worth then, times those of a block. The block before the first
    // mature one pays its finder, who is none of these.
    private static double Formula(int height)
    {
        var schedule = new IssuanceSchedule(new Amount(Pool.Block), int.MaxValue);
        var first = height + SharechainProfiles.P2Share.Maturity - 1;
        var value = ShareValue.Of(new ShareValueInputs
        {
            Rate = 0,
            HorizonYears = (Length - first) / ShareValueInputs.SecondsPerYear,
            MainIssuance = new IssuanceSchedule(new Amount(Pool.Reward), int.MaxValue),
            MainHeight = 1,
            MainSpacing = 1,
            MainWork = 1 / Chance,
            ShareIssuance = schedule,
            ShareHeight = first,
            ShareSpacing = 1,
            ShareMaturity = SharechainProfiles.P2Share.Maturity,
            ShareWork = 1,
            PoolHashrate = 1,
            Mature = height * Pool.Block,
        });
        return value.Face * Pool.Block / ShareUnits.PerShare / (Chance * Pool.Reward);
    }

    private static double WindowFormula(int height)
    {
        var value = WindowValue.Of(new WindowValueInputs
        {
            Rate = 0,
            Reward = Pool.Reward,
            MainSpacing = 1,
            MainWork = 1 / Chance,
            Window = Window,
            HashesPerShare = 1,
            PoolHashrate = 1,
            Filled = Math.Min(1, (height - 0.5) / Window),
        });

        // Of the first blocks a sum is not the integral: the chain's first is alone in its window.
        return height == 1
            ? Enumerable.Range(1, Window).Sum(j => 1.0 / j)
            : value.Face / value.FreshFace;
    }
}
