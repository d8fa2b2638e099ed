using System.Diagnostics;
using System.Text.Json;
using Market.Cli.Common;
using Market.Client.Keys;

namespace Market.Cli.Tests;

public sealed class WalletWordsTests : IDisposable
{
    private const string Passphrase = "a few words";
    private const string Good = "legal winner thank year wave sausage worth useful legal winner thank yellow";

    private readonly string _folder = Directory.CreateTempSubdirectory("market-words").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_create_shows_restore_takes_and_words_shows_again()
    {
        var made = await RunAsync(null, "wallet", "create", "--json", "--words", "24", "--wallet", Folder("first"));
        var words = made.GetProperty("words").GetString()!;
        var restored = await RunAsync(words + "\n", "wallet", "restore", "--json", "--wallet", Folder("second"));
        var shown = await RunAsync(null, "wallet", "words", "--json", "--wallet", Folder("second"));

        Assert.Equal(24, words.Split(' ').Length);
        Assert.Equal(made.GetProperty("account").GetString(), restored.GetProperty("account").GetString());
        Assert.Equal(words, shown.GetProperty("words").GetString());
        Assert.DoesNotContain(words.Split(' ')[0] + " ", await File.ReadAllTextAsync(Path.Combine(Folder("first"), "seed.json")));
    }

    [Fact]
    public async Task A_wallet_without_words_is_written_down_in_digits_and_restored_from_them()
    {
        using var old = new Seed(Enumerable.Range(1, 32).Select(i => (byte)i).ToArray());
        SeedFile.Create(Path.Combine(Folder("old"), "seed.json"), old, Passphrase, "devnet");

        var shown = await RunAsync(null, "wallet", "words", "--json", "--wallet", Folder("old"));
        await RunAsync(shown.GetProperty("secret").GetString(), "wallet", "restore", "--json", "--wallet", Folder("new"));

        var (restored, _) = SeedFile.Open(Path.Combine(Folder("new"), "seed.json"), Passphrase);
        Assert.Equal(old.Secret.ToArray(), restored.Secret.ToArray());
        restored.Dispose();
    }

    [Theory]
    [InlineData("legal winner thank", "12 or 24 words; these are 3")]
    [InlineData("legal winner thank yeer wave sausage worth useful legal winner thank yellow", "word 4, \"yeer\"")]
    [InlineData("legal winner thank yeer wave sausage worth useful legal winner thank yellow", "year")]
    [InlineData("legal winner thank year wave sausage worth useful legal winner thank winner", "changed places")]
    [InlineData("winner legal thank year wave sausage worth useful legal winner thank yellow", "changed places")]
    [InlineData("", "these are 0")]
    public void Wrong_words_are_refused_and_the_wrong_one_is_named(string words, string said)
    {
        var refused = Assert.Throws<CliException>(() => Phrase.Parse(words));

        Assert.Equal("bad-words", refused.Code);
        Assert.Contains(said, refused.Message);
    }

    [Fact]
    public void Case_and_spaces_do_not_matter()
    {
        using var good = Phrase.Parse(Good);
        using var same = Phrase.Parse($"  {Good.ToUpperInvariant().Replace(" ", "\n  ")}\r\n");

        Assert.Equal(good.Secret.ToArray(), same.Secret.ToArray());
    }

    [Fact]
    public void Three_words_are_asked_back_in_their_order()
    {
        var asked = new List<int>();

        Phrase.AskBack(Good, number =>
        {
            asked.Add(number);
            return $" {Good.Split(' ')[number - 1].ToUpperInvariant()} ";
        });

        Assert.Equal(Phrase.AskedBack, asked.Distinct().Count());
        Assert.Equal(asked.Order(), asked);
        Assert.All(asked, number => Assert.InRange(number, 1, 12));
    }

    [Fact]
    public void Who_does_not_know_them_gets_no_wallet()
    {
        var tries = 0;

        var refused = Assert.Throws<CliException>(() => Phrase.AskBack(Good, _ =>
        {
            tries++;
            return "abandon";
        }));

        Assert.Equal("words-not-kept", refused.Code);
        Assert.Equal(3, tries);
    }

    private string Folder(string name) => Path.Combine(_folder, name);

    private static async Task<JsonElement> RunAsync(string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(MarketProgram).Assembly.Location, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MARKET_PASSPHRASE"] = Passphrase;
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var said = process.StandardError.ReadToEndAsync();
        var result = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await said);
        return JsonDocument.Parse(result).RootElement;
    }
}
