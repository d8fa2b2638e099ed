namespace Market.Simulation.Tests;

/// <summary>The command line `market simulate`.</summary>
public sealed class SimulateVerbTests
{
    private readonly StringWriter _output = new();

    [Fact]
    public void Seeds_without_a_loss_exit_with_0()
    {
        Assert.Equal(SimulateVerb.Safe, Run("--seeds", "20", "--threads", "1"));
        Assert.Contains("20 of 20 seeds", _output.ToString());
    }

    [Fact]
    public void A_loss_exits_with_1_and_is_told_with_its_seed_and_what_happened()
    {
        Assert.Equal(SimulateVerb.Lost, Run("--seeds", "200", "--without", "law-5", "--losses", "1", "--threads", "1"));

        var told = _output.ToString();
        Assert.Contains("SEED ", told);
        Assert.Contains("lost its leg", told);
        Assert.Contains("writes down a Claim", told);
    }

    [Fact]
    public void One_seed_is_told_in_words()
    {
        Assert.Equal(SimulateVerb.Safe, Run("--seed", "1"));
        Assert.Contains("takes the terms", _output.ToString());
    }

    [Theory]
    [InlineData("--seeds")]
    [InlineData("--seeds", "0")]
    [InlineData("--seeds", "-1")]
    [InlineData("--without", "law-7")]
    [InlineData("--without", "5")]
    [InlineData("--threads", "0")]
    [InlineData("--loops", "3")]
    public void A_wrong_command_line_exits_with_2(params string[] args) => Assert.Equal(SimulateVerb.Usage, Run(args));

    [Fact]
    public void Help_names_every_option()
    {
        Assert.Equal(SimulateVerb.Safe, Run("--help"));
        Assert.All(
            ["--seeds", "--from", "--seed ", "--without", "--threads", "--losses"],
            option => Assert.Contains(option, _output.ToString()));
    }

    private int Run(params string[] args) => SimulateVerb.Run(args, _output);
}
