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
    [InlineData("up", "--urls", "nonsense")]
    [InlineData("up", "--urls", "http://127.0.0.1:0")]
    [InlineData("wallet", "create", "--network", "regtst")]
    [InlineData("sell", "1", "98120", "--price", "98130")]
    public async Task A_wrong_command_line_ends_with_2(params string[] arguments) =>
        Assert.Equal(2, await MarketProgram.RunAsync(arguments));

    [Theory]
    [InlineData("mine", "--shares", "0")]
    [InlineData("mine", "--rate", "-1")]
    public async Task A_number_that_makes_no_sense_ends_with_1(params string[] arguments) =>
        Assert.Equal(1, await MarketProgram.RunAsync(arguments));

    [Fact]
    public async Task A_missing_market_ends_with_1() =>
        Assert.Equal(1, await MarketProgram.RunAsync(["book", "--server", "http://127.0.0.1:9"]));

    [Fact]
    public async Task A_folder_that_cannot_be_written_ends_with_1()
    {
        var file = Path.GetTempFileName();
        Environment.SetEnvironmentVariable("MARKET_PASSPHRASE", "a word");
        Assert.Equal(1, await MarketProgram.RunAsync(["wallet", "create", "--wallet", Path.Combine(file, "wallet")]));
        File.Delete(file);
    }

    [Fact]
    public async Task A_port_that_another_program_has_ends_up_with_1_before_anything_is_started()
    {
        using var other = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        var data = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        Assert.Equal(1, await MarketProgram.RunAsync(["up", "--urls", $"http://{other.LocalEndpoint}", "--data", data]));
        Assert.Empty(Directory.GetFileSystemEntries(data));
        Directory.Delete(data);
    }

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
