namespace Market.Bitcoin.Tests.Networks;

/// <summary>The networks by their names, against what Bitcoin Core's chainparams say of them.</summary>
public sealed class NetworkProfileTests
{
    [Theory]
    [InlineData("mainnet", "main", "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f", "bc")]
    [InlineData("testnet4", "testnet4", "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043", "tb")]
    [InlineData("signet", "signet", "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6", "tb")]
    [InlineData("regtest", "regtest", "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206", "bcrt")]
    public void A_network_begins_with_the_block_that_Bitcoin_says(string name, string core, string genesis, string prefix)
    {
        var profile = NetworkProfile.Of(name);

        Assert.Equal(Hash256.Parse(genesis), profile.Genesis.Id.Value);
        Assert.True(profile.Genesis.MeetsOwnTarget);
        Assert.Equal(core, profile.CoreName);
        Assert.Equal(prefix, profile.Addresses.Bech32Hrp);
        Assert.Same(profile, NetworkProfile.OfCore(core));
    }

    [Theory]
    [InlineData("main")]
    [InlineData("test")]
    [InlineData("testnet")]
    [InlineData("Mainnet")]
    [InlineData("mainnet ")]
    [InlineData("")]
    [InlineData(null)]
    public void A_name_that_is_no_networks_is_refused_with_those_that_are(string? name)
    {
        Assert.Null(NetworkProfile.Find(name));
        var refusal = Assert.Throws<NotSupportedException>(() => NetworkProfile.Of(name!));
        Assert.All(NetworkProfile.All, profile => Assert.Contains(profile.Name, refusal.Message));
        Assert.Equal(["mainnet", "testnet4", "signet", "regtest", "devnet"], NetworkProfile.All.Select(profile => profile.Name));
    }

    [Fact]
    public void Only_where_blocks_cost_nothing_the_markets_node_alone_is_trusted()
    {
        Assert.Equal(
            ["regtest", "devnet"],
            NetworkProfile.All.Where(profile => profile.TrustsMarketNode).Select(profile => profile.Name));
        Assert.Equal(["mainnet"], NetworkProfile.All.Where(profile => profile.IsReal).Select(profile => profile.Name));
        Assert.True(NetworkProfile.Of("mainnet").LeastWork > NetworkProfile.Of("mainnet").Genesis.Bits.Work());
    }

    [Fact]
    public void A_block_is_worth_its_subsidy()
    {
        var main = NetworkProfile.Of("mainnet");

        Assert.Equal(new Amount(312_500_000), main.WorthOfBlock(840_000));
        Assert.Equal(new Amount(625_000_000), main.WorthOfBlock(839_999));
        Assert.Equal(new Amount(2_500_000_000), NetworkProfile.Of("regtest").WorthOfBlock(150));
    }

    [Theory]
    [InlineData("mainnet", 0xf9beb4d9, 8333)]
    [InlineData("testnet4", 0x1c163f28, 48333)]
    [InlineData("signet", 0x0a03cf40, 38333)]
    [InlineData("regtest", 0xfabfb5da, 18444)]
    public void Peers_greet_with_their_networks_magic(string name, uint magic, int port)
    {
        var peers = NetworkProfile.Of(name).Peers;

        Assert.NotNull(peers);
        Assert.Equal((magic, port), (peers.Magic, peers.Port));
        Assert.Null(NetworkProfile.Of("devnet").Peers);
    }
}
