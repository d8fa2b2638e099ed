using Market.Bitcoin;

namespace Market.Sharechain.Tests;

/// <summary>A bech32 address names its chain: what is paid on another one, its owner would never look for.</summary>
public sealed class AddressTests
{
    private static readonly Script Witness = Script.WitnessProgram(0, [.. Enumerable.Range(1, 20).Select(i => (byte)i)]);

    public static TheoryData<string> Names => [.. SharechainProfile.All.Select(row => row.Name)];

    [Fact]
    public void Every_row_and_bitcoin_write_addresses_otherwise()
    {
        string[] bitcoins = ["bc", "tb", "bcrt", "rb"];
        string[] prefixes = [.. bitcoins, .. SharechainProfile.All.Select(row => row.AddressPrefix)];
        Assert.Equal(prefixes.Length, prefixes.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_address_of_a_row_is_read_by_it_and_by_no_other(string name)
    {
        var own = SharechainProfile.Find(name)!;
        var text = BitcoinAddress.FromScript(Witness, own.Addresses).ToString();
        Assert.StartsWith(own.AddressPrefix + "1", text, StringComparison.Ordinal);
        Assert.True(BitcoinAddress.TryParse(text, own.Addresses, out var read, out _));
        Assert.Equal(Witness, read.ScriptPubKey);
        Assert.All(
            SharechainProfile.All.Where(row => row.Name != name),
            row => Assert.False(BitcoinAddress.TryParse(text, row.Addresses, out _, out _), row.Name));
    }

    [Theory]
    [InlineData("p2share", "shr", 0)]
    [InlineData("p2share-devnet", "dshr", 111)]
    [InlineData("p2share-k20", "shrk", 0)]
    [InlineData("p2share-k20-devnet", "dshrk", 111)]
    [InlineData("p2share-next", "shrn", 0)]
    [InlineData("p2share-next-devnet", "dshrn", 111)]
    public void Prefixes_stay_what_they_were_given_out_as(string name, string prefix, byte base58)
    {
        var addresses = SharechainProfile.Find(name)!.Addresses;
        Assert.Equal((prefix, base58), (addresses.Bech32Hrp, addresses.PubKeyHashPrefix));
    }

    [Theory]
    [InlineData("mainnet")]
    [InlineData("devnet")]
    public void Traded_are_rows_whose_shares_come_in_any_amount_and_expire_never_or_by_series(string network) => Assert.Equal(
        ["p2share", "p2share-k20", "p2share-weak", "p2poolv2", "p2share-next"],
        SharechainProfile.All.Select(row => row.Design).Distinct().Where(
            design => SharechainProfile.Of(network, design)!.WhyNotTraded is null));
}
