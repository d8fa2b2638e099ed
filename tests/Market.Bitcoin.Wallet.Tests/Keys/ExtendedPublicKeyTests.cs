namespace Market.Bitcoin.Wallet.Tests.Keys;

public sealed class ExtendedPublicKeyTests
{
    // BIP32, test vector 2.
    private const string Seed =
        "fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a29f9c999693908d8a8784817e7b78"
        + "75726f6c696663605d5a"
        + "5754514e4b484542";

    [Fact]
    public void Public_derivation_meets_private_derivation()
    {
        using var master = ExtendedPrivateKey.FromSeed(Convert.FromHexString(Seed));
        Assert.Equal(
            "xpub661MyMwAqRbcFW31YEwpkMuc5THy2PSt5bDMsktWQcFF8syAmRUapSCGu8ED9W6oDMSgv6Zz8idoc4a6mr8B"
            + "DzTJY47LJhkJ8UB7WEGuduB",
            master.ToPublic().ToText(Network.Mainnet));
        var path = KeyPath.Parse("m/0/7/2147483647");
        using var child = master.Derive(path);

        var derived = master.ToPublic().Derive(path);
        Assert.Equal(child.ToPublic(), derived);
        Assert.True(ExtendedPublicKey.TryParse(derived.ToText(Network.Regtest), Network.Regtest, out var parsed));
        Assert.Equal(derived, parsed);
        Assert.False(ExtendedPublicKey.TryParse(derived.ToText(Network.Regtest), Network.Mainnet, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => derived.Derive(KeyPath.Hardened));
    }

    [Fact]
    public void A_secret_key_reads_and_writes_the_same()
    {
        using var master = ExtendedPrivateKey.FromSeed(Convert.FromHexString(Seed));
        var text = master.ToSecretText(Network.Mainnet);
        Assert.StartsWith(
            "xprv9s21ZrQH143K31xYSDQpPDxsXRTUcvj2iNHm5NUtrGiGG5e2DtALGdso3pGz6ssrdK4PFmM8NSpSBHNqPqm55",
            text);
        Assert.True(ExtendedPrivateKey.TryParse(text, Network.Mainnet, out var parsed));
        Assert.Equal(text, parsed.ToSecretText(Network.Mainnet));
        parsed.Dispose();
        Assert.False(ExtendedPrivateKey.TryParse(text, Network.Testnet, out _));
        Assert.False(ExtendedPublicKey.TryParse(text, Network.Mainnet, out _));
    }
}
