using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet.Tests.Keys;

public sealed class ExtendedPrivateKeyTests
{
    // BIP32, test vector 1.
    private const string Seed = "000102030405060708090a0b0c0d0e0f";

    [Theory]
    [InlineData(
        "m",
        "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TG"
        + "tRBeJgk33yuGBxrMPHi")]
    [InlineData(
        "m/0'",
        "xprv9uHRZZhk6KAJC1avXpDAp4MDc3sQKNxDiPvvkX8Br5ngLNv1TxvUxt4cV1rGL5hj6KCesnDYUhd7oWgT11eZG7Xn"
        + "xHrnYeSvkzY7d2bhkJ7")]
    [InlineData(
        "m/0'/1",
        "xprv9wTYmMFdV23N2TdNG573QoEsfRrWKQgWeibmLntzniatZvR9BmLnvSxqu53Kw1UmYPxLgboyZQaXwTCg8MSY3H2E"
        + "U4pWcQDnRnrVA1xe8fs")]
    public void Derives_the_keys_of_BIP32(string path, string expected)
    {
        using var master = ExtendedPrivateKey.FromSeed(Hex.Decode(Seed));
        using var child = master.Derive(KeyPath.Parse(path));

        Assert.Equal(expected, child.ToSecretText(Network.Mainnet));
    }

    [Fact]
    public void Writes_the_public_half()
    {
        using var master = ExtendedPrivateKey.FromSeed(Hex.Decode(Seed));

        Assert.Equal(
            "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD2"
            + "65TMg7usUDFdp6W1EGMcet8",
            master.ToPublicText(Network.Mainnet));
    }

    [Fact]
    public void Keeps_its_own_key_when_a_child_is_disposed()
    {
        using var master = ExtendedPrivateKey.FromSeed(Hex.Decode(Seed));
        var before = master.Key.PublicKey.ToString();

        master.Derive(KeyPath.Master).Dispose();

        Assert.Equal(before, master.Key.PublicKey.ToString());
        Assert.NotEmpty(master.ToSecretText(Network.Mainnet));
    }

    [Fact]
    public void Prints_no_secret()
    {
        using var master = ExtendedPrivateKey.FromSeed(Hex.Decode(Seed));

        Assert.DoesNotContain("xprv", master.ToString());
    }

    [Theory]
    [InlineData(15)]
    [InlineData(65)]
    public void Refuses_a_seed_of_another_length(int length) =>
        Assert.Throws<ArgumentException>(() => ExtendedPrivateKey.FromSeed(new byte[length]));

    [Theory]
    [InlineData("m/84'/1'/0'/0/5")]
    [InlineData("m")]
    [InlineData("m/2147483647'")]
    public void A_path_reads_what_it_writes(string text) => Assert.Equal(text, KeyPath.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("m/")]
    [InlineData("m/x")]
    [InlineData("m/-1")]
    [InlineData("m/2147483648")]
    [InlineData("m//1")]
    [InlineData("n/1")]
    [InlineData("m/1H")]
    public void Refuses_what_is_no_path(string text) => Assert.False(KeyPath.TryParse(text, out _));
}
