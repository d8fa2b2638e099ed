using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Http;
using Market.Chains.Light;
using Market.Chains.Mainchain;
using Market.Chains.Rpc;
using Market.Chains.Shares;
using Market.Testing.Chains;

namespace Market.Client.Tests.Sources;

/// <summary>Which sources are enough, what is said of those that are not, and that nobody who is away is waited for.</summary>
public sealed class ChainSourcesTests : IAsyncLifetime
{
    private static readonly Uri Server = new("http://market.example/");
    private static readonly Uri Other = new("http://other.example/");
    private static readonly RpcOptions Node = RpcOptions.Of(new Uri("http://u:p@127.0.0.1:1"));

    private readonly Market.Testing.Chains.ManualClock _clock = new();
    private EmbeddedMainchain _main = null!;
    private ShareNode _shares = null!;
    private NodeHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _main = await Lab.MainchainAsync(_clock);
        _shares = await ShareLab.NodeAsync(_main, _clock);
        _host = new NodeHost(new NodeHttpService(_main, _shares));
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _shares.DisposeAsync();
        await _main.DisposeAsync();
    }

    [Theory]
    [InlineData("mainnet")]
    [InlineData("signet")]
    public void Where_coins_are_not_free_the_markets_node_is_no_source_by_itself(string network)
    {
        var alone = new ChainSources { Network = network, Server = Server };
        Assert.Contains("--peers", alone.WhyNot(), StringComparison.Ordinal);
        Assert.Contains("can take", alone.WhyNot(), StringComparison.Ordinal);
        Assert.Contains("--shares", (alone with { Node = Node }).WhyNot(), StringComparison.Ordinal);
        Assert.Contains("--shares", (alone with { Node = Node, Shares = [Server] }).WhyNot(), StringComparison.Ordinal);
        Assert.Contains("--mainchain", (alone with { Shares = [Other] }).WhyNot(), StringComparison.Ordinal);

        var own = alone with { Node = Node, Shares = [Other] };
        Assert.Null(own.WhyNot());
        Assert.True(own.AreOwn);
        Assert.Null((own with { Server = null }).WhyNot());
        Assert.Null((own with { Node = null, Peers = _ => throw new InvalidOperationException("Not to be opened.") }).WhyNot());
        Assert.Null((alone with { TrustServer = true }).WhyNot());
        Assert.False((alone with { TrustServer = true }).AreOwn);
    }

    [Theory]
    [InlineData("devnet")]
    [InlineData("regtest")]
    public void Where_blocks_are_free_it_is(string network) =>
        Assert.Null(new ChainSources { Network = network, Server = Server }.WhyNot());

    [Fact]
    public void What_cannot_be_opened_is_said()
    {
        var misnamed = new ChainSources { Network = "main", Server = Server };
        Assert.Contains("mainnet, testnet4", misnamed.WhyNot(), StringComparison.Ordinal);
        Assert.NotNull(new ChainSources { Network = "testnet4", Server = Server, TrustServer = true }.WhyNot());
        Assert.NotNull(new ChainSources { Network = "devnet" }.WhyNot());
        Assert.NotNull(new ChainSources { Network = "devnet", Shares = [Other] }.WhyNot());
        Uri[] many = [.. Enumerable.Range(1, 17).Select(i => new Uri($"http://127.0.0.1:{i}"))];
        Assert.NotNull(new ChainSources { Network = "devnet", Server = Server, Shares = [.. many] }.WhyNot());
        Assert.Equal(2, new ChainSources { Network = "devnet", Server = Server, Shares = [Other, Server, Other] }.AllShares.Length);
    }

    [Fact]
    public async Task A_market_that_is_away_is_not_waited_for_where_there_are_others()
    {
        await ShareLab.MineAsync(_shares, _clock, 3, Coins.Owner(20));
        await using var set = await ChainSet.OpenAsync(Away() with { Shares = [_host.Address] }, _clock);
        await set.WaitLiveAsync(TestContext.Current.CancellationToken);
        Assert.Equal(await _shares.GetTipAsync(), await set.Sharechain.GetTipAsync());
        Assert.Equal(await _main.GetTipAsync(), await set.Mainchain.GetTipAsync());
        Assert.Equal(2, set.SourcesOf(ChainKind.Sharechain).Length);
        Assert.Null(await set.WhyStaleAsync(ChainKind.Mainchain));
        Assert.Null(await set.WhyStaleAsync(ChainKind.Sharechain));
    }

    [Fact]
    public async Task A_chain_whose_sources_are_all_away_is_stale_and_the_other_is_not()
    {
        await using var set = await ChainSet.OpenAsync(Away(), _clock);
        await Eventually.TrueAsync(async () => await set.WhyStaleAsync(ChainKind.Mainchain) is null, "Bitcoin to be read");
        await Eventually.TrueAsync(
            async () => await set.WhyStaleAsync(ChainKind.Sharechain) is { } words
                && words.Contains("does not answer", StringComparison.Ordinal),
            "the sharechain to be told as stale");
    }

    [Fact]
    public async Task Shares_that_build_on_a_mainchain_that_is_not_the_own_one_are_stale()
    {
        await ShareLab.MineAsync(_shares, _clock, 3, Coins.Owner(20));
        await using var set = await ChainSet.OpenAsync(Away() with { Shares = [_host.Address] }, _clock);
        await set.WaitLiveAsync(TestContext.Current.CancellationToken);
        Assert.Null(await set.WhyStaleAsync(ChainKind.Sharechain));

        // The mainchain block that the newest share builds on loses.
        await _main.MineForkAsync((await _main.GetTipAsync()).Height - 4, 9);
        await Eventually.TrueAsync(
            async () => await set.WhyStaleAsync(ChainKind.Sharechain) is { } words
                && words.Contains("best chain", StringComparison.Ordinal),
            "the shares to be told as stale");
    }

    // Bitcoin over a source of its own, the market on a port where nobody listens.
    private ChainSources Away() => new()
    {
        Network = "regtest",
        Server = new Uri($"http://127.0.0.1:{NodeHost.FreePort()}/"),
        Peers = _ => new LightMainchain(
            NetworkProfile.Of("regtest"), new HttpLightSource(_host.Client(), TimeProvider.System), _clock,
            new LightOptions { PollInterval = TimeSpan.FromMilliseconds(200) }),
    };
}
