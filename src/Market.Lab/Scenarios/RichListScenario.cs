using System.Collections.Immutable;
using Market.Sharechain;

namespace Market.Lab;

/// <summary>A window that pays its 20 largest: what the rich gain by splitting, and what a bought share adds.</summary>
internal static class RichListScenario
{
    private const double Rich = 0.3;
    private const int Others = 200;
    private const int Slots = 20;
    private const int Window = 4_000;
    private const int Length = 4_000;
    private const double Chance = 0.02;
    private const int BuyWindow = 2_000;
    private const int BuySlots = 6;
    private const int Buyer = 3;
    private const int FirstSeller = 9;
    private static readonly int[] Scripts = [1, 2, 5, 10, 15, 20];

    public static Scenario Scenario { get; } = new(
        "richlist",
        "What does a rich miner take who fills the N slots and buys nothing, and what does a share add that he does buy?",
        "a share block", Play);

    private static LabFindings Play(LabRun run)
    {
        var checks = new CheckList();
        var (his, theirs) = (ImmutableArray.CreateBuilder<LabPoint>(), ImmutableArray.CreateBuilder<LabPoint>());
        for (var at = 0; at < Scripts.Length; at++)
        {
            var scripts = Scripts[at];
            var played = run.Play(at, Scripts.Length + 1, Window + Length, 2, (random, figures) => Split(scripts, random, figures));
            var all = scripts == Slots;
            double? mine = all ? new TopSlots(1, Rich, 0).BetweenInsiders : null;
            his.Add(LabPoint.Of(scripts, played[0], mine));
            theirs.Add(LabPoint.Of(scripts, played[1], all ? 0 : null));
            if (mine is { } formula)
            {
                checks.Add($"rich miner of {Rich:P0} in {scripts} scripts: paid over worth", formula, played[0]);
            }
        }

        var parts = WindowScenario.Geometric();
        var bought = parts[FirstSeller..].Sum();
        var gain = run.Play(Scripts.Length, Scripts.Length + 1, BuyWindow + Length, 1,
            (random, figures) => figures[0] = Gain(random, bought))[0];

        // The mean of S (S_top - x) / S_top^2 from before to after is its value half way, to the second order.
        var (top, held) = (parts[..BuySlots].Sum(), parts[Buyer]);
        checks.Add(
            $"insider of {held:P1} who buys {bought:P1} of the window from below the cut: gain over worth",
            new TopSlots(1, top + (bought / 2), held + (bought / 2)).Added, gain);
        return new LabFindings(
            [
                new LabPlot("richlist",
                    $"A miner of {Rich:P0} of the hashrate splits over scripts, {Others} others of 0.35% each, {Slots} slots",
                    new LabAxis("scripts of the rich miner"), new LabAxis("paid / worth"),
                    [new LabSeries("the rich miner", his.ToImmutable()), new LabSeries("all others", theirs.ToImmutable())]),
            ],
            checks.All);
    }

    private static void Split(int scripts, LabRandom random, Span<double> figures)
    {
        var pool = new WindowPool(Window, Slots);
        var miners = new Miners([.. Enumerable.Repeat(Rich / scripts, scripts), .. Enumerable.Repeat((1 - Rich) / Others, Others)]);
        Span<double> paid = stackalloc double[miners.Count];
        for (var block = 0; block < Window + Length; block++)
        {
            if (block >= Window && random.Chance(Chance))
            {
                pool.Pay(random, 0, paid);
            }

            pool.Mint(miners.Next(random), Pool.Block);
        }

        for (var i = 0; i < miners.Count; i++)
        {
            figures[i < scripts ? 0 : 1] += paid[i] / (Chance * Length * Pool.Reward * (i < scripts ? Rich : 1 - Rich));
        }
    }

    // The same blocks twice: once the small keep their shares, once the insider has bought them all.
    private static double Gain(LabRandom random, double bought)
    {
        var (kept, sold) = (new WindowPool(BuyWindow, BuySlots), new WindowPool(BuyWindow, BuySlots));
        var miners = new Miners(WindowScenario.Geometric());
        Span<double> without = stackalloc double[miners.Count];
        Span<double> with = stackalloc double[miners.Count];
        for (var block = 0; block < BuyWindow + Length; block++)
        {
            var finder = miners.Next(random);
            if (block >= BuyWindow && random.Chance(Chance))
            {
                kept.Pay(random, finder, without);
                sold.Pay(random, finder, with);
            }

            kept.Mint(finder, Pool.Block);
            sold.Mint(finder >= FirstSeller ? Buyer : finder, Pool.Block);
        }

        return (with[Buyer] - without[Buyer]) / (Chance * Length * Pool.Reward * bought);
    }
}
