using System.Collections.Immutable;
using Market.Sharechain;

namespace Market.Lab;

/// <summary>A share in a full window from its first block to its last: what is left of it, and the chance of nothing.</summary>
internal static class ExpiryScenario
{
    private const int Window = 500;
    private static readonly double[] Ages = [0, 0.25, 0.5, 0.75, 0.9];
    private static readonly int[] Multiples = [1, 3, 10];

    public static Scenario Scenario { get; } = new(
        "expiry", "What is left of a share in a window as it ages, so what can be sold once it is mature?", "a share block", Play);

    private static LabFindings Play(LabRun run)
    {
        var checks = new CheckList();
        var (left, none) = (ImmutableArray.CreateBuilder<LabSeries>(), ImmutableArray.CreateBuilder<LabSeries>());
        for (var at = 0; at < Multiples.Length; at++)
        {
            var multiple = Multiples[at];
            var played = run.Play(
                at, Multiples.Length, 2 * Window, 3 * Ages.Length, (random, figures) => Game(multiple, random, figures));
            var values = Ages.Select(age => ValueOf(multiple, age)).ToArray();
            for (var i = 0; i < Ages.Length; i++)
            {
                var of = $"window of {multiple} x M, share of age {Ages[i]:0.##}";
                checks.Add($"{of}: paid over F", values[i].Face / values[i].FreshFace, played[i], 1e-6);
                var nothing = values[i].ChanceOfNone;
                checks.AddRare($"{of}: chance of nothing", nothing, played[Ages.Length + i], Math.Min(nothing, 1 - nothing));

                // A share block is a mainchain block or not: m (1 - c), where time that runs on evenly would make m.
                checks.Add(
                    $"{of}: squared variation", Math.Pow(values[i].CoefficientOfVariation, 2) * (1 - ChanceOf(multiple)),
                    played[(2 * Ages.Length) + i]);
            }

            var name = multiple == 1 ? "1 x M (p2poolv2)" : multiple == 3 ? "3 x M (p2pool)" : $"{multiple} x M";
            left.Add(new LabSeries(name,
                [.. Ages.Select((age, i) => LabPoint.Of(age, played[i], values[i].Face / values[i].FreshFace))]));
            none.Add(new LabSeries(name,
                [.. Ages.Select((age, i) => LabPoint.Of(age, played[Ages.Length + i], values[i].ChanceOfNone))]));
        }

        return new LabFindings(
            [
                new LabPlot("expiry-left", "What a share is still paid over F, by the part of the window that it has aged",
                    new LabAxis("age, part of the window"), new LabAxis("paid / F"), left.ToImmutable()),
                new LabPlot("expiry-none", "Chance that a share is paid nothing any more",
                    new LabAxis("age, part of the window"), new LabAxis("chance"), none.ToImmutable()),
            ],
            checks.All);
    }

    private static void Game(int multiple, LabRandom random, Span<double> figures)
    {
        var pool = new WindowPool(Window, null);
        for (var block = 1; block < Window; block++)
        {
            pool.Mint(1, Pool.Block);
        }

        pool.Mint(0, Pool.Block);
        Span<double> paid = stackalloc double[2];
        Span<double> before = stackalloc double[Ages.Length];
        for (var block = 0; block < Window; block++)
        {
            for (var i = 0; i < Ages.Length; i++)
            {
                before[i] = block == (int)(Ages[i] * Window) ? paid[0] : before[i];
            }

            if (random.Chance(ChanceOf(multiple)))
            {
                pool.Pay(random, 1, paid);
            }

            pool.Mint(1, Pool.Block);
        }

        for (var i = 0; i < Ages.Length; i++)
        {
            var over = (paid[0] - before[i]) / (ChanceOf(multiple) * Pool.Reward);
            figures[i] = over;
            figures[Ages.Length + i] = over > 0 ? 0 : 1;
            figures[(2 * Ages.Length) + i] = Math.Pow((over / (1 - Ages[i])) - 1, 2);
        }
    }

    private static double ChanceOf(int multiple) => multiple / (double)Window;

    private static WindowValue ValueOf(int multiple, double age) => WindowValue.Of(new WindowValueInputs
    {
        Rate = 0,
        Reward = Pool.Reward,
        MainSpacing = 1,
        MainWork = 1 / ChanceOf(multiple),
        Window = Window,
        HashesPerShare = 1,
        PoolHashrate = 1,
        Aged = age,
    });
}
