using System.Net;
using System.Net.Http.Json;
using Market.Api.Chains;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Contracts;
using Market.Testing.Chains;

namespace Market.Api.Tests.Chains;

/// <summary>What the explorer finds: by what is typed, of a transaction, of an address, of who holds.</summary>
public sealed class ExplorerTests(PostgresFixture postgres)
{
    private const string Chain = "sharechain";
    private static readonly PrivateKey Key = PrivateKey.Create(Enumerable.Repeat((byte)77, 32).ToArray());
    private static readonly Script Other = Script.P2wsh(Coins.Owner(5));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_payment_is_found_from_every_side_and_a_reorganised_one_is_not()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        var script = Script.P2wpkh(Key.PublicKey);
        var from = BitcoinAddress.FromScript(script, host.Shares.Network).ToString();
        await host.MineSharesAsync(7, script);
        var coin = (await host.Shares.GetCoinsAsync(script, Cancel))[0];
        var payment = Coins.Pay(Key, coin, Other);
        Assert.True((await host.Shares.BroadcastAsync(payment, Cancel)).IsSuccess);

        var waiting = await GetAsync<TransactionDetail>(host, Tx(payment));
        Assert.Equal((null, null, 10_000L), (waiting.Height, waiting.Time, waiting.Fee!.Value.Value));
        var spent = await GetAsync<TransactionDetail>(host, $"/api/v1/chains/{Chain}/transactions/{coin.OutPoint.TxId}");
        Assert.Equal((OutputState.BeingSpent, payment.Id.ToString()), (spent.Outputs[0].State, spent.Outputs[0].Spender));
        Assert.Null(spent.Fee);

        await host.MineSharesAsync(1, Other);
        await IndexedAsync(host);
        var seen = await GetAsync<TransactionDetail>(host, Tx(payment));
        Assert.Equal((8L, from, coin.Output.Value.Sats), (seen.Height, seen.Inputs[0].Address, seen.Inputs[0].Value!.Value.Value));
        Assert.Equal(
            (await GetAsync<BlockDetail>(host, $"/api/v1/chains/{Chain}/blocks/8")).Block.Time, seen.Time);
        Assert.Equal((OutputState.Unspent, null), (seen.Outputs[0].State, seen.Outputs[0].Spender));
        Assert.Null(seen.Swap);
        spent = await GetAsync<TransactionDetail>(host, $"/api/v1/chains/{Chain}/transactions/{coin.OutPoint.TxId}");
        Assert.Equal((OutputState.Spent, payment.Id.ToString()), (spent.Outputs[0].State, spent.Outputs[0].Spender));

        var address = await GetAsync<AddressDetail>(host, $"/api/v1/chains/{Chain}/addresses/{from}");
        const long each = 50 * Quantity.UnitsPerShare;
        Assert.Equal((7 * each, 7, 0L), (address.Minted.Value, address.Payments.Count, address.From));
        Assert.Equal((3, 3 * each), (address.Spendable.Count, address.Spendable.Value.Value));
        Assert.Equal((3, 0), (address.Maturing.Count, address.Unconfirmed.Count));
        Assert.Equal((OutputState.Spent, payment.Id.ToString()), (address.Payments[^1].State, address.Payments[^1].Spender));
        Assert.All(address.Payments.SkipLast(1), one => Assert.Equal((OutputState.Unspent, true), (one.State, one.Minted)));
        var holders = await GetAsync<ShareHolderPage>(host, $"/api/v1/chains/{Chain}/holders");
        Assert.Equal(address.Chance, holders.Items.Single(one => one.Address == from).Chance);
        Assert.Equal(1.0, holders.Items.Sum(one => one.Chance.Part), 9);
        Assert.Equal(holders.Count, holders.Items.Count);

