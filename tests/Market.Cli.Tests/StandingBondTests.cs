using System.Globalization;
using System.Text.Json;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Client;
using Market.Client.Keys;
using Market.Client.Wallets;
using Market.Standing;
using Market.Testing.Chains;

namespace Market.Cli.Tests;

/// <summary>`market standing bond`: the wallet's coins are locked until a month, found again by its words alone, and taken
/// back.</summary>
public sealed class StandingBondTests : IAsyncLifetime
{
    private const string Passphrase = "a few words";

    private readonly ManualClock _clock = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("market-bond-").FullName;
    private readonly Seed _seed = Seed.Create();
    private EmbeddedMainchain _main = null!;
    private ShareNode _shares = null!;
    private NodeHost _host = null!;
    private WalletKeys _keys = null!;

    public async ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable("MARKET_PASSPHRASE", Passphrase);
        SeedFile.Create(Path.Combine(_folder, "seed.json"), _seed, Passphrase, "regtest");
        _keys = new WalletKeys(_seed, "regtest");
        _main = await Testing.Chains.Lab.MainchainAsync(_clock, premine: 20);
        _shares = await ShareLab.NodeAsync(_main, _clock);
        _host = new NodeHost(new NodeHttpService(_main, _shares));
        await ShareLab.MineAsync(_shares, _clock, 8, _keys.ScriptOf(ChainKind.Sharechain, change: false, 0));
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _shares.DisposeAsync();
        await _main.DisposeAsync();
        _keys.Dispose();
        _seed.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Coins_are_locked_after_a_preview_and_listed()
    {
        var month = DateTimeOffset.UtcNow.AddMonths(14).ToString("yyyy-MM", CultureInfo.InvariantCulture);
        Assert.Equal("not-confirmed", CodeOf((await RunAsync("create", "share", "2", month)).Error));
        Assert.Empty(await _shares.GetMempoolAsync(Cancel));
        foreach (var wrong in (string[])["2020-01", "2099-01", "soon"])
            Assert.Equal("bad-month", CodeOf((await RunAsync("create", "share", "2", wrong, "--yes")).Error));

        var (code, result, error) = await RunAsync("create", "share", "2", month, "--yes");
        Assert.True(code == 0, error);
        var coin = JsonDocument.Parse(result).RootElement.GetProperty("coin").GetString()!;
        await ShareLab.MineAsync(_shares, _clock, 1, Coins.Owner(30));
        (code, result, error) = await RunAsync("list");
        Assert.True(code == 0, error);
        var told = Assert.Single(JsonDocument.Parse(result).RootElement.EnumerateArray());
        Assert.Equal((coin, 200_000_000L), (told.GetProperty("coin").GetString(), told.GetProperty("amount").GetInt64()));
        Assert.StartsWith(month, told.GetProperty("until").GetString()!);

        Assert.Equal("bond-locked", CodeOf((await RunAsync("withdraw", coin, "--yes")).Error));
        Assert.Equal("no-bond", CodeOf((await RunAsync("withdraw", $"{coin}0", "--yes")).Error));
    }

    [Fact]
    public async Task A_bond_is_found_by_its_words_proved_and_taken_back_after_its_time()
    {
        var wallet = new Wallet(
            _keys, WalletFile.Open(Path.Combine(_folder, "other.json"), WalletChains.Of("regtest", null)), _main, _shares);
        var bonds = new WalletBonds(wallet);
        var month = WalletBonds.MonthOf(_clock.GetUtcNow()) + 1;
        var script = bonds.ScriptOf(ChainKind.Sharechain, month);
        Assert.Equal(WalletBonds.StartOf(month).ToUnixTimeSeconds(), script.Locktime);
        var paid = await wallet.BuildAsync(
            ChainKind.Sharechain, [new TxOut(new Amount(200_000_000), script.ScriptPubKey)], FeeRate.MinimumRelay,
            cancellation: Cancel);
        Assert.True((await _shares.BroadcastAsync(paid.Transaction, Cancel)).IsSuccess);
        await ShareLab.MineAsync(_shares, _clock, 1, Coins.Owner(30));

        var bond = Assert.Single(await bonds.FindAsync(ChainKind.Sharechain, _clock.GetUtcNow(), Cancel));
        Assert.Empty(await bonds.FindAsync(ChainKind.Mainchain, _clock.GetUtcNow(), Cancel));
        var text = BondProof.Text("market.example", _keys.Account, _shares.Name, bond.Coin.OutPoint, script.Locktime);
        Assert.True(BondProof.IsSigned(text, script.Key, bonds.Prove(bond, "market.example", _keys.Account)));

        var back = bonds.Withdraw(bond, FeeRate.MinimumRelay)!;
        Assert.Equal(BroadcastCode.NotFinal, (await _shares.BroadcastAsync(back, Cancel)).Code);
        _clock.Advance(WalletBonds.StartOf(month) - _clock.GetUtcNow());
        await _main.MineAsync(12, cancellation: Cancel);
        await ShareLab.MineAsync(_shares, _clock, 12, Coins.Owner(30));
        var sent = await _shares.BroadcastAsync(back, Cancel);
        Assert.True(sent.IsSuccess, $"{sent.Code} {sent.Detail}");
        Assert.True(wallet.Owns(back.Outputs[0].ScriptPubKey));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string CodeOf(string error) =>
        JsonDocument.Parse(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement
            .GetProperty("code").GetString()!;

    private Task<(int Code, string Result, string Error)> RunAsync(string verb, params string[] arguments) =>
        CapturedConsole.RunAsync(
            ["standing", "bond", verb, .. arguments, "--server", _host.Address.ToString(), "--wallet", _folder, "--json"]);
}
