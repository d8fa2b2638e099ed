using Market.Bitcoin;
using Market.Sharechain;
using Market.Swaps;

namespace Market.Client.Tests.Wallets;

/// <summary>Rows whose shares are sold by series leave them time to be sold.</summary>
public sealed class SeriesRoomTests
{
    [Theory]
    [InlineData("p2poolv2", "mainnet", 80)]
    [InlineData("p2poolv2-devnet", "devnet", 70)]
    [InlineData("p2poolv2-devnet", "regtest", 70)]
    public void A_series_is_listed_for_most_of_a_shares_life(string row, string network, int percent)
    {
        var profile = SharechainProfile.Find(row)!;
        var rules = SwapRules.Of(profile.On(NetworkProfile.Of(network)));
        var taken = ShareLife.Surge * ShareLife.BlocksIn(new LivesNeeded(rules).Of(Amount.Zero), profile.TargetSpacing);
        var listed = profile.Window!.MostBlocks - profile.Maturity - taken;

        Assert.InRange(100.0 * listed / profile.Window.MostBlocks, percent, 100);
        Assert.InRange(profile.SeriesLength!.Value, 1, listed);
    }

    [Theory]
    [InlineData("devnet")]
    [InlineData("regtest")]
    public void A_devnets_series_takes_a_swap_of_ten_bitcoin_for_more_than_half_of_a_shares_life(string network)
    {
        var profile = SharechainProfile.Find("p2poolv2-devnet")!;
        var needed = new LivesNeeded(SwapRules.Of(profile.On(NetworkProfile.Of(network))));
        var half = new ShareLife(1, 1, 1, 0, profile.Window!.MostBlocks / 2, profile.TargetSpacing);

        Assert.True(needed.LargestIn(half.SureSeconds) >= new Amount(10 * Amount.Coin));
    }
}
