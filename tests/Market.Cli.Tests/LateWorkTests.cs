using System.Text.Json;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Mining;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Client.Keys;
using Market.Client.Wallets;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Cli.Tests;

/// <summary>`market chain late-work register`: a block that lost is registered, and what the rules would not take is not sent.
/// </summary>
public sealed class LateWorkTests : IAsyncLifetime
{
    private const string Passphrase = "a few words";
    private const int Lost = 12;
    private static readonly Hash256 Key = new(XOnlyPublicKey.Nums.Span);

    private readonly ManualClock _clock = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("market-late-").FullName;
    private EmbeddedMainchain _main = null!;
    private ShareNode _shares = null!;
    private NodeHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable("MARKET_PASSPHRASE", Passphrase);
        using var seed = Seed.Create();
        SeedFile.Create(Path.Combine(_folder, "seed.json"), seed, Passphrase, "regtest");
        using var keys = new WalletKeys(seed, "regtest");
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
    public async Task A_block_that_lost_is_registered_once_and_its_key_is_told()
    {
        var block = await LostAsync(Lost, LateRegistration.KeyOutput(Key));
        var file = Path.Combine(_folder, "lost.hex");
        await File.WriteAllTextAsync(file, Hex.Encode(block.ToArray()) + "\n", Cancel);

        var unsaid = await RunAsync("--block", file);
        Assert.Equal((1, "not-confirmed"), (unsaid.Code, CodeOf(unsaid.Error)));
        Assert.Contains($"Bitcoin block {block.Id} of height {Lost} lost its race", unsaid.Error);
        Assert.Empty(await _shares.GetMempoolAsync(Cancel));

        var (code, result, error) = await RunAsync("--block", file, "--yes");
        Assert.True(code == 0, error);
        var told = JsonDocument.Parse(result).RootElement;
        var waiting = Assert.Single(await _shares.GetMempoolAsync(Cancel));
        Assert.Equal(waiting.Transaction.Id.ToString(), told.GetProperty("transaction").GetString());
        Assert.Equal(waiting.Fee.Sats, told.GetProperty("fee").GetInt64());
        Assert.Equal(Hex.Encode(Key.ToArray()), told.GetProperty("key").GetString());

        await ShareLab.MineAsync(_shares, _clock, 1, Coins.Owner(30));
        var standing = await _shares.CheckLateAsync(LateRegistration.Of(block), Cancel);
        Assert.Equal((true, LateRefusal.None, Lost), (standing.IsRegistered, standing.Refusal, standing.Height));
        Assert.Equal("late-registered", CodeOf((await RunAsync("--block", file, "--yes")).Error));
    }

    [Fact]
    public async Task What_the_rules_would_not_register_is_refused_and_not_sent()
    {
        var tip = (await _main.GetTipAsync(Cancel)).Height;
        var fine = await LostAsync(Lost, LateRegistration.KeyOutput(Key));
        var elsewhere = Solved(fine.Header with { Previous = fine.Id });
        (string, Block)[] cases =
        [
            ("late-key", await LostAsync(Lost)),
            ("late-too-early", await LostAsync(tip - 5, LateRegistration.KeyOutput(Key))),
            ("late-coinbase", fine with { Header = Solved(fine.Header with { MerkleRoot = default }) }),
            ("late-parent", fine with { Header = elsewhere }),
            ("late-bits", fine with { Header = Solved(fine.Header with { Bits = new CompactTarget(0x2070ffff) }) }),
        ];
        foreach (var (code, block) in cases)
        {
            var file = Path.Combine(_folder, "refused.bin");
            await File.WriteAllBytesAsync(file, block.ToArray(), Cancel);
            Assert.Equal(code, CodeOf((await RunAsync("--block", file, "--yes")).Error));
        }

        Assert.Empty(await _shares.GetMempoolAsync(Cancel));
    }

