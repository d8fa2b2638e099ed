using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Sharechain;

namespace Market.Chains.Tests.Mainchain;

/// <summary>What stands in <see cref="NetworkProfile"/> is what the chains themselves go by.</summary>
public sealed class NetworkFiguresTests
{
    public static TheoryData<string> Names => [.. NetworkProfile.All.Select(profile => profile.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_sharechain_moves_as_the_network_says(string name)
    {
        var profile = NetworkProfile.Of(name);
        var shares = SharechainProfile.Of(name);

        Assert.Equal(profile.Sharechain, shares.Name);
        Assert.Equal(profile.ShareSpacing, shares.TargetSpacing);
        Assert.Equal(profile.ShareMaxFutureSeconds, shares.MaxFutureSeconds);
        Assert.Equal(profile, shares.On(profile));
    }

    [Fact]
    public void The_embedded_mainchains_are_those_of_the_profile()
    {
        foreach (var name in new[] { "devnet", "regtest" })
        {
            var parameters = MainParameters.Find(name)!;

            Assert.Same(NetworkProfile.Of(name), parameters.Profile);
            Assert.Equal(parameters.Profile.Genesis, parameters.Genesis.Header);
        }

        Assert.Null(MainParameters.Find("mainnet"));
    }
}
