namespace Market.Bitcoin.Wallet.Tests.Descriptors;

/// <summary>Key expressions: BIP380's vectors, BIP389's, and the forms that each place allows.</summary>
public sealed class KeyExpressionTests
{
    private const string Point = "0260b2003c386519fc9eadf2b5cf124dd8eea4c4e68d5e154050a9346ea98ce600";

    private const string Uncompressed = "04a34b99f22c790c4e36b2b3c2c35a36db06226e41c692fc82b8b56ac1c540c5bd"
        + "5b8dec5235a0fa8722476c7709c02559e3aa73aa03918ba2d492eea75abea235";

    private const string Xpub =
        "xpub6ERApfZwUNrhLCkDtcHTcxd75RbzS1ed54G1LkBUHQVHQKqhMkhgbmJbZRkrgZw4koxb5JaHWkY4ALHY2grBGRjaDMzQLcgJvLJuZZvRcEL";

    [Theory]
    [InlineData(Point)]
    [InlineData("[deadbeef]" + Point)]
    [InlineData("[deadbeef/0h/0h/0h]" + Point)]
    [InlineData("[deadbeef/0'/0h/0']" + Point)]
    [InlineData(Uncompressed)]
    [InlineData(Xpub)]
    [InlineData("[deadbeef/0h/1h/2h]" + Xpub + "/3/4/5/*")]
    [InlineData(Xpub + "/*")]
    public void Valid_expressions_are_read(string key)
    {
        Assert.True(
            Descriptor.TryParse($"pkh({key})", Network.Mainnet, out var descriptor, out var error), error.ToString());
        Assert.Equal($"pkh({key})", descriptor.Text);
        Assert.Equal(key.EndsWith('*'), descriptor.IsRanged);
    }

    [Theory]
    [InlineData("[deadbeef/0h/0h/0h/*]" + Point)]
    [InlineData("[deadbeef/0h/0h/0h/]" + Point)]
    [InlineData("[deadbef/0h/0h/0h]" + Point)]
    [InlineData("[deadbeeef/0h/0h/0h]" + Point)]
    [InlineData("[deadbeef/0f/0f/0f]" + Point)]
    [InlineData("[deadbeef/-0/-0/-0]" + Point)]
    [InlineData("[deadbeef/0H/0H/0H]" + Point)]
    [InlineData("[aaaaaaaa][aaaaaaaa]" + Xpub)]
    [InlineData("aaaaaaaa]" + Xpub)]
    [InlineData("[gaaaaaaa]" + Xpub)]
    [InlineData("[deadbeef]")]
    [InlineData(Xpub + "/2147483648")]
    [InlineData(Xpub + "/1aa")]
    [InlineData(Xpub + "/3h/*")]
    [InlineData(Xpub + "/*h")]
    [InlineData(Xpub + "/")]
    [InlineData(Xpub + "/m/1")]
    [InlineData(Xpub + "/<0;1>")]
    [InlineData("L4rK1yDtCWekvXuE6oXD9jCYfFNV2cWRpVuPLBcCU2z8TrisoyY1")]
    public void Invalid_secret_and_hardened_expressions_are_refused(string key)
    {
        Assert.False(Descriptor.TryParse($"pkh({key})", Network.Mainnet, out _, out var error));
        Assert.Equal(DescriptorError.Key, error);
    }

    [Theory]
    [InlineData("raw(deadbeef)#")]
    [InlineData("raw(deadbeef)#89f8spxmx")]
    [InlineData("raw(deadbeef)#89f8spx")]
    [InlineData("raw(deedbeef)#89f8spxm")]
    [InlineData("raw(deedbeef)##9f8spxm")]
    public void Wrong_checksums_are_refused_before_all_else(string text)
    {
        Assert.False(Descriptor.TryParse(text, Network.Mainnet, out _, out var error));
        Assert.Equal(DescriptorError.Checksum, error);
        Assert.False(Descriptor.TryParse("raw(deadbeef)", Network.Mainnet, out _, out error, requireChecksum: true));
        Assert.Equal(DescriptorError.Checksum, error);
        Assert.False(Descriptor.TryParse("raw(deadbeef)#89f8spxm", Network.Mainnet, out _, out error));
        Assert.Equal(DescriptorError.Kind, error);
    }

