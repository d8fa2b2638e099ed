using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet.Tests.Keys;

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

    [Fact]
    public void Every_vector_of_BIP39_has_its_phrase_seed_and_key()
    {
        var patterns = new[] { 16, 24, 32 }.SelectMany(length =>
            new byte[] { 0, 0x7f, 0x80, 0xff }.Select(value => Enumerable.Repeat(value, length).ToArray()));
        string[] others =
        [
            "9e885d952ad362caeb4efe34a8e91bd2",
            "6610b25967cdcca9d59875f5cb50b0ea75433311869e930b",
            "68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c",
            "c0ba5a8e914111210f2bd131f3d5e08d",
            "6d9be1ee6ebd27a258115aad99b7317b9c8d28b6d76431c3",
            "9f6a2878b2520799a44ef18bc7df394e7061a224d2c33cd015b157d746869863",
            "23db8160a31d3e0dca3688ed941adbf3",
            "8197a4a47f0425faeaa69deebc05ca29c0a5b5cc76ceacc0",
            "066dca1a2bb7e8a1db2832148ce9933eea0f3ac9548d793112d9a95c9407efad",
            "f30f8c1da665478f49b001d94c5fc452",
            "c10ec20dc3cd9f652c7fac2f1230f7a3c828389a14392f05",
            "f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f",
        ];
        var texts = new List<string>();
        foreach (var entropy in patterns.Concat(others.Select(Hex.Decode)))
        {
            var mnemonic = Mnemonic.FromEntropy(entropy);
            var seed = mnemonic.ToSeed("TREZOR");
            using var master = ExtendedPrivateKey.FromSeed(seed);
            texts.AddRange([mnemonic.Reveal(), Hex.Encode(seed), master.ToSecretText(Network.Mainnet)]);
        }

        // The BIP's 24 English vectors: phrase, seed and master key, a line each.
        Assert.Equal("zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong", texts[9]);
        Assert.Equal(
            "95fceb7f64ae533cb794d37dce73ab30c744bac62c01d3ce127c09bf9f7e329d",
            Hex.Encode(System.Security.Cryptography.SHA256.HashData(
                System.Text.Encoding.ASCII.GetBytes(string.Join('\n', texts)))));
    }

    [Fact]
    public void A_passphrase_in_NFKD_is_taken_as_bytes()
    {
        // BIP39's Japanese passphrase; signs with a mark stand as two in this form.
        const string Decomposed = "\u30e1\u30fc\u30c8\u30eb\u30ab\u3099\u30cf\u3099\u30a6\u3099\u30a1\u306f\u309a"
            + "\u306f\u3099\u304f\u3099\u309d\u3099\u3061\u3061\u3099\u5341\u4eba\u5341\u8272";
        var mnemonic = Mnemonic.FromEntropy(new byte[16]);

        Assert.Equal(
            "ba553eedefe76e67e2602dc20184c564010859faada929a090dd2c57aacb204c"
            + "eefd15404ab50ef3e8dbeae5195aeae64b0def4d2eead1cdc728a33ced520ffd",
            Hex.Encode(mnemonic.ToSeed(System.Text.Encoding.UTF8.GetBytes(Decomposed))));
        Assert.Equal(mnemonic.ToSeed("TREZOR"), mnemonic.ToSeed("TREZOR"u8));
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
