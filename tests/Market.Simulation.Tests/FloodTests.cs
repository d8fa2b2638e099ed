using Market.Simulation.Floods;
using Market.Standing;

namespace Market.Simulation.Tests;

/// <summary>A small flood through the limiter that ships.</summary>
public sealed class FloodTests
{
    private static readonly FloodOptions Small = new(Seed: 7, Keys: 2_000, Bots: 400, Seconds: 30);

    [Fact]
    public void Nobody_honest_starves_and_who_has_earned_something_is_served_at_once()
    {
        var world = new FloodWorld(Small);
        world.Run();
        Assert.True(FloodVerb.IsSound(world));
        var honest = world.Groups.Where(group => group.IsHonest).ToList();
        var newcomers = honest[0];
        Assert.True(newcomers.Served * 2 > newcomers.Asked, "newcomers are served");
        foreach (var group in honest.Where(group => group.Stored > 0))
        {
            Assert.True(group.Served * 100 >= group.Asked * 99, $"{group.Name} is served");
            Assert.True(group.Wait(0.99) < newcomers.Wait(0.99), $"{group.Name} waits less");
        }
        // A flood that offers nothing gets what is left.
        var flood = world.Groups.Single(group => group.Name == "flood of fresh keys");
        Assert.True((double)flood.Served / flood.Asked < (double)newcomers.Served / newcomers.Asked);
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        FloodWorld[] worlds = [new(Small), new(Small), new(Small with { Seed = 8 })];
        foreach (var world in worlds) world.Run();
        var runs = worlds.Select(world => string.Join(
            " ", world.Groups.Select(group => $"{group.Asked}/{group.Served}/{group.Paid}"))).ToList();
        Assert.Equal(runs[0], runs[1]);
        Assert.NotEqual(runs[0], runs[2]);
    }

    [Fact]
    public void Who_lets_swaps_fail_is_soon_as_slow_as_it_can_be_whatever_is_at_stake()
    {
        var griefer = Griefer.Of(10_000_000, 5_400_000, isFresh: false);
        Assert.Equal(Tier.Slowed, griefer.LowestTier);
        Assert.InRange(griefer.Fails, 5, 15);
        Assert.True(griefer.Satoshi / griefer.Fails > 1_000);
    }

    [Theory]
    [InlineData("--help", 0, "a flood of calls")]
    [InlineData("--keys 0", 2, "--keys is from 1 to 100000")]
    [InlineData("--bot-credits 1001", 2, "--bot-credits is from 0 to 1000")]
    [InlineData("--keys", 2, "--keys needs a whole number")]
    [InlineData("--nonsense 4", 2, "there is no --nonsense")]
    public void A_wrong_command_line_is_told(string args, int code, string words)
    {
        using var output = new StringWriter();
        Assert.Equal(code, FloodVerb.Run(args.Split(' '), output));
        Assert.Contains("market simulate floods: " + words, output.ToString(), StringComparison.Ordinal);
    }
}
