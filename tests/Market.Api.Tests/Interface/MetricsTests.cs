using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Testing;
using Market.Testing.Chains;

namespace Market.Api.Tests.Interface;

/// <summary>What a market measures of itself is there for Prometheus where its operator said so, and nowhere else.</summary>
public sealed partial class MetricsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Chains_miners_and_market_are_measured_on_a_port_of_their_own()
    {
        var at = new IPEndPoint(IPAddress.Loopback, NodeHost.FreePort());
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync(), metrics: at, miners: true);
        await host.MineSharesAsync(7, Coins.Owner(20));
        var user = Market.Bitcoin.BitcoinAddress.FromScript(
            Market.Bitcoin.Script.P2wsh(Coins.Owner(4)), host.Shares.Network).ToString();
        await Eventually.TrueAsync(
            async () => host.Miners!.Newest?.Header.Parent.Value == (await host.Shares.GetTipAsync(Cancel)).Id,
            "work on the newest share");
        await using (var miner = await StratumClient.MiningAsync(host.Miners!.EndPoint, $"{user}.rig"))
        {
            Assert.Equal(0, await miner.SubmitAsync(miner.Wire.Mine($"{user}.rig")));
        }

        // The web server has a figure of requests once there was one.
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host.Http, "/api/v1/status"));
        using var metrics = new HttpClient { BaseAddress = new Uri($"http://{at}") };
        await Eventually.TrueAsync(
            () => host.Instruments.All[0].Tips.Tips!.Sharechain.Height == 8, "the miner's share, on top of the seven");
        var supply = (await host.Shares.GetFiguresAsync(Cancel)).Supply.Sats;
        var text = "";
        await Eventually.TrueAsync(
            async () =>
            {
                text = await metrics.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancel);
                return Figure(text, "market_shares_base_units", "") == supply;
            },
            "figures that are not older than what was mined");

        Assert.Equal(
            (await host.Shares.GetTipAsync(Cancel)).Height, Figure(text, "market_chain_height", "chain=\"p2share-devnet\""));
        Assert.Equal((await host.Main.GetTipAsync(Cancel)).Height, Figure(text, "market_chain_height", "chain=\"mainchain\""));
        Assert.Equal(1, Figure(text, "market_chain_live", "chain=\"p2share-devnet\""));
        Assert.Equal(1, Figure(text, "market_miners_results_total", "result=\"accepted\""));
        Assert.Equal(0, Figure(text, "market_miners_results_total", "result=\"stale\""));
        Assert.Equal(0, Figure(text, "market_swaps_ended_total", "end=\"failed\""));
        Assert.Equal(0, Figure(text, "market_swaps_moving", ""));
        Assert.NotNull(Figure(text, "market_miners_hashes_per_second", "over=\"5m\""));
        Assert.NotNull(Figure(text, "market_miners_difficulty", "of=\"share\""));
        Assert.NotNull(Figure(text, "market_trading_open", ""));
        Assert.DoesNotContain(user, text, StringComparison.Ordinal);
        Assert.All(await BoardFiguresAsync(), name => Assert.Contains($"\n{name}", text, StringComparison.Ordinal));

        using var other = new HttpClient { BaseAddress = metrics.BaseAddress };
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(other, "/"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(host.Http, "/metrics"));
    }

    [Fact]
    public async Task Nobody_measures_a_market_that_was_not_told_to_be()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(host.Http, "/metrics"));
        Assert.Single(host.Addresses);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, string path)
    {
        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), Cancel);
        return answer.StatusCode;
    }

    // What docker/grafana-board.json asks Prometheus for.
    private static async Task<string[]> BoardFiguresAsync()
    {
        var board = JsonNode.Parse(await File.ReadAllTextAsync(
            Path.Combine(Vectors.RepositoryRoot, "docker", "grafana-board.json"), Cancel));
        var asked = board!["panels"]!.AsArray().SelectMany(panel => panel!["targets"]?.AsArray() ?? [])
            .SelectMany(target => Named().Matches(target!["expr"]!.GetValue<string>())).Select(match => match.Value);
        // The last price is absent before the first trade, of which there is none here.
        return [.. asked.Distinct(StringComparer.Ordinal).Where(name => name != "market_trading_last_price_sats")];
    }

    [GeneratedRegex(@"\b(market|dotnet|http)_\w+(?=\{)")]
    private static partial Regex Named();

    // The value of a series by its name and one of its labels; null where there is none.
    private static double? Figure(string text, string name, string label) => Line().Matches(text)
        .Where(line => line.Groups[1].Value == name && line.Groups[2].Value.Contains(label, StringComparison.Ordinal))
        .Select(line => (double?)double.Parse(line.Groups[3].Value, CultureInfo.InvariantCulture)).SingleOrDefault();

    [GeneratedRegex(@"^(\w+)(?:\{(.*)\})? (\S+)(?: \d+)?$", RegexOptions.Multiline)]
    private static partial Regex Line();
}
