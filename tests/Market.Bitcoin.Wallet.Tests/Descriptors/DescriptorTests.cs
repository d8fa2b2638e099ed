namespace Market.Bitcoin.Wallet.Tests.Descriptors;

public sealed class DescriptorTests
{
    private const string Point = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";

    [Theory]
    [InlineData("raw(deadbeef)", "89f8spxm")]
    [InlineData("pkh(02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5)", "8fhd9pwu")]
    public void The_checksum_is_Bitcoin_Cores(string text, string checksum)
    {
        Assert.Equal(checksum, DescriptorChecksum.Compute(text));
        Assert.NotEqual(checksum, DescriptorChecksum.Compute(text.Replace('e', 'f')));
    }

    [Fact]
    public void Single_key_descriptors_make_their_scripts()
    {
        var key = PublicKey.Parse(Point);

        Assert.Equal(Script.P2pkh(key), Descriptor.Parse($"pkh({Point})#8fhd9pwu", Network.Mainnet).ToScript());
        Assert.Equal(Script.P2wpkh(key), Descriptor.Parse($"wpkh({Point})", Network.Mainnet).ToScript());
        Assert.Equal(
            Script.P2sh(Script.P2wpkh(key)), Descriptor.Parse($"sh(wpkh({Point}))", Network.Mainnet).ToScript());
        Assert.Equal(Taproot.ToScript(key.XOnly), Descriptor.Parse($"tr({Point[2..]})", Network.Mainnet).ToScript());
    }

    [Fact]
    public void A_ranged_descriptor_makes_BIP84s_addresses_and_names_each_keys_origin()
    {
        // BIP84's test vector: "abandon ... about".
        using var master = ExtendedPrivateKey.FromSeed(Mnemonic.FromEntropy(new byte[16]).ToSeed());
        using var account = master.Derive(KeyPath.Parse("m/84'/0'/0'"));
        var xpub = account.ToPublic().ToText(Network.Mainnet);
        var descriptor = Descriptor.Parse($"wpkh([{master.Fingerprint:x8}/84'/0'/0']{xpub}/0/*)", Network.Mainnet);

        Assert.True(descriptor.IsRanged);
        Assert.Equal("bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu", Address(descriptor, 0));
        Assert.Equal("bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g", Address(descriptor, 1));
        var psbt = Psbt.Create(Spender.Spend(descriptor.ToScript(1)).Transaction);
        descriptor.UpdateInput(psbt.Inputs[0], 1);
        var origin = Assert.Single(psbt.Inputs[0].Of(PsbtInputType.Origin));
        Assert.Equal(
            $"{master.Fingerprint:x8}540000800000008000000080" + "0000000001000000",
            Convert.ToHexStringLower(origin.Value.Span));
        Assert.Equal(descriptor.ToString(), Descriptor.Parse(descriptor.ToString(), Network.Mainnet).ToString());
    }

    [Fact]
    public void BIP86s_first_address_is_a_taproot_descriptors()
    {
        using var master = ExtendedPrivateKey.FromSeed(Mnemonic.FromEntropy(new byte[16]).ToSeed());
        using var account = master.Derive(KeyPath.Parse("m/86'/0'/0'"));
        var descriptor = Descriptor.Parse($"tr({account.ToPublic().ToText(Network.Mainnet)}/0/*)", Network.Mainnet);

        Assert.Equal("bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr", Address(descriptor, 0));
    }

    [Theory]
    [InlineData(
        "pkh(02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5)#8fhd9pwv", DescriptorError.Checksum)]
    [InlineData("combo(02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5)", DescriptorError.Kind)]
    [InlineData("wpkh(03ff)", DescriptorError.Key)]
    [InlineData("wpkh(KzrA86mCVMGWnLGBQu9yzQa32qbxb5dvSK4XhyjjGAWSBKYX4rHx)", DescriptorError.Key)]
    [InlineData("wsh(older(5))", DescriptorError.Script)]
    [InlineData("wsh(pk([zz]00))", DescriptorError.Key)]
    [InlineData("wpkh(\u00e9)", DescriptorError.Malformed)]
    [InlineData(
        "tr(50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0,{pk(00)})", DescriptorError.Script)]
    public void What_is_no_descriptor_is_refused(string text, DescriptorError expected)
    {
        Assert.False(Descriptor.TryParse(text, Network.Mainnet, out _, out var error));
        Assert.Equal(expected, error);
    }

    private static string Address(Descriptor descriptor, uint index) =>
        BitcoinAddress.FromScript(descriptor.ToScript(index), Network.Mainnet).ToString();
}
