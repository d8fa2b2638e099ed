using System.CommandLine;
using Market.Cli.Common;
using Spectre.Console;

namespace Market.Cli.Tests;

public sealed class ProgramTests
{
    public static TheoryData<string> Verbs => [.. MarketProgram.BuildRoot().Subcommands.Select(verb => verb.Name)];

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Every_verb_has_help(string verb)
    {
        var command = MarketProgram.BuildRoot().Subcommands.Single(candidate => candidate.Name == verb);

        Assert.False(string.IsNullOrWhiteSpace(command.Description));
        Assert.All(command.Options, option => Assert.False(string.IsNullOrWhiteSpace(option.Description)));
        Assert.All(command.Arguments, argument => Assert.False(string.IsNullOrWhiteSpace(argument.Description)));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("wallet", "nonsense")]
    [InlineData("sell")]
    [InlineData("book", "--server", "not an address")]
    public async Task A_wrong_command_line_ends_with_2(params string[] arguments) =>
        Assert.Equal(2, await MarketProgram.RunAsync(arguments));

    [Fact]
    public async Task A_missing_market_ends_with_1() =>
        Assert.Equal(1, await MarketProgram.RunAsync(["book", "--server", "http://127.0.0.1:9"]));

    [Fact]
    public void Errors_carry_their_code()
    {
        using var result = new StringWriter();
        using var progress = new StringWriter();

        new Output(json: false, result, progress).Error("bad-price", "That is no price.");
        new Output(json: true, result, progress).Error("bad-price", "That is no price.");

        Assert.Contains("That is no price. [bad-price]", progress.ToString());
        Assert.Contains("{\"code\":\"bad-price\"", progress.ToString());
        Assert.Empty(result.ToString());
    }

    [Fact]
    public void A_pipe_gets_text_without_colours()
    {
        using var result = new StringWriter();
        new Output(json: false, result, TextWriter.Null).Result(1, console => console.MarkupLine("[red]12[/] shares"));
        Assert.Equal("12 shares", result.ToString().TrimEnd());
    }
}
