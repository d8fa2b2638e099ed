using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Client.Keys;
using Market.Client.Wallets;

namespace Market.Client.Tests.Keys;

public sealed class SeedFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("market-seed").FullName;

    private string Path => System.IO.Path.Combine(_folder, "wallet", "seed.json");

    [Fact]
    public void A_passphrase_whose_bytes_are_no_text_makes_no_wallet()
    {
        using var seed = Seed.Create();
        // What the system makes of strange bytes, and half a character.
        foreach (var passphrase in new[] { "na\uFFFDve", "na\uD800ve" })
            Assert.Equal(SeedFileError.UnreadablePassphrase, Error(() => SeedFile.Create(Path, seed, passphrase, "devnet")));
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public void Opens_what_it_made()
    {
        using var seed = Seed.Create();
        SeedFile.Create(Path, seed, "correct horse", "devnet");

        var (opened, network) = SeedFile.Open(Path, "correct horse");

        Assert.Equal(seed.Secret, opened.Secret);
        Assert.Equal("devnet", network);
        opened.Dispose();
    }

    // As version 1 wrote it: the bytes 1 to 32 under "old passphrase".
    private const string OfVersion1 = """
        {
          "version": 1,
          "network": "devnet",
          "kdf": "pbkdf2-sha512",
          "rounds": 600000,
          "salt": "2b3f039b9a38bdc5f30c2d7a5b5ad93b",
          "nonce": "d5b44b75f7dd1874d338e255",
          "cipher": "b7eaf23b81a9d42dc235c2911279bd9f2d5e79a2bc8481dec698caff246f5acc",
          "tag": "f500f729e3c83c5dfa454160f55198b2"
        }
        """;

    [Fact]
    public void A_file_of_before_there_were_words_opens_and_has_none()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        File.WriteAllText(Path, OfVersion1);

        var (seed, network) = SeedFile.Open(Path, "old passphrase");

        Assert.Equal("devnet", network);
        Assert.Equal(Enumerable.Range(1, 32).Select(i => (byte)i).ToArray(), seed.Secret.ToArray());
        Assert.False(seed.HasWords);
        Assert.Null(seed.Words);
        Assert.Equal(SeedFileError.WrongPassphrase, Error(() => SeedFile.Open(Path, "new passphrase")));
        seed.Dispose();
    }

    [Theory]
    [InlineData(12)]
    [InlineData(24)]
    public void The_words_that_were_shown_make_the_same_wallet_again(int words)
    {
        using var made = Seed.Create(words, bornAt: 1_800_000_000);
        SeedFile.Create(Path, made, "p", "devnet");
        var (opened, _) = SeedFile.Open(Path, "p");
        var phrase = opened.Words!.Reveal();
        Assert.True(Mnemonic.TryParse(phrase, out var read, out _));
        using var restored = new Seed(read);
        using var keys = new WalletKeys(made, "devnet");
        using var again = new WalletKeys(restored, "devnet");

        Assert.Equal(words, phrase.Split(' ').Length);
        Assert.Equal(made.Secret, opened.Secret);
        Assert.Equal(keys.Account, again.Account);
        Assert.Equal((1_800_000_000, 0), (opened.BornAt, restored.BornAt));
        opened.Dispose();
    }

    // BIP39 (Trezor's vectors, without a passphrase there: computed by its reference), BIP32 and BIP84 together: what any other
    // wallet makes of the same words.
    [Fact]
    public void Its_bitcoin_is_found_by_any_wallet_that_knows_BIP84()
    {
        Assert.True(Mnemonic.TryParse(
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about", out var words, out _));
        using var seed = new Seed(words);
        using var keys = new WalletKeys(seed, "mainnet");

        Assert.Equal(
            "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu",
            BitcoinAddress.FromScript(keys.ScriptOf(Market.Chains.ChainKind.Mainchain, false, 0), Network.Mainnet).ToString());
    }

    [Fact]
    public void Refuses_a_wrong_passphrase()
    {
        using var seed = Seed.Create();
        SeedFile.Create(Path, seed, "correct", "devnet");

        Assert.Equal(SeedFileError.WrongPassphrase, Error(() => SeedFile.Open(Path, "Correct")));
    }

    [Fact]
    public void Refuses_a_file_whose_network_was_altered()
    {
        using var seed = Seed.Create();
        SeedFile.Create(Path, seed, "p", "devnet");
        File.WriteAllText(Path, File.ReadAllText(Path).Replace("devnet", "mainnet"));

        Assert.Equal(SeedFileError.WrongPassphrase, Error(() => SeedFile.Open(Path, "p")));
    }

    [Theory]
    [InlineData("\"bornAt\": 1800000000", "\"bornAt\": 1900000000")]
    [InlineData("\"rounds\": 3", "\"rounds\": 2")]
    [InlineData("\"memoryKib\": 65536", "\"memoryKib\": 65535")]
    public void Refuses_a_file_whose_parameters_were_altered(string before, string after)
    {
        using var seed = Seed.Create(bornAt: 1_800_000_000);
        SeedFile.Create(Path, seed, "p", "devnet");
        Assert.Contains(before, File.ReadAllText(Path));
        File.WriteAllText(Path, File.ReadAllText(Path).Replace(before, after));

        Assert.Equal(SeedFileError.WrongPassphrase, Error(() => SeedFile.Open(Path, "p")));
    }

    // A file from elsewhere must not make the program take all memory.
    [Theory]
    [InlineData("\"memoryKib\": 65536", "\"memoryKib\": 2000000000")]
    [InlineData("\"memoryKib\": 65536", "\"memoryKib\": 0")]
    [InlineData("\"rounds\": 3", "\"rounds\": 1000000")]
    [InlineData("\"kind\": \"bip39\"", "\"kind\": \"raw\"")]
    [InlineData("\"version\": 2", "\"version\": 3")]
    public void Refuses_parameters_out_of_bounds(string before, string after)
    {
        using var seed = Seed.Create();
        SeedFile.Create(Path, seed, "p", "devnet");
        Assert.Contains(before, File.ReadAllText(Path));
        File.WriteAllText(Path, File.ReadAllText(Path).Replace(before, after));

        Assert.Equal(SeedFileError.Malformed, Error(() => SeedFile.Open(Path, "p")));
    }

    [Fact]
    public void Never_overwrites_a_wallet()
    {
        using var seed = Seed.Create();
        SeedFile.Create(Path, seed, "p", "devnet");
        var before = File.ReadAllText(Path);

        Assert.Equal(SeedFileError.AlreadyThere, Error(() => SeedFile.Create(Path, Seed.Create(), "p", "devnet")));
        Assert.Equal(before, File.ReadAllText(Path));
    }

    [Fact]
    public void Says_where_a_wallet_is_missing() =>
        Assert.Equal(SeedFileError.NotFound, Error(() => SeedFile.Open(Path, "p")));

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1,2]")]
    [InlineData("""{"version":1,"network":"devnet","kdf":"pbkdf2-sha512","rounds":-1}""")]
    public void Refuses_what_is_no_wallet(string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        File.WriteAllText(Path, text);

        Assert.Equal(SeedFileError.Malformed, Error(() => SeedFile.Open(Path, "p")));
    }

    [Fact]
    public void Neither_seed_nor_file_shows_the_secret()
    {
        using var seed = Seed.Create();
        SeedFile.Create(Path, seed, "p", "devnet");
        var secret = Convert.ToHexStringLower(seed.Secret);

        Assert.DoesNotContain(Convert.ToHexStringLower(seed.Words!.ToEntropy()), File.ReadAllText(Path));
        Assert.DoesNotContain(secret, seed.ToString());
        Assert.DoesNotContain(secret, File.ReadAllText(Path));
    }

    [Fact]
    public void Only_the_owner_may_read_it()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no such modes.");
            return;
        }

        using var seed = Seed.Create();
        SeedFile.Create(Path, seed, "p", "devnet");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(System.IO.Path.GetDirectoryName(Path)!));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static SeedFileError Error(Action action) => Assert.Throws<SeedFileException>(action).Error;
}
