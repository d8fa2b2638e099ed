using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
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

    [Fact]
    public void A_share_is_a_coin_and_its_chains_block_is_a_share_block()
    {
        var said = Texts(MarketProgram.BuildRoot()).ToList();
        Assert.Contains(said, text => text.Contains("share block", StringComparison.Ordinal));
        Assert.DoesNotContain(
            said, text => Regex.IsMatch(
                text, "(next|accepted|found) shares?\\b(?! block)|shares? (accepted|that takes|that its miners find)"));
        Assert.Empty(MarketProgram.BuildRoot().Parse(["mine", "--blocks", "1"]).Errors);
        Assert.Empty(MarketProgram.BuildRoot().Parse(["mine", "--shares", "1"]).Errors);
    }

    private static IEnumerable<string> Texts(Command command) =>
    [
        command.Description ?? "", .. command.Options.Select(option => option.Description ?? ""),
        .. command.Arguments.Select(argument => argument.Description ?? ""), .. command.Subcommands.SelectMany(Texts),
    ];

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
    [InlineData("--json", "nonsense")]
    [InlineData("book", "--nonsense", "--json")]
    [InlineData("sell", "1", "98120", "--price", "98130", "--json=true")]
    public async Task A_wrong_command_line_is_told_as_JSON_where_that_is_asked_for(params string[] arguments)
    {
        var (code, result, error) = await CapturedConsole.RunAsync(arguments);
        Assert.Equal((2, ""), (code, result));
        using var told = JsonDocument.Parse(Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal("bad-command-line", told.RootElement.GetProperty("code").GetString());
        Assert.Contains("See: market", told.RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

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
        Environment.SetEnvironmentVariable("MARKET_PASSPHRASE", "a few words");
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
    public void A_pipe_gets_each_line_whole()
    {
        var words = string.Join(' ', Enumerable.Repeat("word", 100));
        using var result = new StringWriter();
        new Output(json: false, result, TextWriter.Null).Result(1, console =>
        {
            console.WriteLine(words);
            console.Write(new Padder(new Text(words), new Padding(2, 0, 0, 0)));
            console.Write(new Table().Border(TableBorder.None).HideHeaders().AddColumns("a", "b").AddRow("cell", words));
        });
        Assert.Equal(
            [words, $"  {words}", $"cell {words}"],
            result.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd()));
        Assert.All(result.ToString().Split('\n'), line => Assert.InRange(line.Length, 0, words.Length + 10));
    }

    [Fact]
    public void A_pipe_gets_text_without_colours()
    {
        using var result = new StringWriter();
        new Output(json: false, result, TextWriter.Null).Result(1, console => console.MarkupLine("[red]12[/] shares"));
        Assert.Equal("12 shares", result.ToString().TrimEnd());
    }
}
