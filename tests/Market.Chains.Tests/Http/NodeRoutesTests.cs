using System.Text.Json;
using Market.Bitcoin;
using Market.Chains.Http;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Http;

/// <summary>What a node answers over HTTP, asked for itself.</summary>
public sealed class NodeRoutesTests : ServedChains
{
    private const string FortyThreeBytes =
        "51515151515151515151515151515151515151515151515151515151515151515151515151515151515151";

    private const string UnknownId = "5151515151515151515151515151515151515151515151515151515151515151";

    private static readonly Script Miner = Coins.Owner(20);

    [Fact]
    public async Task Lists_come_in_pages()
    {
        // Outputs of one script, in more than one page; then transactions that spend them.
        const int many = NodeHttpService.MostCoins + 5;
        var coin = await Coins.MatureAsync(Main, Lab.Treasury);
        var each = new Amount(coin.Output.Value.Sats / (many + 1));
        var source = Coins.Spend(
            [(coin.OutPoint, coin.Output.Value)], [.. Enumerable.Repeat(new TxOut(each, Coins.Owner(70)), many)]);
        Assert.Equal(BroadcastCode.Accepted, (await Main.BroadcastAsync(source)).Code);
        await Main.MineAsync(1);
        var service = new NodeHttpService(Main, Shares);
        var first = await CoinsAsync(null);
        Assert.Equal(NodeHttpService.MostCoins, first.Length);
        var rest = await CoinsAsync(first[^1].OutPoint);
        Assert.Equal(
            Enumerable.Range(0, many).Select(index => new OutPoint(source.Id, (uint)index).ToString()),
            first.Concat(rest).Select(found => found.OutPoint));
        Assert.Empty(await CoinsAsync(rest[^1].OutPoint));

        var waiting = Enumerable.Range(0, 3)
            .Select(i => Coins.Spend(new OutPoint(source.Id, (uint)i), each, Coins.Owner(71))).ToList();
        foreach (var spend in waiting)
        {
            Assert.Equal(BroadcastCode.Accepted, (await Main.BroadcastAsync(spend)).Code);
        }

        Assert.Equal(waiting.Select(spend => spend.Id), await MempoolAsync(null));
        Assert.Equal([waiting[2].Id], await MempoolAsync(waiting[1].Id.ToString()));
        Assert.Empty(await MempoolAsync(waiting[2].Id.ToString()));
        Assert.Equal(400, (await AskAsync("mainchain/mempool", "xyz")).Status);
        Assert.Equal(400, (await AskAsync("mainchain/coins/51", "xyz")).Status);

        async Task<NodeAnswer> AskAsync(string path, string? after) => await service.HandleAsync(
            new NodeRequest("GET", path, name => name == "after" ? after : null, Stream.Null),
            TestContext.Current.CancellationToken);

        async Task<CoinPayload[]> CoinsAsync(string? after) => JsonSerializer.Deserialize<CoinPayload[]>(
            (await AskAsync($"mainchain/coins/{Coins.Owner(70)}", after)).Body.Span, NodeJson.Options)!;

        async Task<IEnumerable<TxId>> MempoolAsync(string? after) => NodeFrames.Split(
            (await AskAsync("mainchain/mempool", after)).Body, NodeHttpService.MostMempool)!
            .Select(bytes => Transaction.TryParse(bytes, out var found, out _) ? found.Id : default);
    }

    [Theory]
    [InlineData("GET", "mainchain/nothing", 404, "node-not-found")]
    [InlineData("GET", "sidechain/tip", 404, "node-not-found")]
    [InlineData("GET", "mainchain/block/xyz", 400, "node-bad-request")]
    [InlineData("GET", "mainchain/tx/00", 400, "node-bad-request")]
    [InlineData("GET", "mainchain/coin/00:1", 400, "node-bad-request")]
    [InlineData("GET", "mainchain/fee?target=0", 400, "node-bad-request")]
    [InlineData("GET", "mainchain/headers?limit=99999", 400, "node-bad-request")]
    [InlineData("GET", "mainchain/blocks?after=1", 400, "node-bad-request")]
    [InlineData("GET", "mainchain/block/9999", 404, "node-not-found")]
    [InlineData("GET", "sharechain/holders?limit=0", 400, "node-bad-request")]
    [InlineData("GET", "sharechain/holders?limit=1001", 400, "node-bad-request")]
    [InlineData("GET", "sharechain/template", 400, "node-bad-request")]
    [InlineData("GET", "sharechain/template?script=" + FortyThreeBytes, 400, "node-bad-request")]
    [InlineData("GET", "sharechain/template?script=acac", 400, "node-bad-request")]
    [InlineData("GET", "sharechain/main-header/xyz", 400, "node-bad-request")]
    [InlineData("GET", "sharechain/main-header/" + UnknownId, 404, "node-not-found")]
    [InlineData("POST", "mainchain/tx", 400, "node-bad-request")]
    [InlineData("POST", "mainchain/block", 400, "node-bad-request")]
    [InlineData("POST", "sharechain/share", 400, "node-bad-request")]
    [InlineData("POST", "sharechain/block", 404, "node-not-found")]
    public async Task Refuses_wrong_requests_by_name(string method, string path, int status, string code)
    {
        using var http = Host.Client();
        using var request = new HttpRequestMessage(new HttpMethod(method), "api/v1/node/" + path);
        request.Content = method == "POST" ? new ByteArrayContent([1, 2, 3]) : null;
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)response.StatusCode);
        var problem = JsonSerializer.Deserialize<NodeProblem>(
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), NodeJson.Options);
        Assert.Equal(code, problem!.Code);
    }

    [Theory]
    [InlineData("mainchain/tip")]
    [InlineData("mainchain/template")]
    [InlineData("mainchain/fee")]
    [InlineData("mainchain/mempool")]
    [InlineData("sharechain/payout")]
    [InlineData("sharechain/figures")]
    [InlineData("sharechain/holders")]
    [InlineData("sharechain/directory")]
    [InlineData("sharechain/template?script=51")]
    [InlineData("mainchain/coins/020100" + "7551")]
    public async Task Answers_what_wallets_and_miners_ask(string path)
    {
        await ShareLab.MineAsync(Shares, Clock, 7, Miner);
        using var http = Host.Client();
        var text = await http.GetStringAsync("api/v1/node/" + path, TestContext.Current.CancellationToken);
        if (path != "mainchain/mempool")
        {
            using var json = JsonDocument.Parse(text);
            Assert.NotEqual(JsonValueKind.Undefined, json.RootElement.ValueKind);
        }
    }
}
