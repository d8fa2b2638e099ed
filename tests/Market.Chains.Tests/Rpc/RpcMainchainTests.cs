using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Mining;
using Market.Chains.Rpc;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Rpc;

/// <summary>The client against real nodes: bcoin, and Bitcoin Core where it is installed.</summary>
public sealed class RpcMainchainTests
{
    // bcoin's regtest activates segwit here.
    private const int SegwitHeight = 432;

    private readonly PrivateKey _key = PrivateKey.Create([.. Enumerable.Repeat((byte)7, 32)]);

    public static TheoryData<string> Nodes => ["bcoin", "bitcoind"];

    private Script Own => Script.P2wpkh(_key.PublicKey);

    [Theory]
    [InlineData("""{"blocks": 100, "headers": 103, "initialblockdownload": false}""", null)]
    [InlineData("""{"blocks": 100, "headers": 103}""", null)]
    [InlineData("""{"blocks": 100, "headers": 104}""", "its node lacks 4 blocks whose headers it knows")]
    [InlineData("""{"blocks": 100, "headers": 100, "initialblockdownload": true}""", "its node is still in its initial download")]
    public void A_node_that_catches_up_says_so(string info, string? trouble)
    {
        using var document = System.Text.Json.JsonDocument.Parse(info);
        Assert.Equal(trouble, RpcTrouble.TroubleIn(document.RootElement));
    }

    [Fact]
    public void Reads_what_spends_an_output_as_Bitcoin_Core_says_it()
    {
        var (output, spender) = (new string('a', 64), new string('b', 63) + "c");
        using var document = System.Text.Json.JsonDocument.Parse(
            $$"""[{"txid": "{{output}}", "vout": 3}, {"txid": "{{output}}", "vout": 4, "spendingtxid": "{{spender}}"}]""");
        Assert.Equal([TxId.Parse(spender)], RpcUnconfirmed.SpendersIn(document.RootElement));
    }

    [Theory, MemberData(nameof(Nodes))]
    public async Task Reads_broadcasts_and_follows_reorganisations(string kind)
    {
        await using var node = await NodeProcess.StartAsync(kind);
        await using var chain = await RpcMainchain.ConnectAsync(node.Options);
        Assert.Equal("regtest", chain.Name);
        Assert.Equal(
            "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206",
            (await chain.GetBlockIdAsync(0))!.Value.ToString());
        await GenerateAsync(chain, SegwitHeight + 3);
        Assert.Null(await chain.GetTroubleAsync());
        var tip = await chain.GetTipAsync();
        Assert.Equal(SegwitHeight + 3, tip.Height);
        await CheckReadingAsync(chain, tip);

        await using var events = chain.SubscribeAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
        var coin = (await chain.GetCoinsAsync(Own))[0];
        Assert.Equal((1, SegwitHeight + 3), (coin.Height, coin.Confirmations));
        var payment = Pay(coin, Coins.Owner(9));
        Assert.Equal(BroadcastCode.Accepted, (await chain.BroadcastAsync(payment)).Code);
        Assert.Equal(BroadcastCode.AlreadyInMempool, (await chain.BroadcastAsync(payment)).Code);
        Assert.Null(await chain.FindUnspentAsync(coin.OutPoint));
        Assert.NotNull(await chain.FindUnspentAsync(coin.OutPoint, withMempool: false));
        Assert.Equal(payment.Id, Assert.Single(await chain.GetMempoolAsync()).Transaction.Id);
        Assert.Equal(payment.Id, (await NextAsync<ChainEvent.TransactionSeen>(events)).Transaction.Id);
        Assert.Equal(0, (await chain.FindTransactionAsync(payment.Id))!.Confirmations);
        Assert.True((await chain.EstimateFeeAsync(6)).SatsPerKvB >= 1_000);
        await RefusesAsync(chain, coin, kind);

        await GenerateAsync(chain, 1);
        var confirmed = await NextAsync<ChainEvent.TipChanged>(events);
        Assert.Equal(tip.Height + 1, confirmed.Tip.Height);
        Assert.Equal(confirmed.Tip.Ref, (await chain.FindTransactionAsync(payment.Id))!.Block);
        Assert.Equal(BroadcastCode.AlreadyConfirmed, (await chain.BroadcastAsync(payment)).Code);

        await chain.CallAsync("invalidateblock", default, confirmed.Tip.Id.ToString());
        var back = await NextAsync<ChainEvent.TipChanged>(events);
        Assert.Equal(confirmed.Tip.Ref, Assert.Single(back.Disconnected));
        Assert.Equal(tip, back.Tip);

        // A rival branch by submitblock, two blocks long.
        var first = await BranchAsync(chain, tip.Id, tip.Height + 1);
        var second = await BranchAsync(chain, first, tip.Height + 2);
        var rival = await NextAsync<ChainEvent.TipChanged>(events);
        rival = rival.Tip.Id == second ? rival : await NextAsync<ChainEvent.TipChanged>(events);
        Assert.Equal(second, rival.Tip.Id);
        await chain.CallAsync("reconsiderblock", default, confirmed.Tip.Id.ToString());
        Assert.Equal(second, (await chain.GetTipAsync()).Id);
    }

