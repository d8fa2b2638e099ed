using Market.Api.Hosting;
using Market.Chains.P2PoolV2;

namespace Market.Api.Tests.Interface;

public sealed class ServerOptionsTests
{
    [Fact]
    public void Reads_both_ways_of_writing_an_option()
    {
        var (options, error) = ServerOptions.Parse(["--urls=http://127.0.0.1:9", "--network", "regtest", "--mine", "no"]);
        Assert.Null(error);
        Assert.Equal(("http://127.0.0.1:9", "regtest", false), (options!.Urls, options.Network, options.Mine));
    }

    [Fact]
    public void A_market_for_real_coins_starts_with_a_node_and_with_its_warnings()
    {
        string[] args = ["--network", "mainnet", "--mainchain", "http://u:p@127.0.0.1:8332"];
        var (one, error) = ServerOptions.Parse(args);
        Assert.Null(error);
        Assert.Contains(one!.Warnings, warning => warning.Contains("--mainchain-second", StringComparison.Ordinal));

        var (two, _) = ServerOptions.Parse([.. args, "--mainchain-second", "http://u:p@127.0.0.1:8342"]);
        Assert.Equal(one.Warnings.Count - 1, two!.Warnings.Count);
        Assert.Empty(ServerOptions.Parse(["--network", "regtest"]).Options!.Warnings);
        Assert.Contains("8332", ServerOptions.Parse(["--network", "mainnet"]).Error);
    }

    [Fact]
    public void A_p2poolv2_node_is_named_by_its_address_with_the_sign_in_in_it()
    {
        Assert.Null(ServerOptions.Parse([]).Options!.P2PoolV2);
        var (options, error) = ServerOptions.Parse(["--p2poolv2", "https://admin:p%40ss@pool.example/api"]);
        Assert.Null(error);
        var read = P2PoolOptions.Of(options!.P2PoolV2!);
        Assert.Equal(("https://pool.example/api/", "admin", "p@ss"), (read.Address.ToString(), read.User, read.Password));
    }

    [Theory]
    [InlineData("--urls", "ftp://x")]
    [InlineData("--urls")]
    [InlineData("--network", "moon")]
    [InlineData("--mainchain", "nowhere")]
    [InlineData("--database", "nothing")]
    [InlineData("--treasury", "zz")]
    [InlineData("--pages", "maybe")]
    [InlineData("--mainchain-second", "nowhere")]
    [InlineData("--mainchain-second", "http://127.0.0.1:1")]
    [InlineData("--p2poolv2", "nowhere")]
    [InlineData("--p2poolv2", "ftp://127.0.0.1:46884")]
    [InlineData("--p2poolv2", "http://127.0.0.1:46884/?token=1")]
    [InlineData("--stratum", "pool.example")]
    [InlineData("--metrics", "127.0.0.1")]
    [InlineData("--metrics", "127.0.0.1:0")]
    [InlineData("--sharechain", "p2nothing")]
    [InlineData("--sharechain", "p2pool")]
    [InlineData("--sharechain", "p2share", "--sharechain", "p2share")]
    [InlineData("--colour", "red")]
    [InlineData("serve")]
    [InlineData("--dev", "yes", "--network", "regtest")]
    [InlineData("--network", "main", "--mainchain", "http://u:p@127.0.0.1:8332")]
    [InlineData("--network", "mainnet")]
    [InlineData("--network", "signet", "--mainchain", "embedded")]
    [InlineData("--network", "testnet4", "--mainchain", "http://u:p@127.0.0.1:48332")]
    public void Says_what_is_wrong_with_an_option(params string[] args)
    {
        var (options, error) = ServerOptions.Parse(args);
        Assert.Null(options);
        Assert.False(string.IsNullOrWhiteSpace(error));
    }
}
