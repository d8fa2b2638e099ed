using Market.Client.Keys;

namespace Market.Client.Tests.Keys;

public sealed class SeedFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("market-seed").FullName;

    private string Path => System.IO.Path.Combine(_folder, "wallet", "seed.json");

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
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static SeedFileError Error(Action action) => Assert.Throws<SeedFileException>(action).Error;
}