    [Theory, MemberData(nameof(Nodes))]
    public async Task A_block_mined_by_template_pays_the_shareholder_drawn(string kind)
    {
        await using var node = await NodeProcess.StartAsync(kind);
        await using var main = await RpcMainchain.ConnectAsync(node.Options);
        await GenerateAsync(main, SegwitHeight + 3);
        var payment = Pay((await main.GetCoinsAsync(Own))[0], Coins.Owner(9));
        Assert.True((await main.BroadcastAsync(payment)).IsSuccess);
        var before = (await main.GetTipAsync()).Height;

        await using var shares = await ShareLab.NodeAsync(main, TimeProvider.System);
        var miner = Coins.Owner(20);
        for (var i = 0; i < 8; i++)
        {
            var next = await shares.GetNextPayoutAsync();
            var expected = next.Draws.IsEmpty ? miner : next.Draws[0].Coin.Payout!.Value;
            var share = ShareLab.Solve(await shares.GetTemplateAsync(miner));
            var result = await shares.SubmitShareAsync(share);
            Assert.True(result.Code == SubmitCode.Accepted, $"{result.Code}: {result.Detail}");
            Assert.True(result.MainResult is { Code: SubmitCode.Accepted }, result.MainResult?.Detail);
            var block = (await main.GetFullBlockAsync(result.MainBlock!.Value))!;
            Assert.Equal(expected, block.Transactions[0].Outputs[0].ScriptPubKey);
            Assert.Contains(block.Transactions[0].Outputs, output => ShareCommitment.Read(output) == share.Header.Commitment);
        }

        Assert.NotEmpty((await shares.GetNextPayoutAsync()).Draws);
        Assert.Equal(before + 8, (await main.GetTipAsync()).Height);
        Assert.Equal(8, (await main.FindTransactionAsync(payment.Id))!.Confirmations);
    }

    [Theory, MemberData(nameof(Nodes))]
    public async Task A_dearer_transaction_replaces_one_that_waits_on_a_node_that_replaces(string kind)
    {
        await using var node = await NodeProcess.StartAsync(kind);
        await using var chain = await RpcMainchain.ConnectAsync(node.Options);
        await GenerateAsync(chain, SegwitHeight + 3);
        await using var events = chain.SubscribeAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
        var coin = (await chain.GetCoinsAsync(Own))[0];
        var first = Pay(coin, Coins.Owner(9));
        var dearer = Pay(coin, Coins.Owner(9), 20_000);
        Assert.Equal(BroadcastCode.Accepted, (await chain.BroadcastAsync(first)).Code);
        Assert.Equal(first.Id, (await NextAsync<ChainEvent.TransactionSeen>(events)).Transaction.Id);

        var result = await chain.BroadcastAsync(dearer);
        if (kind == "bcoin")
        {
            Assert.Equal(BroadcastCode.Conflict, result.Code);
            Assert.Equal(first.Id, Assert.Single(await chain.GetMempoolAsync()).Transaction.Id);
            return;
        }

        Assert.Equal((BroadcastCode.Accepted, ""), (result.Code, result.Detail));
        Assert.Equal(dearer.Id, Assert.Single(await chain.GetMempoolAsync()).Transaction.Id);
        Assert.Equal(
            new ChainEvent.TransactionDropped(first.Id, DropReason.Replaced),
            await NextAsync<ChainEvent.TransactionDropped>(events));
        Assert.Null(await chain.FindTransactionAsync(first.Id));
        Assert.Equal(BroadcastCode.ReplacementTooCheap, (await chain.BroadcastAsync(first)).Code);
        await GenerateAsync(chain, 1);
        Assert.Equal(1, (await chain.FindTransactionAsync(dearer.Id))!.Confirmations);
        Assert.Equal(BroadcastCode.MissingInputs, (await chain.BroadcastAsync(first)).Code);
    }

