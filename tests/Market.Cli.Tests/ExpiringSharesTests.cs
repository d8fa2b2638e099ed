using System.Globalization;
using System.Text.Json;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Cli.Verbs;
using Market.Client.Keys;
using Market.Client.Wallets;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Cli.Tests;

/// <summary>Verbs of a wallet whose shares expire.</summary>
public sealed class ExpiringSharesTests : IAsyncLifetime
{
    private const string Passphrase = "a few words";
    private const string Design = "p2poolv2";
    private static readonly SharechainProfile Row = SharechainProfile.Of("regtest", Design)!;

    private readonly ManualClock _clock = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("market-expiring-").FullName;
    private readonly Seed _seed = Seed.Create();
    private EmbeddedMainchain _main = null!;
    private ShareNode _shares = null!;
    private NodeHost _host = null!;
    private WalletKeys _keys = null!;

    public async ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable("MARKET_PASSPHRASE", Passphrase);
        SeedFile.Create(Path.Combine(_folder, "seed.json"), _seed, Passphrase, "regtest", Design);
        _keys = new WalletKeys(_seed, "regtest", Design);
        _main = await Testing.Chains.Lab.MainchainAsync(_clock, premine: 20);
        _shares = await ShareNode.OpenAsync(
            Row, InterpreterRules.Consensus, new MemoryBlockStore(), _main, _clock, cancellation: Cancel);
        _host = new NodeHost(new NodeHttpService(_main, _shares));
        await MineAsync(Row.Maturity + 4);
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
    public async Task Shares_that_expire_are_locked_in_no_bond()
    {
        var month = DateTimeOffset.UtcNow.AddMonths(14).ToString("yyyy-MM", CultureInfo.InvariantCulture);
        var (code, _, error) = await RunAsync("standing", "bond", "create", "share", "0.01", month, "--yes");
        Assert.Equal((1, "shares-expire"), (code, CodeOf(error)));
        Assert.Empty(await _shares.GetMempoolAsync(Cancel));
    }

    [Fact]
    public async Task A_payment_of_several_series_is_refused_by_a_code_of_its_own()
    {
        await MineAsync(Row.SeriesLength!.Value + Row.Maturity + 2 - (await _shares.GetTipAsync(Cancel)).Height);
        var to = BitcoinAddress.FromScript(Script.P2wpkh(Hash160.Of(new byte[1])), _shares.Network).ToString();
        var (code, _, error) = await RunAsync("wallet", "send", "share", to, "0.01");
        Assert.Equal((1, "no-series"), (code, CodeOf(error)));
        Assert.Empty(await _shares.GetMempoolAsync(Cancel));

        (code, _, error) = await RunAsync("wallet", "send", "share", to, "0.01", "--instrument", "P2POOLV2-1-BTC");
        Assert.True(code == 0, error);
        Assert.Single(await _shares.GetMempoolAsync(Cancel));
    }

    [Fact]
    public async Task A_large_payment_is_not_sent_unasked()
    {
        var to = BitcoinAddress.FromScript(Script.P2wpkh(Hash160.Of(new byte[1])), _shares.Network).ToString();
        var (_, balance, _) = await RunAsync("wallet", "balance");
        var most = JsonDocument.Parse(balance).RootElement.GetProperty("shares").GetProperty("spendable").GetInt64();
        var half = ((decimal)most / 2 / Amount.Coin).ToString("0.00000000", CultureInfo.InvariantCulture);
        string[] send = ["wallet", "send", "share", to, half, "--instrument", "P2POOLV2-0-BTC"];
        if (Console.IsInputRedirected)
        {
            var (refused, _, error) = await RunAsync(send);
            Assert.Equal((1, "not-confirmed"), (refused, CodeOf(error)));
            Assert.Empty(await _shares.GetMempoolAsync(Cancel));
        }

        var (code, _, why) = await RunAsync([.. send, "--yes"]);
        Assert.True(code == 0, why);
        Assert.Single(await _shares.GetMempoolAsync(Cancel));
    }

    [Theory]
    [InlineData(ChainKind.Sharechain, 10, 100, false)]
    [InlineData(ChainKind.Sharechain, 11, 100, true)]
    [InlineData(ChainKind.Mainchain, 1_000_000, 100_000_000, false)]
    [InlineData(ChainKind.Mainchain, 1_000_001, 100_000_000, true)]
    [InlineData(ChainKind.Sharechain, 1_000_001, 100_000_000, false)]
    public void A_payment_is_asked_for_above_a_bound(ChainKind chain, long amount, long spendable, bool asked) =>
        Assert.Equal(asked, WalletCommand.IsAsked(chain, amount, spendable));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string CodeOf(string error) =>
        JsonDocument.Parse(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement
            .GetProperty("code").GetString()!;

    private Task MineAsync(int count) =>
        ShareLab.MineAsync(_shares, _clock, count, _keys.ScriptOf(ChainKind.Sharechain, change: false, 0));

    private Task<(int Code, string Result, string Error)> RunAsync(params string[] arguments) =>
        CapturedConsole.RunAsync([.. arguments, "--server", _host.Address.ToString(), "--wallet", _folder, "--json"]);
}
