using System.Net;
using Market.Contracts;
using Market.Web.Tests.Host;

namespace Market.Web.Tests;

/// <summary>What a miner reads, as the server writes it.</summary>
public sealed class MineTests : IAsyncLifetime
{
    private const string Other = "P2SHARE-K20-BTC";

    private PageHost _host = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System) { Other = Other }.Filled());
        _http = new HttpClient { BaseAddress = new Uri(_host.Address) };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task An_address_shows_its_machines_its_shares_and_what_to_type()
    {
        var page = await ReadAsync($"/mine?address={RecordedMarket.MinerOf(RecordedMarket.First)}");
        string[] all =
        [
            "1,250.0000", "900.0000", "350.0000", "88,299,000", "98,110", "what goes beyond it brings less", // what it has
            "2.42 TH/s ±18", "2.36 TH/s ±5", "8,620", "24", "</span> × Duplicate share", "81,204", "3 h", "43 d", // its machines
            "bitaxe/BM1370", "(no name)", "<b> · away", // strangers' text is text
            $"{RecordedMarket.MinerOf(RecordedMarket.First)}.bitaxe",
            $"-o stratum+tcp://127.0.0.1:3333 -u {RecordedMarket.MinerOf(RecordedMarket.First)}.rig",
            "its own machine alone", "--stratum 0.0.0.0:3333",
        ];
        foreach (var expected in all) Assert.Contains(expected, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_address_it_says_where_to_point_a_machine()
    {
        var page = await ReadAsync("/mine");
        Assert.Contains($"{MinerSetting.NoAddress}.nerd", page, StringComparison.Ordinal);
        Assert.Contains("3.63 TH/s", page, StringComparison.Ordinal);
        Assert.Contains("accepted", page, StringComparison.Ordinal);
        Assert.DoesNotContain("role=\"alert\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_no_port_is_open_the_page_says_how_one_is_and_still_shows_the_shares()
    {
        _host.Market.Stratum = null;
        var page = await ReadAsync($"/mine?address={RecordedMarket.MinerOf(RecordedMarket.First)}");
        Assert.Contains("This server takes no miners", page, StringComparison.Ordinal);
        Assert.Contains("./market up --stratum 0.0.0.0:3333", page, StringComparison.Ordinal);
        Assert.Contains("1,250.00", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Stratum Host", page, StringComparison.Ordinal);
        Assert.DoesNotContain("since the server started", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_sharechains_address_leads_there_and_none_says_so()
    {
        var other = await ReadAsync($"/mine?address={RecordedMarket.MinerOf(Other)}");
        Assert.Contains("This is an address of p2share-k20-devnet", other, StringComparison.Ordinal);
        Assert.Contains($"/mine?address={RecordedMarket.MinerOf(Other)}&instrument={Other}", other, StringComparison.Ordinal);
        foreach (var wrong in new[] { "nonsense", new string('q', 91) })
            Assert.Contains("role=\"alert\"", await ReadAsync($"/mine?address={wrong}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0:3333", "market.example", "market.example:3333", false)]
    [InlineData("[::]:3333", "market.example", "market.example:3333", false)]
    [InlineData("127.0.0.1:3333", "market.example", "127.0.0.1:3333", true)]
    [InlineData("[::1]:3334", "market.example", "[::1]:3334", true)]
    [InlineData("192.0.2.7:3333", "market.example", "192.0.2.7:3333", false)]
    public void A_machine_is_pointed_at_where_the_server_listens(string listens, string reached, string target, bool isNear)
    {
        var setting = MinerSetting.Of(listens, reached, null)!;
        Assert.Equal((target, isNear, MinerSetting.NoAddress), (setting.Target, setting.IsNearOnly, setting.User));
        Assert.Null(MinerSetting.Of(null, reached, null));
    }

    [Theory]
    [InlineData(null, "–")]
    [InlineData(40.4, "40 s")]
    [InlineData(720.0, "12 min")]
    [InlineData(10_800.0, "3 h")]
    [InlineData(777_600.0, "9 d")]
    [InlineData(75_738_240_000.0, "2,400 years")]
    [InlineData(1e20, "over a million years")]
    public void What_is_expected_is_told_in_a_fitting_unit(double? seconds, string words) =>
        Assert.Equal(words, MinerText.Expected(seconds));

    [Theory]
    [InlineData(0.0, 1.0, "no result")]
    [InlineData(1.2e12, 0.18, "1.20 TH/s ±18\u2009%")]
    [InlineData(480_000.0, 0.004, "480 kH/s ±0.4\u2009%")]
    public void A_hash_rate_comes_with_its_error(double rate, double error, string words) =>
        Assert.Equal(words, MinerText.Rate(new MinedRate { HashesPerSecond = rate, RelativeError = error }));

    private async Task<string> ReadAsync(string path) =>
        WebUtility.HtmlDecode(await _http.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken));
}
