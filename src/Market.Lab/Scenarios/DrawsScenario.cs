using System.Collections.Immutable;
using Market.Sharechain;

namespace Market.Lab;

/// <summary>Who is paid by the consensus code itself, where everybody's holding is known.</summary>
internal static class DrawsScenario
{
    private const int DrawsAGame = 2_000;

    // Each holds many outputs, half of them in turn with the others', half in a row: where a unit stands must not matter.
    private const int Outputs = 500;
    private static readonly double[] Parts = [0.5, 0.3, 0.15, 0.045, 0.004, 0.001];
    private static readonly string[] Rows = ["p2share", "p2share-k20", "p2poolv2", "p2pool"];

    public static Scenario Scenario { get; } = new(
        "draws", "Does each row pay holders by what they hold?", "a mainchain block of the pool", Play);

    private static LabFindings Play(LabRun run)
    {
        var series = ImmutableArray.CreateBuilder<LabSeries>();
        var checks = new CheckList();
        foreach (var (name, stream) in Rows.Select((row, at) => (row, at)))
        {
            var payout = SharechainProfile.Find(name)!.Payout;
            var paid = run.Play(stream, Rows.Length, DrawsAGame, Parts.Length, (random, figures) => Game(payout, random, figures));
            for (var i = 0; i < Parts.Length; i++)
            {
                checks.Add($"{name}, holder of {Parts[i]:P1}: paid part of a reward", Parts[i], paid[i], 1e-8);
            }

            series.Add(new LabSeries(
                name, [.. Parts.Select((part, i) => LabPoint.Of(part, paid[i].Times(1 / part), 1)).Reverse()]));
        }

        return new LabFindings(
            [new LabPlot("draws", "What holders are paid, over their part of the units",
                new LabAxis("part of the units", true), new LabAxis("paid part over held part"), series.ToImmutable())],
            checks.All);
    }

    private static void Game(PayoutDesign payout, LabRandom random, Span<double> figures)
    {
        var pool = Pool.Of(payout, 1, Outputs * Parts.Length);
        for (var output = 0; output < Outputs * Parts.Length; output++)
        {
            var owner = output < Outputs * Parts.Length / 2 ? output % Parts.Length : (2 * output / Outputs) - Parts.Length;
            pool.Mint(owner, (long)Math.Round(Parts[owner] * Pool.Block));
        }

        for (var draw = 0; draw < DrawsAGame; draw++)
        {
            pool.Pay(random, 0, figures);
        }

        foreach (ref var figure in figures)
        {
            figure /= DrawsAGame * (double)Pool.Reward;
        }
    }
}