    [Theory, MemberData(nameof(Nodes))]
    public async Task A_transaction_beyond_those_that_are_listed_is_found_by_its_id_and_by_what_it_spends(string kind)
    {
        await using var node = await NodeProcess.StartAsync(kind);
        await using var chain = await RpcMainchain.ConnectAsync(node.Options with { MempoolLimit = 1 });
        await GenerateAsync(chain, SegwitHeight + 3);
        var coins = await chain.GetCoinsAsync(Own);
        var (listed, beyond) = (Pay(coins[0], Coins.Owner(9)), Pay(coins[1], Coins.Owner(10)));
        Assert.True((await chain.BroadcastAsync(listed)).IsSuccess);
        Assert.Equal(listed.Id, Assert.Single(await chain.GetMempoolAsync()).Transaction.Id);
        Assert.True((await chain.BroadcastAsync(beyond)).IsSuccess);
        Assert.Single(await chain.GetMempoolAsync());
        Assert.Equal(2, await chain.CountUnconfirmedAsync());

        await FindsAsync(MempoolQuery.Of(beyond.Id), beyond.Id);
        await FindsAsync(MempoolQuery.Of(listed.Id, beyond.Id), listed.Id, beyond.Id);
        await FindsAsync(MempoolQuery.Paying(Coins.Owner(9)), listed.Id);
        await FindsAsync(MempoolQuery.Spending(coins[0].OutPoint, coins[2].OutPoint), listed.Id);
        await FindsAsync(
            MempoolQuery.Spending(coins[0].OutPoint, coins[1].OutPoint), kind == "bcoin" ? [listed.Id] : [listed.Id, beyond.Id]);
        await GenerateAsync(chain, 1);
        await FindsAsync(MempoolQuery.Of(listed.Id, beyond.Id));

        async Task FindsAsync(MempoolQuery query, params TxId[] ids) =>
            Assert.Equal(ids, (await chain.FindUnconfirmedAsync(query)).Select(transaction => transaction.Id));
    }

