using System.Text.Json;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Client.Keys;
using Market.Client.Wallets;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Cli.Tests;

/// <summary>`market markets`: an authority announces a market, and whoever asks a node finds it with its proof.</summary>
public sealed class MarketsTests : IAsyncLifetime
{
    private const string Passphrase = "a few words";
    private const int Lost = 12;
    private const string Key = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0";

    private readonly ManualClock _clock = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("market-markets-").FullName;
    private EmbeddedMainchain _main = null!;
    private ShareNode _shares = null!;
    private NodeHost _host = null!;
    private Hash256 _account;

    public async ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable("MARKET_PASSPHRASE", Passphrase);
        using var seed = Seed.Create();
        SeedFile.Create(Path.Combine(_folder, "seed.json"), seed, Passphrase, "regtest");
        using var keys = new WalletKeys(seed, "regtest");
        _account = new Hash256(Hex.Decode(keys.Account));
        _main = await Testing.Chains.Lab.MainchainAsync(_clock, premine: 20);
        _shares = await ShareLab.NodeAsync(_main, _clock);
        _host = new NodeHost(new NodeHttpService(_main, _shares));
        await ShareLab.MineAsync(_shares, _clock, 8, keys.ScriptOf(ChainKind.Sharechain, change: false, 0));
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _shares.DisposeAsync();
        await _main.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_authority_announces_a_market_and_a_newer_announcement_takes_its_place()
    {
        Assert.Equal("no-authority", CodeOf((await AnnounceAsync("https://one.example")).Error));
        var block = await BecomeAuthorityAsync();
        Assert.Empty((await ListAsync()).GetProperty("markets").EnumerateArray());

        var unsaid = await RunAsync("announce", "--address", "https://one.example", "--key", Key, "--wallet", _folder);
        Assert.Equal("not-confirmed", CodeOf(unsaid.Error));
        Assert.Empty(await _shares.GetMempoolAsync(Cancel));
        var term = Lost + _shares.Profile.Late!.Term;
        Assert.Equal(0, (await AnnounceAsync("https://one.example", "--terms", "free")).Code);
        await ShareLab.MineAsync(_shares, _clock, 1, Coins.Owner(30));

        var told = Assert.Single((await ListAsync()).GetProperty("markets").EnumerateArray());
        Assert.Equal("https://one.example", told.GetProperty("address").GetString());
        var first = told.GetProperty("number").GetUInt32();
        Assert.Equal((Key, "free", term),
            (told.GetProperty("key").GetString(), told.GetProperty("terms").GetString(), told.GetProperty("until").GetInt32()));
        Assert.Equal(block.Id.ToString(), told.GetProperty("works")[0].GetProperty("block").GetString());

        Assert.Equal(0, (await AnnounceAsync("https://two.example:81", "--until", "40")).Code);
        await ShareLab.MineAsync(_shares, _clock, 1, Coins.Owner(30));
        told = Assert.Single((await ListAsync()).GetProperty("markets").EnumerateArray());
        Assert.Equal(
            ("https://two.example:81", 40),
            (told.GetProperty("address").GetString(), told.GetProperty("until").GetInt32()));
        Assert.True(told.GetProperty("number").GetUInt32() > first);
    }

    [Fact]
    public async Task What_no_node_would_read_is_refused_and_not_sent()
    {
        await BecomeAuthorityAsync();
        var term = Lost + _shares.Profile.Late!.Term;
        foreach (var arguments in (string[][])[
            ["https://one.example/path"], ["ftp://one.example"], ["https://one.example", "--terms", "two\nlines"],
            ["https://one.example", "--until", $"{term + 1}"], ["https://one.example", "--until", "3"],
            ["https://one.example", "--key", "00"]])
        {
            Assert.Equal("bad-announcement", CodeOf((await AnnounceAsync(arguments)).Error));
        }

        Assert.Empty(await _shares.GetMempoolAsync(Cancel));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<Block> BecomeAuthorityAsync()
    {
        var block = await LostBlocks.OfAsync(_main, Lost, [LateRegistration.KeyOutput(_account)], Cancel);
        var file = Path.Combine(_folder, "lost.hex");
        await File.WriteAllTextAsync(file, Hex.Encode(block.ToArray()), Cancel);
        var (code, _, error) = await CapturedConsole.RunAsync(
            "chain", "late-work", "register", "--block", file, "--yes", "--server", _host.Address.ToString(), "--wallet", _folder,
            "--json");
        Assert.True(code == 0, error);
        await ShareLab.MineAsync(_shares, _clock, 1, Coins.Owner(30));
        return block;
    }

    private async Task<JsonElement> ListAsync()
    {
        var (code, result, error) = await RunAsync();
        Assert.True(code == 0, error);
        return JsonDocument.Parse(result).RootElement;
    }

    private Task<(int Code, string Result, string Error)> AnnounceAsync(params string[] arguments) => RunAsync(
        ["announce", "--yes", "--wallet", _folder, "--address", .. arguments,
            .. arguments.Contains("--key") ? (string[])[] : ["--key", Key]]);

    private Task<(int Code, string Result, string Error)> RunAsync(params string[] arguments) =>
        CapturedConsole.RunAsync(["markets", .. arguments, "--server", _host.Address.ToString(), "--json"]);

    private static string CodeOf(string error) =>
        JsonDocument.Parse(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement
            .GetProperty("code").GetString()!;
}