    // On p2pool shares do not change hands, and on p2share-join they are whole: no transaction pays its way.
    [Theory]
    [InlineData("p2pool-devnet")]
    [InlineData("p2share-join-devnet")]
    public async Task A_node_s_sharebases_carry_a_block_that_lost_where_no_transaction_could(string row)
    {
        var profile = SharechainProfile.Find(row)!;
        await using var shares = await ShareNode.OpenAsync(
            profile, InterpreterRules.Consensus, new MemoryBlockStore(), _main, _clock, cancellation: Cancel);
        await using var host = new NodeHost(new NodeHttpService(_main, shares));
        await ShareLab.MineAsync(shares, _clock, 3, Coins.Owner(30));
        var file = Path.Combine(_folder, "lost.bin");
        var block = await LostAsync(Lost, LateRegistration.KeyOutput(Key));
        await File.WriteAllBytesAsync(file, block.ToArray(), Cancel);

        var (code, result, error) = await CarryAsync();
        Assert.True(code == 0, error);
        Assert.True(JsonDocument.Parse(result).RootElement.GetProperty("carried").GetBoolean());
        Assert.False((await shares.CheckLateAsync(LateRegistration.Of(block), Cancel)).IsRegistered);
        var share = (await ShareLab.MineAsync(shares, _clock, 1, Coins.Owner(30))).Single();
        Assert.Equal(block.Id, Assert.Single(LateRegistration.ReadAll(share.Transactions[0])).Header.Id);
        Assert.True((await shares.CheckLateAsync(LateRegistration.Of(block), Cancel)).IsRegistered);
        Assert.Equal("late-registered", CodeOf((await CarryAsync()).Error));

        // Once is enough.
        share = (await ShareLab.MineAsync(shares, _clock, 1, Coins.Owner(30))).Single();
        Assert.Empty(LateRegistration.ReadAll(share));
        await File.WriteAllBytesAsync(file, (await LostAsync(Lost)).ToArray(), Cancel);
        Assert.Equal("late-key", CodeOf((await CarryAsync()).Error));

        Task<(int Code, string Result, string Error)> CarryAsync() => CapturedConsole.RunAsync(
            "chain", "late-work", "register", "--carry", "--block", file, "--server", host.Address.ToString(),
            "--sharechain", row, "--json");
    }

    [Fact]
    public async Task Where_sharebases_have_to_be_short_a_transaction_does_it()
    {
        var profile = SharechainProfile.Find("p2poolv2-devnet")!;
        await using var shares = await ShareNode.OpenAsync(
            profile, InterpreterRules.Consensus, new MemoryBlockStore(), _main, _clock, cancellation: Cancel);
        var late = LateRegistration.Of(await LostAsync(Lost, LateRegistration.KeyOutput(Key)));
        await Assert.ThrowsAsync<NotSupportedException>(async () => await shares.CarryLateAsync(late, Cancel));
    }

    [Fact]
    public async Task Header_coinbase_and_branch_do_as_well_as_the_whole_block()
    {
        var block = await LostAsync(Lost, LateRegistration.KeyOutput(Key));
        var late = LateRegistration.Of(block);
        string[] parts =
        [
            "--header", Hex.Encode(late.Header.ToArray()), "--coinbase", block.Transactions[0].ToHex(),
            "--branch", string.Join(',', late.Branch.Select(hash => Hex.Encode(hash.ToArray()))),
        ];

        Assert.Equal("bad-late-work", CodeOf((await RunAsync("--yes")).Error));
        Assert.Equal("bad-late-work", CodeOf((await RunAsync([.. parts[..4], "--branch", "00"])).Error));
        Assert.Equal("bad-late-work", CodeOf((await RunAsync(["--header", "00", .. parts[2..]])).Error));
        Assert.Equal("bad-late-work", CodeOf((await RunAsync([.. parts[..2], "--coinbase", "00"])).Error));
        var (code, _, error) = await RunAsync([.. parts, "--yes"]);
        Assert.True(code == 0, error);
        var sent = Assert.Single(await _shares.GetMempoolAsync(Cancel)).Transaction;
        Assert.Equal(block.Id, Assert.Single(LateRegistration.ReadAll(sent)).Header.Id);
    }

    [Fact]
    public void Every_refusal_has_words_and_a_code_of_its_own()
    {
        var standing = new LateStanding(LateRefusal.None, null, 100, 200, IsRegistered: false);
        var rule = new LateRule(6, 50, 500, 1);
        var errors = Enum.GetValues<LateRefusal>()
            .Select(refusal => Verbs.LateWorkCommand.WhyNot(standing with { Refusal = refusal }, rule)).ToList();

        Assert.Null(errors[0]);
        Assert.All(errors.Skip(1), error => Assert.StartsWith("Nothing was sent: the block would not", error!.Message));
        Assert.Distinct(errors.Skip(1).Select(error => error!.Code));
        Assert.Contains("#106 on", errors[(int)LateRefusal.TooEarly]!.Message);
        Assert.Contains("#150 only", errors[(int)LateRefusal.TooLate]!.Message);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Task<Block> LostAsync(int height, params TxOut[] outputs) => LostBlocks.OfAsync(_main, height, outputs, Cancel);

    private static BlockHeader Solved(BlockHeader header) => HeaderSolver.Solve(header, Cancel)!;

    private static string CodeOf(string error) =>
        JsonDocument.Parse(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement
            .GetProperty("code").GetString()!;

    private Task<(int Code, string Result, string Error)> RunAsync(params string[] arguments) => CapturedConsole.RunAsync(
        ["chain", "late-work", "register", .. arguments, "--server", _host.Address.ToString(), "--wallet", _folder, "--json"]);
}