        var tip = (await host.Shares.GetTipAsync(Cancel)).Id.ToString();
        await FindsAsync(host, "8", SearchKind.Block, tip);
        await FindsAsync(host, "#8", SearchKind.Block, tip);
        await FindsAsync(host, tip, SearchKind.Block, tip);
        await FindsAsync(host, tip[..8].ToUpperInvariant(), SearchKind.Block, tip);
        await FindsAsync(host, payment.Id.ToString(), SearchKind.Transaction, payment.Id.ToString());
        await FindsAsync(host, payment.Id.ToString()[..10], SearchKind.Transaction, payment.Id.ToString());
        await FindsAsync(host, coin.OutPoint.ToString(), SearchKind.Transaction, coin.OutPoint.TxId.ToString());
        await FindsAsync(host, from, SearchKind.Address, from);
        Assert.Empty((await GetAsync<SearchAnswer>(host, $"{Routes.Search}?q={new string('f', 64)}")).Hits);
        // Both chains have a block of height 0.
        Assert.Equal(2, (await GetAsync<SearchAnswer>(host, $"{Routes.Search}?q=0")).Hits.Count);
    }

    [Fact]
    public async Task A_block_that_is_taken_back_leaves_the_index()
    {
        await using var main = await Market.Chains.Mainchain.EmbeddedMainchain.OpenAsync(
            Lab.Options(), InterpreterRules.Consensus, new Market.Chains.Storage.MemoryBlockStore(), new ManualClock(), Cancel);
        await main.MineAsync(3, cancellation: Cancel);
        var index = new ChainIndex();
        var script = default(Script);
        for (var height = 0; height <= 3; height++)
        {
            var block = (await main.GetBlockAsync((await main.GetBlockIdAsync(height, Cancel))!.Value, Cancel))!;
            script = block.Transactions[0].Outputs[0].ScriptPubKey;
            index.Add(block);
        }
        var tip = index.Tip!.Value;
        var before = index.Paying(script, 100).Count;
        Assert.Contains(index.Beginning(tip.Id.ToString()[..8], 100), place => place is { Height: 3, Index: -1 });
        index.TakeBack();
        Assert.Equal(2, index.Tip.Value.Height);
        Assert.DoesNotContain(index.Beginning(tip.Id.ToString()[..8], 100), place => place.Height == 3);
        Assert.Equal(before - 1, index.Paying(script, 100).Count);
        var again = (await main.GetBlockAsync(tip.Id, Cancel))!;
        index.Add(again);
        Assert.Equal(before, index.Paying(script, 100).Count);
        Assert.Throws<InvalidOperationException>(() => index.Add(again));
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused_in_words()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        string[] paths =
        [
            "search?q=%20", "search", "chains/sharechain/addresses/nonsense", "chains/mainchain/holders",
            "chains/sharechain/holders?limit=0", "chains/sharechain/holders?cursor=x", "chains/moonchain/holders",
        ];
        foreach (var path in paths)
        {
            using var answer = await host.Http.GetAsync(new Uri($"{Routes.Root}/{path}", UriKind.Relative), Cancel);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Equal(
                ProblemCodes.ValidationFailed, (await answer.Content.ReadFromJsonAsync<Problem>(MarketJson.Options, Cancel))!.Code);
        }
    }

    private static async Task FindsAsync(MarketHost host, string typed, SearchKind kind, string id)
    {
        var answer = await GetAsync<SearchAnswer>(host, $"{Routes.Search}?q={Uri.EscapeDataString(typed)}");
        Assert.Contains(answer.Hits, hit => hit.Kind == kind && hit.Id == id && hit.Chain == host.Shares.Name);
    }

    private static Task IndexedAsync(MarketHost host) => Eventually.TrueAsync(
        async () => host.Get<ChainIndexes>().Of(host.Shares).Tip?.Id == (await host.Shares.GetTipAsync(Cancel)).Id, "the index");

    private static string Tx(Transaction transaction) => $"/api/v1/chains/{Chain}/transactions/{transaction.Id}";

    private static async Task<T> GetAsync<T>(MarketHost host, string path) =>
        (await host.Http.GetFromJsonAsync<T>(path, MarketJson.Options, Cancel))!;
}
