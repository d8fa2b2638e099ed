using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Tests.Wallet;

public sealed class MnemonicTests
{
    private const string Abandon =
        "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

    [Fact]
    public void The_word_list_is_exactly_BIP39s()
    {
        var text = string.Join('\n', Bip39Words.All) + "\n";
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text));

        Assert.Equal("2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda", Hex.Encode(hash));
        Assert.Equal(Bip39Words.Count, Bip39Words.All.Count);
    }

    [Fact]
    public void Entropy_of_noughts_is_the_known_phrase_and_seed()
    {
        var mnemonic = Mnemonic.FromEntropy(new byte[16]);

        Assert.Equal(Abandon, mnemonic.Reveal());
        Assert.Equal(
            "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c9"
            + "2f2cf141630c7a3c4ab7"
            + "c81b2f001698e7463b04",
            Hex.Encode(mnemonic.ToSeed("TREZOR")));
        Assert.DoesNotContain("abandon", mnemonic.ToString());
    }

    [Theory]
    [InlineData(16)]
    [InlineData(20)]
    [InlineData(24)]
    [InlineData(28)]
    [InlineData(32)]
    public void A_phrase_holds_its_entropy(int length)
    {
        var random = new Random(length);
        for (var i = 0; i < 50; i++)
        {
            var entropy = new byte[length];
            random.NextBytes(entropy);
            var phrase = Mnemonic.FromEntropy(entropy).Reveal();
            Assert.True(Mnemonic.TryParse("  " + phrase.ToUpperInvariant() + "\n", out var parsed, out _));
            Assert.Equal(entropy, parsed.ToEntropy());
        }
    }

    [Theory]
    [InlineData("", MnemonicError.WordCount)]
    [InlineData("abandon about", MnemonicError.WordCount)]
    [InlineData("abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon",
        MnemonicError.Checksum)]
    [InlineData("abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon aboot",
        MnemonicError.UnknownWord)]
    public void Refuses_what_is_no_phrase(string text, MnemonicError expected)
    {
        Assert.False(Mnemonic.TryParse(text, out _, out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void Refuses_a_passphrase_that_systems_write_differently() =>
        Assert.Throws<ArgumentException>(() => Mnemonic.FromEntropy(new byte[16]).ToSeed("é"));
}
