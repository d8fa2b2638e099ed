namespace Market.Bitcoin.Tests;

public sealed class SigOpsTests
{
    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("ac", 1, 1)]
    [InlineData("acad", 2, 2)]
    [InlineData("ae", 20, 20)]
    [InlineData("53ae", 20, 3)]
    [InlineData("60af", 20, 16)]
    [InlineData("00ae", 20, 20)]
    [InlineData("76a914acacacacacacacacacacacacacacacacacacacac88ac", 1, 1)]
    [InlineData("4c02acacac", 1, 1)]
    [InlineData("4d0200acacac", 1, 1)]
    [InlineData("4e02000000acacac", 1, 1)]
    [InlineData("ac05acac", 1, 1)]
    [InlineData("ac4c05acac", 1, 1)]
    [InlineData("ac4dac", 1, 1)]
    [InlineData("ac4e050000", 1, 1)]
    [InlineData("ac4effffffffac", 1, 1)]
    [InlineData("5301acae", 20, 20)]
    public void Counts_what_a_script_may_check_up_to_a_push_cut_short(string hex, int inaccurate, int accurate)
    {
        Assert.Equal(inaccurate, SigOps.Count(Script.FromHex(hex), accurate: false));
        Assert.Equal(accurate, SigOps.Count(Script.FromHex(hex), accurate: true));
    }
}
