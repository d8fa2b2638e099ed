using System.Text;
using System.Text.Json;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Cli.Tests;

/// <summary>`market chain` against a node: what it prints is what the chains are, and a node that contradicts itself is told so.
/// </summary>
public sealed class ChainLookTests : IAsyncLifetime
{
    private static readonly Script Miner = Coins.Owner(20);
    private static readonly Script Other = Coins.Owner(21);

    private readonly ManualClock _clock = new();
    private EmbeddedMainchain _main = null!;
    private ShareNode _shares = null!;
    private NodeHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _main = await Testing.Chains.Lab.MainchainAsync(_clock, premine: 3);
        await OpenAsync(SharechainProfiles.P2ShareDevnet);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _shares.DisposeAsync();
        await _main.DisposeAsync();
    }

    [Fact]
    public async Task Status_tells_both_tips_and_what_there_is()
    {
        await ShareLab.MineAsync(_shares, _clock, 8, Miner);
        var shares = await _shares.GetTipAsync();
        var figures = await _shares.GetFiguresAsync();

        var (json, text) = await ShowAsync("status");

        var chain = json.GetProperty("sharechain");
        Assert.Equal("p2share-devnet", chain.GetProperty("name").GetString());
        Assert.Equal(shares.Id.ToString(), chain.GetProperty("tip").GetProperty("id").GetString());
        Assert.Equal(figures.Supply.Sats, chain.GetProperty("supply").GetInt64());
        Assert.Equal(figures.MatureUnits, chain.GetProperty("takesPart").GetInt64());
        var main = json.GetProperty("mainchain").GetProperty("tip");
        Assert.Equal((await _main.GetTipAsync()).Height, main.GetProperty("height").GetInt32());
        Assert.Contains("400 shares in 8 outputs; 200 shares take part", text);
    }

    [Fact]
    public async Task A_share_block_is_shown_by_height_and_by_id_on_the_best_chain_or_off_it()
    {
        await ShareLab.MineAsync(_shares, _clock, 7, Miner);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var late = ShareLab.Solve(await _shares.GetTemplateAsync(Other));
        var share = Assert.Single(await ShareLab.MineAsync(_shares, _clock, 1, Miner));
        Assert.Equal(SubmitCode.SideChain, (await _shares.SubmitShareAsync(late)).Code);

        var (byHeight, text) = await ShowAsync("block", "8");
        var (byId, _) = await ShowAsync("block", share.Id.ToString());
        var (aside, asideText) = await ShowAsync("block", late.Id.ToString());

        Assert.Equal(byHeight.GetRawText(), byId.GetRawText());
        Assert.Equal(share.Id.ToString(), byHeight.GetProperty("id").GetString());
        Assert.True(byHeight.GetProperty("active").GetBoolean());
        Assert.Equal(1, byHeight.GetProperty("confirmations").GetInt32());
        var paid = Assert.Single(byHeight.GetProperty("share").GetProperty("pays").EnumerateArray());
        Assert.Equal(Miner.ToString(), paid.GetProperty("address").GetString());
        Assert.Equal(share.Proof.MainHeader.MeetsOwnTarget, byHeight.GetProperty("share").GetProperty("isMainBlock").GetBoolean());
        Assert.Contains("confirmations  1", text);
        Assert.False(aside.GetProperty("active").GetBoolean());
        Assert.Equal(0, aside.GetProperty("confirmations").GetInt32());
        Assert.Contains("another one with more work took its place", asideText);
    }

    [Fact]
    public async Task A_Bitcoin_block_is_shown_too()
    {
        var id = (await _main.GetBlockIdAsync(2))!.Value.ToString();

        var (byHeight, _) = await ShowAsync("block", "2", "--chain", "mainchain");
        var (byId, text) = await ShowAsync("block", id);
        var (first, _) = await ShowAsync("block", "0", "--chain", "mainchain");

        Assert.Equal(byHeight.GetRawText(), byId.GetRawText());
        Assert.Equal((2, id), (byId.GetProperty("height").GetInt32(), byId.GetProperty("id").GetString()));
        Assert.Equal(JsonValueKind.Undefined, byId.TryGetProperty("share", out var none) ? none.ValueKind : default);
        Assert.Contains("Block #2", text);
        Assert.Equal(0, first.GetProperty("height").GetInt32());
    }

    [Fact]
    public async Task A_transaction_is_shown_in_a_block_and_before()
    {
        await ShareLab.MineAsync(_shares, _clock, 8, Miner);
        var spend = Coins.Spend(await Coins.MatureAsync(_shares, Miner), Other);
        Assert.Equal(BroadcastCode.Accepted, (await _shares.BroadcastAsync(spend)).Code);

        var (waiting, waitingText) = await ShowAsync("tx", spend.Id.ToString());
        await ShareLab.MineAsync(_shares, _clock, 2, Miner);
        var (confirmed, text) = await ShowAsync("tx", spend.Id.ToString());

        Assert.Equal(0, waiting.GetProperty("confirmations").GetInt32());
        Assert.Contains("it waits in the mempool", waitingText);
        Assert.Equal(2, confirmed.GetProperty("confirmations").GetInt32());
        Assert.Equal(9, confirmed.GetProperty("height").GetInt32());
        Assert.Equal(spend.ToHex(), confirmed.GetProperty("hex").GetString());
        Assert.Contains($"output 0       49.99999 shares to {Other}", text);
    }

    [Theory]
    [InlineData("p2share-devnet")]
    [InlineData("p2share-k20-devnet")]
    [InlineData("p2poolv2-devnet")]
    [InlineData("p2pool-devnet")]
    public async Task Who_would_be_paid_is_whom_the_next_share_pays(string row)
    {
        await OpenAsync(SharechainProfile.Find(row)!);
        var (before, early) = await ShowAsync("select");
        Assert.Empty(before.GetProperty("pays").EnumerateArray());
        Assert.Contains("each miner is paid by its own", early);
        Assert.Empty((await ShowAsync("holders")).Json.GetProperty("holders").EnumerateArray());
        for (var i = 0; i < 10; i++)
        {
            await ShareLab.MineAsync(_shares, _clock, 1, i % 3 == 0 ? Other : Miner);
        }

        var (next, text) = await ShowAsync("select");
        var (holders, list) = await ShowAsync("holders");

        var coinbase = (await _shares.GetTemplateAsync(Coins.Owner(22))).MainCoinbase;
        Assert.Equal(
            coinbase.Outputs.Where(output => output.Value != Amount.Zero)
                .Select(output => (output.ScriptPubKey.ToString(), output.Value.Sats)),
            next.GetProperty("pays").EnumerateArray()
                .Select(paid => (paid.GetProperty("script").GetString()!, paid.GetProperty("sats").GetInt64())));
        Assert.Contains("goes to:", text);
        Assert.Equal(
            next.GetProperty("units").GetInt64(),
            holders.GetProperty("holders").EnumerateArray().Sum(holder => holder.GetProperty("units").GetInt64()));
        Assert.Equal(
            1, holders.GetProperty("holders").EnumerateArray().Sum(holder => holder.GetProperty("part").GetDouble()), 9);
        var count = holders.GetProperty("count").GetInt32();
        Assert.Contains($"{count} of {count} holders", list);
        Assert.Contains($"1 of {count} holders", (await ShowAsync("holders", "--limit", "1")).Text);
    }

    [Fact]
    public async Task Of_several_sharechains_the_one_that_is_named_is_shown()
    {
        await using var second = await ShareNode.OpenAsync(
            SharechainProfile.Find("p2share-k20-devnet")!, InterpreterRules.Consensus, new MemoryBlockStore(), _main, _clock);
        await using var both = new NodeHost(new NodeHttpService(_main, _shares, second));
        await ShareLab.MineAsync(second, _clock, 2, Miner);

        Assert.Equal("chain-unavailable", await RefusedAsync(["status"], both.Address));
        Assert.Equal("bad-sharechain", await RefusedAsync(["status", "--sharechain", "p2nothing"], both.Address));
        foreach (var name in (string[])["p2share-k20", "p2share-k20-devnet"])
        {
            var (code, result, error) = await CapturedConsole.RunAsync(
                "chain", "status", "--sharechain", name, "--server", both.Address.ToString(), "--json");
            Assert.True(code == 0, error);
            var chain = JsonDocument.Parse(result).RootElement.GetProperty("sharechain");
            Assert.Equal("p2share-k20-devnet", chain.GetProperty("name").GetString());
            Assert.Equal(2, chain.GetProperty("tip").GetProperty("height").GetInt32());
        }
    }

    [Theory]
    [InlineData("bad-block", "block", "xyz")]
    [InlineData("bad-block", "block", "-1")]
    [InlineData("unknown-block", "block", "99")]
    [InlineData("unknown-block", "block", "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b")]
    [InlineData("bad-transaction", "tx", "00")]
    [InlineData("unknown-transaction", "tx", "5a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b")]
    [InlineData("bad-number", "holders", "--limit", "0")]
    public async Task What_is_not_there_is_refused_by_its_code(string code, params string[] verb) =>
        Assert.Equal(code, await RefusedAsync(verb));

    [Fact]
    public async Task Who_does_not_answer_is_told_so() => Assert.Equal(
        "chain-unavailable", await RefusedAsync(["status"], new Uri($"http://127.0.0.1:{NodeHost.FreePort()}/")));

    [Fact]
    public async Task A_node_that_contradicts_itself_is_not_believed()
    {
        var shares = await ShareLab.MineAsync(_shares, _clock, 8, Miner);
        var (third, fourth) = (shares[2], shares[3]);
        var (own, other) = (await BlockAsync(2), await BlockAsync(3));
        await using var liar = new NodeHost(new NodeHttpService(_main, _shares), (path, answer) => path switch
        {
            "sharechain/payout" => Altered(answer, "\"unit\":", "\"unit\":1"),
            "mainchain/block/2" => NodeAnswer.Bytes((own with { Transactions = other.Transactions }).ToArray()),
            "sharechain/block/3" => NodeAnswer.Bytes(fourth.ToArray()),
            "sharechain/block/4" => NodeAnswer.Bytes((third with { Header = third.Header with { Height = 4 } }).ToArray()),
            _ when path.StartsWith("sharechain/tx/", StringComparison.Ordinal) =>
                Altered(answer, third.Transactions[0].ToHex(), fourth.Transactions[0].ToHex()),
            _ => answer,
        });

        Assert.Equal("node-contradicts", await RefusedAsync(["select"], liar.Address));
        Assert.Equal("node-contradicts", await RefusedAsync(["block", "2", "--chain", "mainchain"], liar.Address));
        Assert.Equal("node-contradicts", await RefusedAsync(["block", "3"], liar.Address));
        Assert.Equal("node-contradicts", await RefusedAsync(["block", "4"], liar.Address));
        Assert.Equal("node-contradicts", await RefusedAsync(["tx", third.Transactions[0].Id.ToString()], liar.Address));
    }

    [Fact]
    public async Task A_chain_that_this_program_does_not_know_is_named()
    {
        foreach (var (path, name) in new[] { ("sharechain/tip", "p2share-devnet"), ("mainchain/tip", _main.Name) })
        {
            await using var other = new NodeHost(new NodeHttpService(_main, _shares), (asked, answer) =>
                asked == path ? Altered(answer, $"\"chain\":\"{name}\"", "\"chain\":\"p2future\"") : answer);
            Assert.Equal("unknown-chain", await RefusedAsync(["status"], other.Address));
        }
    }

    [Fact]
    public async Task A_block_from_before_coinbases_named_heights_is_asked_for_by_its_height()
    {
        var own = await BlockAsync(2);
        var old = own with { Header = own.Header with { Version = 1 } };
        await using var node = new NodeHost(
            new NodeHttpService(_main, _shares),
            (path, answer) => path.StartsWith("mainchain/block/", StringComparison.Ordinal) ? NodeAnswer.Bytes(old.ToArray())
                : answer);
        Assert.Equal("no-height", await RefusedAsync(["block", old.Id.ToString()], node.Address));
    }

    private async Task<Block> BlockAsync(int height) =>
        (await _main.GetFullBlockAsync((await _main.GetHeaderAsync(height))!.Header.Id))!;

    private static NodeAnswer Altered(NodeAnswer answer, string text, string other)
    {
        var before = Encoding.UTF8.GetString(answer.Body.Span);
        Assert.Contains(text, before);
        return answer with { Body = Encoding.UTF8.GetBytes(before.Replace(text, other, StringComparison.Ordinal)) };
    }

    private async Task OpenAsync(SharechainProfile row)
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
            await _shares.DisposeAsync();
        }

        _shares = await ShareNode.OpenAsync(row, InterpreterRules.Consensus, new MemoryBlockStore(), _main, _clock);
        _host = new NodeHost(new NodeHttpService(_main, _shares));
    }

    // As JSON, and as a person reads it.
    private async Task<(JsonElement Json, string Text)> ShowAsync(params string[] verb)
    {
        var json = await CapturedConsole.RunAsync(["chain", .. verb, "--server", _host.Address.ToString(), "--json"]);
        var text = await CapturedConsole.RunAsync(["chain", .. verb, "--server", _host.Address.ToString()]);
        Assert.Equal((0, ""), (json.Code, json.Error));
        Assert.Equal((0, ""), (text.Code, text.Error));
        return (JsonDocument.Parse(json.Result).RootElement, text.Result);
    }

    private async Task<string> RefusedAsync(string[] verb, Uri? node = null)
    {
        var (code, result, error) = await CapturedConsole.RunAsync(
            ["chain", .. verb, "--server", (node ?? _host.Address).ToString(), "--json"]);
        Assert.Equal((1, ""), (code, result));
        return JsonDocument.Parse(error).RootElement.GetProperty("code").GetString()!;
    }
}