    [Theory, MemberData(nameof(Nodes))]
    public async Task Programs_that_ask_for_coins_at_once_are_all_answered(string kind)
    {
        await using var node = await NodeProcess.StartAsync(kind);
        await using var chain = await RpcMainchain.ConnectAsync(node.Options);
        await using var other = await RpcMainchain.ConnectAsync(node.Options);
        await GenerateAsync(chain, SegwitHeight + 3);
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 24).Select(i => (i % 2 == 0 ? chain : other).GetCoinsAsync(Own).AsTask()));
        Assert.All(answers, coins => Assert.Equal(SegwitHeight + 3, coins.Length));
    }

    [Fact]
    public async Task A_node_without_an_index_of_transactions_is_refused_where_they_are_needed()
    {
        await using var node = await NodeProcess.StartAsync("bitcoind", more: "-txindex=0");
        var error = await Assert.ThrowsAsync<ChainUnavailableException>(() => RpcMainchain.ConnectAsync(node.Options));
        Assert.Contains("-txindex", error.Message, StringComparison.Ordinal);
        await using var chain = await RpcMainchain.ConnectAsync(node.Options with { NeedsTransactions = false });
        Assert.Equal(0, (await chain.GetTipAsync()).Height);
    }

    [Fact]
    public async Task Says_what_to_do_where_no_node_answers()
    {
        var options = new RpcOptions
        {
            Address = new Uri($"http://127.0.0.1:{NodeHost.FreePort()}/"),
            Retries = 1,
        };
        var error = await Assert.ThrowsAsync<ChainUnavailableException>(() => RpcMainchain.ConnectAsync(options));
        Assert.Contains("Start it with -server", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_what_to_do_where_the_sign_in_is_refused()
    {
        await using var node = await NodeProcess.StartAsync("bcoin");
        var error = await Assert.ThrowsAsync<ChainUnavailableException>(
            () => RpcMainchain.ConnectAsync(node.Options with { Password = "wrong" }));
        Assert.Contains("rpcpassword", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bad-txns-inputs-missingorspent", BroadcastCode.MissingInputs)]
    [InlineData("txn-mempool-conflict", BroadcastCode.Conflict)]
    [InlineData("insufficient fee, rejecting replacement", BroadcastCode.ReplacementTooCheap)]
    [InlineData("min relay fee not met, 0 < 110", BroadcastCode.FeeTooLow)]
    [InlineData("insufficient fee (including sibling eviction), rejecting replacement", BroadcastCode.ReplacementTooCheap)]
    [InlineData("replacement-failed, insufficient feerate: does not improve feerate diagram", BroadcastCode.ReplacementTooCheap)]
    [InlineData("too-large-cluster", BroadcastCode.ChainTooLong)]
    [InlineData("TRUC-violation, version=3 tx is too big", BroadcastCode.NotStandard)]
    [InlineData("Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)", BroadcastCode.NotStandard)]
    [InlineData("bad-txns-too-many-sigops", BroadcastCode.NotStandard)]
    [InlineData("mempool min fee not met", BroadcastCode.FeeTooLow)]
    [InlineData("too-long-mempool-chain", BroadcastCode.ChainTooLong)]
    [InlineData("non-final", BroadcastCode.NotFinal)]
    [InlineData("non-BIP68-final", BroadcastCode.NotFinal)]
    [InlineData("bad-txns-premature-spend-of-coinbase", BroadcastCode.NotFinal)]
    [InlineData("mempool full", BroadcastCode.MempoolFull)]
    [InlineData("dust", BroadcastCode.NotStandard)]
    [InlineData("Transaction outputs already in utxo set", BroadcastCode.AlreadyConfirmed)]
    [InlineData("mandatory-script-verify-flag-failed (Signature must be zero)", BroadcastCode.Invalid)]
    [InlineData("TX decode failed", BroadcastCode.Invalid)]
    public void Maps_reject_reasons_to_stable_codes(string reason, BroadcastCode code) =>
        Assert.Equal(code, RpcRefusals.OfBroadcast(new RpcException(-26, reason)));

    private static async Task CheckReadingAsync(RpcMainchain chain, ChainHead tip)
    {
        var block = (await chain.GetBlockAsync(tip.Id))!;
        Assert.Equal(tip.Ref, block.Ref);
        Assert.Equal(tip.MedianTimePast, block.MedianTimePast);
        var header = (await chain.GetHeaderAsync(tip.Height))!;
        Assert.True(header.OnBestChain);
        Assert.Equal(tip.Id, header.Header.Id.Value);
        Assert.Null(await chain.GetBlockAsync(Hash256.DoubleSha256([1])));
        Assert.Null(await chain.GetBlockIdAsync(tip.Height + 1));
        Assert.Null(await chain.FindTransactionAsync(new TxId(Hash256.DoubleSha256([1]))));
        Assert.Null(await chain.FindUnspentAsync(new OutPoint(new TxId(Hash256.DoubleSha256([1])), 0)));
        var coinbase = await chain.FindTransactionAsync(block.Transactions[0].Id);
        Assert.Equal((tip.Ref, 1), (coinbase!.Block, coinbase.Confirmations));
        var output = await chain.FindUnspentAsync(new OutPoint(block.Transactions[0].Id, 0));
        Assert.True(output is { IsCoinbase: true, Confirmations: 1 });
        Assert.Equal(block.Transactions[0].Outputs[0], output.Output);
    }

    private async Task RefusesAsync(RpcMainchain chain, UnspentOutput coin, string kind)
    {
        var nowhere = Pay(coin with { OutPoint = new OutPoint(new TxId(Hash256.DoubleSha256([2])), 0) }, Own);
        Assert.Equal(BroadcastCode.MissingInputs, (await chain.BroadcastAsync(nowhere)).Code);
        var again = Pay(coin, Coins.Owner(10));
        Assert.Equal(
            kind == "bcoin" ? BroadcastCode.Conflict : BroadcastCode.ReplacementTooCheap, (await chain.BroadcastAsync(again)).Code);
    }

    private async Task GenerateAsync(RpcMainchain chain, int count)
    {
        var address = BitcoinAddress.FromScript(Own, chain.Network).ToString();
        await chain.CallAsync("generatetoaddress", default, count, address);
    }

    private Transaction Pay(UnspentOutput coin, Script to, long fee = 10_000) => Coins.Pay(_key, coin, to, fee);

    private static async Task<Hash256> BranchAsync(RpcMainchain chain, Hash256 previous, int height)
    {
        var parent = (await chain.GetHeaderAsync(new BlockId(previous)))!;
        var block = BlockAssembler.Assemble(
            new BlockId(previous), height, parent.MedianTimePast + 1, parent.Header.Bits, [], Coins.Owner(11),
            MainParameters.Regtest.Issuance.At(height), (ulong)height << 20);
        var solved = block with { Header = HeaderSolver.Solve(block.Header)! };
        var result = await chain.SubmitBlockAsync(solved);
        Assert.True(result.IsSuccess, $"{result.Code}: {result.Detail}");
        return solved.Id.Value;
    }

    private static async Task<T> NextAsync<T>(IAsyncEnumerator<ChainEvent> events)
        where T : ChainEvent
    {
        while (await events.MoveNextAsync().AsTask().WaitAsync(Eventually.Patience))
        {
            if (events.Current is T wanted)
            {
                return wanted;
            }
        }

        throw new InvalidOperationException("The events ended.");
    }
}
