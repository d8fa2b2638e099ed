using System.CommandLine;
using Market.Cli.Common;

namespace Market.Cli.Tests;

/// <summary>Whether old blocks may be passed over by compact filters is said on the command line.</summary>
public sealed class FilterOptionTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("--filters on", true)]
    [InlineData("--filters off", false)]
    public void It_is_on_unless_it_is_told_off(string line, bool uses) =>
        Assert.Equal(uses, CommonOptions.FiltersOf(new RootCommand { CommonOptions.Filters }.Parse(line)));

    [Fact]
    public void Anything_else_is_refused() =>
        Assert.NotEmpty(new RootCommand { CommonOptions.Filters }.Parse("--filters some").Errors);
}
