using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Mining;
using Market.Chains.Stratum;
using Market.Cli.Verbs;
using Market.Testing.Chains;
using Spectre.Console;

namespace Market.Cli.Tests;

public sealed class MinersCommandTests
{
    private static readonly string Nobody = BitcoinAddress.FromScript(
        Script.FromHex("0014" + new string('0', 40)), Network.SharechainDevnet).ToString();

    [Fact]
    public void What_a_miner_calls_itself_moves_no_terminals_cursor() => Assert.Equal(
        "rig[2J bosminer (away)",
        MinersCommand.Name(new MinersWorker(
            "rig\u001b[2J", "bos\u0007miner", 0, null, 0, 0, ImmutableSortedDictionary<string, long>.Empty, 0, 0, [])));

    [Fact]
    public async Task A_devnet_that_is_mined_lets_miners_in_and_tells_of_them()
    {
        var stratum = new StratumOptions { Listen = new IPEndPoint(IPAddress.Loopback, NodeHost.FreePort()) };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var mining = RowDevnet.MineAsync(
            new RowRun("p2share-devnet") { HashesPerSecond = 50_000, Stratum = stratum }, _ => { }, TimeProvider.System,
            stop.Token);
        var report = await AskAsync(stratum.Listen);
        var chain = Assert.Single(report.Sharechains);
        Assert.Equal("p2share-devnet", chain.Sharechain);
        Assert.True(chain.ShareDifficulty > 0);
        Assert.True(chain.MainDifficulty > chain.ShareDifficulty);
        Assert.Empty(chain.Workers);
        var at = stratum.Listen.ToString();
        Assert.Equal(0, await MarketProgram.RunAsync(["miners", "--stratum", at]));
        Assert.Equal(0, await MarketProgram.RunAsync(["miners", Nobody, "--stratum", at, "--json"]));
        Assert.Equal(1, await MarketProgram.RunAsync(["miners", "bc1of-another-chain", "--stratum", at]));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => mining);
        Assert.Equal(1, await MarketProgram.RunAsync(["miners", "--stratum", at]));
    }

    [Fact]
    public void Workers_are_shown_with_their_figures_and_what_is_left_out_is_said()
    {
        var at = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        var rate = new HashRate(1.2e12, 0.18, 300);
        var worker = new MinersWorker(
            "rig", "bitaxe", 2, at, 4_310, 12, ImmutableSortedDictionary<string, long>.Empty.Add("Duplicate", 3), 81_204.5, 17,
            [rate, rate, rate]);
        var chain = new MinersChain(
            "p2poolv2-devnet", 3, null, 3_540, 1_048_576, [worker], 2_500,
            [new MinersBlock(at, new string('a', 64), "accepted")]);
        var waiting = new MinersChain("p2share-devnet", 0, "The sharechain is being fetched.", null, null, [], 0, []);
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = 200;
        MinersCommand.Draw(console, new MinersReport(4, [chain, waiting]));
        var shown = text.ToString();
        foreach (var part in (string[])
        [
            "4 connections in all.", "p2poolv2-devnet: 3 connections. Work is given out.", "rig bitaxe", "1.2 TH/s +-18 %", "4,310",
            "12", "Duplicate 3", "17", "8.12E+04", "13 s", "These are 1 of 2,500 workers", "a Bitcoin block in 63 min",
            "accepted", "p2share-devnet: 0 connections. The sharechain is being fetched.",
        ])
        {
            Assert.Contains(part, shown, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Where_miners_connect_is_an_address_and_a_port()
    {
        Assert.Equal(2, await MarketProgram.RunAsync(["miners", "--stratum", "pool.example"]));
        Assert.Equal(2, await MarketProgram.RunAsync(["chain", "mine", "--stratum", "here"]));
    }

    [Fact]
    public async Task What_is_no_Stratum_server_of_a_market_is_named()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var answering = Task.Run(
            async () =>
            {
                using var client = await other.AcceptTcpClientAsync();
                await client.GetStream().WriteAsync("{\"id\":1,\"result\":null,\"error\":[20,\"Unknown\",null]}\n"u8.ToArray());
                Assert.True(await client.GetStream().ReadAsync(new byte[1_000]) > 0);
            },
            TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<ChainUnavailableException>(() => AskOnceAsync((IPEndPoint)other.LocalEndpoint));
        Assert.Contains("no Stratum server of a market", error.Message, StringComparison.Ordinal);
        await answering;
    }

    [Theory]
    [InlineData(0, 1, "-")]
    [InlineData(80_000, 0.5, "80 kH/s +-50 %")]
    [InlineData(1.234e12, 0.18, "1.23 TH/s +-18 %")]
    [InlineData(3e20, 0.01, "300 EH/s +-1 %")]
    public void A_hash_rate_is_told_with_its_error(double rate, double error, string words) =>
        Assert.Equal(words, MinersCommand.Words(new HashRate(rate, error, 300)));

    [Theory]
    [InlineData(null, "-")]
    [InlineData(40.0, "40 s")]
    [InlineData(720.0, "12 min")]
    [InlineData(10_800.0, "3 h")]
    [InlineData(777_600.0, "9 days")]
    [InlineData(75_686_400_000.0, "2,400 years")]
    public void A_time_is_told_in_the_unit_that_people_would(double? seconds, string words) =>
        Assert.Equal(words, MinersCommand.Words(seconds));

    [Fact]
    public void What_is_expected_follows_from_difficulty_and_rate()
    {
        Assert.Null(MinersReport.Expected(null, 1));
        Assert.Null(MinersReport.Expected(1, 0));
        Assert.Equal(10, MinersReport.Expected(2, StratumDifficulty.Hashes / 5)!.Value, 6);
    }

    private static async Task<MinersReport> AskAsync(IPEndPoint at)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                var report = await AskOnceAsync(at);
                if (report.Sharechains.All(chain => chain.Waiting is null))
                {
                    return report;
                }
            }
            catch (ChainUnavailableException) when (tries < 600)
            {
                // Its first blocks are being mined.
            }

            Assert.True(tries < 600, string.Create(CultureInfo.InvariantCulture, $"Waited in vain for work at {at}."));
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    private static Task<MinersReport> AskOnceAsync(IPEndPoint at) => StratumQuery.AskAsync(
        at.Address.ToString(), at.Port, null, TimeProvider.System, TestContext.Current.CancellationToken);
}
