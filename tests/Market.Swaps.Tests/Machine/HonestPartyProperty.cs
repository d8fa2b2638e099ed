using FsCheck;
using FsCheck.Fluent;

namespace Market.Swaps.Tests.Machine;

public sealed class HonestPartyProperty
{
    private const int Runs = 300;

    [Theory]
    [InlineData(Role.Initiator)]
    [InlineData(Role.Participant)]
    public void An_honest_party_never_ends_with_neither_leg(Role honest)
    {
        var seeds = Gen.Choose(0, int.MaxValue).ToArbitrary();
        var property = Prop.ForAll(seeds, seed =>
        {
            var world = new World(seed, honest);
            var verdict = world.Run();
            return (verdict is null).Label($"seed {seed}: {verdict}\n{string.Join('\n', world.Story)}");
        });

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Runs), property);
    }

    [Fact]
    public void Without_the_time_between_the_locktimes_an_honest_participant_would_lose()
    {
        // What the property above rests on: take the delta away, and deviation pays.
        var plan = SwapPlan.Of(SwapRules.Devnet);
        var unsafePlan = plan with { LongSpan = plan.ShortSpan - plan.RevealMargin, LeastDelta = 0 };

        var seeds = Enumerable.Range(0, Runs);
        Assert.Contains(seeds, seed => new World(seed, Role.Participant, unsafePlan).Run() is not null);
    }

    [Fact]
    public void The_worlds_are_lively_enough_to_mean_something()
    {
        var phases = new HashSet<string>();
        for (var seed = 0; seed < 200; seed++)
        {
            foreach (var role in new[] { Role.Initiator, Role.Participant })
            {
                var world = new World(seed, role);
                world.Run();
                phases.UnionWith(world.Story.Select(line => line.Split(' ')[1]));
            }
        }

        SwapPhase[] met =
        [
            SwapPhase.InitiatorLocking, SwapPhase.InitiatorLocked, SwapPhase.ParticipantLocking,
            SwapPhase.ParticipantLocked, SwapPhase.Revealed, SwapPhase.Claimed, SwapPhase.Settled,
            SwapPhase.Refunding, SwapPhase.InitiatorRefunded, SwapPhase.ParticipantRefunded, SwapPhase.Refunded,
        ];
        Assert.Empty(met.Select(phase => phase.ToString()).Except(phases));
        Assert.Contains("Abandoned", phases);
    }
}