    [Fact]
    public void Uncompressed_keys_are_for_pkh_alone()
    {
        Assert.Equal(
            Script.P2pkh(PublicKey.Parse(Uncompressed)), Descriptor.Parse($"pkh({Uncompressed})", Network.Mainnet).ToScript());
        foreach (var text in new[] { "wpkh(K)", "sh(wpkh(K))", "wsh(pk(K))", "tr(K)", $"tr({Point},pk(K))" })
        {
            Assert.False(Descriptor.TryParse(text.Replace("K", Uncompressed), Network.Mainnet, out _, out var error));
            Assert.Equal(DescriptorError.Key, error);
        }
    }

    [Fact]
    public void A_step_of_several_numbers_is_several_descriptors()
    {
        const string Text = "wsh(multi(2,[ffffffff/13h]" + Xpub + "/<1;3>/2/*," + Xpub + "/<7;0>/*," + Point + "))";
        var checksum = DescriptorChecksum.Compute(Text);
        Assert.True(Descriptor.TryParseAll($"{Text}#{checksum}", Network.Mainnet, out var all, out _, requireChecksum: true));
        Assert.Equal(
            [Text.Replace("<1;3>", "1").Replace("<7;0>", "7"), Text.Replace("<1;3>", "3").Replace("<7;0>", "0")],
            all.Select(one => one.Text));
        Assert.NotEqual(all[0].ToScript(5), all[1].ToScript(5));

        Assert.True(Descriptor.TryParseAll($"pkh({Point})", Network.Mainnet, out all, out _));
        Assert.Equal(Script.P2pkh(PublicKey.Parse(Point)), Assert.Single(all).ToScript());
        Assert.True(Descriptor.TryParseAll($"pkh({Xpub}/<0;1;2>)", Network.Mainnet, out all, out _));
        Assert.Equal(3, all.Length);
    }

    [Theory]
    [InlineData("pkh(K/<0;1>/<2;3>)")]
    [InlineData("pkh([deadbeef/<0;1>]K/0)")]
    [InlineData("wsh(multi(2,K/<0;1;2>/*,K/<3;4>/*))")]
    [InlineData("wpkh(K/<>/*)")]
    [InlineData("wpkh(K/<0>/*)")]
    [InlineData("wpkh(K/0>/*)")]
    [InlineData("wpkh(K/<0/*)")]
    [InlineData("wpkh(K/<0;>/*)")]
    [InlineData("wpkh(K/<0;0>/*)")]
    [InlineData("wpkh(K/<0;1/2>/*)")]
    [InlineData("wpkh(K/<0;m>/*)")]
    [InlineData("wpkh(K/1<0;1>/*)")]
    [InlineData("wpkh(K/<0;1>1/*)")]
    [InlineData("wpkh(K/<0;1h>/*)")]
    public void Malformed_steps_of_several_numbers_are_refused(string text)
    {
        Assert.False(Descriptor.TryParseAll(text.Replace("K", Xpub), Network.Mainnet, out var all, out var error));
        Assert.Equal(DescriptorError.Key, error);
        Assert.Empty(all);
    }

    [Fact]
    public void A_tree_may_be_as_deep_as_taproot_allows_and_no_deeper()
    {
        Assert.True(Descriptor.TryParse(Deep(128), Network.Mainnet, out var descriptor, out var error), error.ToString());
        Assert.Equal(128, descriptor.Tree()!.Leaves.Max(leaf => leaf.Path.Length));
        Assert.False(Descriptor.TryParse(Deep(129), Network.Mainnet, out _, out _));

        static string Deep(int depth)
        {
            var leaf = $"pk({Point[2..]})";
            var tree = leaf;
            for (var i = 0; i < depth; i++)
            {
                tree = $"{{{leaf},{tree}}}";
            }

            return $"tr({Point[2..]},{tree})";
        }
    }
}
