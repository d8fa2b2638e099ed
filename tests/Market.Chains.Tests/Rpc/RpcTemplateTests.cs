using System.Text.Json;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Rpc;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Rpc;

/// <summary>Templates of a node: what is read of them, how soon the next is there, and what becomes of a block.</summary>
public sealed class RpcTemplateTests
{
    private static readonly Script Miner = Script.P2wsh(Coins.Owner(4));

    public static TheoryData<string> Nodes => ["bcoin", "bitcoind"];

    [Fact]
    public void A_template_is_read_with_the_costs_of_its_transactions()
    {
        var template = RpcTemplates.Read(Answer("""["csv","!segwit","taproot"]"""));
        Assert.Equal((101, 0x20000000, 5_000_001_500), (template.Height, template.Version, template.CoinbaseValue.Sats));
        Assert.Equal(5_000_000_000, template.Subsidy.Sats);
        Assert.Equal([new MainTransactionCost(new Amount(1_500), 4)], template.Costs);
        Assert.NotNull(template.WitnessCommitment);
        Assert.Null(RpcTemplates.Read(Answer("""["csv"]""")).WitnessCommitment);
    }

    [Fact]
    public void A_template_that_keeps_a_rule_unknown_here_is_not_mined()
    {
        Assert.NotNull(RpcTemplates.Read(Answer("""["newfork","!segwit","!signet"]""")));
        var refusal = Assert.Throws<ChainUnavailableException>(() => RpcTemplates.Read(Answer("""["!newfork","!segwit"]""")));
        Assert.Contains("newfork", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bad-cb-amount", SubmitCode.Refused, "its coinbase pays more than subsidy and fees (bad-cb-amount)")]
    [InlineData("bad-cb-missing", SubmitCode.Refused, "its coinbase is missing, or there are two (bad-cb-missing)")]
    [InlineData("prev-blk-not-found", SubmitCode.Deferred, "the node does not know the block it stands on (prev-blk-not-found)")]
    [InlineData("duplicate", SubmitCode.Duplicate, "the node has this block already (duplicate)")]
    [InlineData("duplicate-invalid", SubmitCode.Refused, "the node had refused this block before (duplicate-invalid)")]
    [InlineData("inconclusive", SubmitCode.SideChain, "the node has not made it its best block (inconclusive)")]
    [InlineData("some-new-word", SubmitCode.Refused, "some-new-word")]
    public void A_refusal_of_a_block_is_told_in_words(string reason, SubmitCode code, string words)
    {
        Assert.Equal(code, RpcRefusals.OfSubmit(reason));
        Assert.Equal(words, RpcRefusals.WordsOf(reason));
    }

    [Fact]
    public void Transactions_that_a_large_coinbase_leaves_no_room_for_are_left_out_from_the_end()
    {
        var template = Full(weightEach: 400_000, count: 10, sigOps: 0);
        var cut = template.Within(Coinbase(outputs: 500));
        Assert.Equal(9, cut.Transactions.Length);
        Assert.Equal(template.CoinbaseValue.Sats - 1_000, cut.CoinbaseValue.Sats);
        Assert.Equal(template.Transactions[..9], cut.Transactions);
        Assert.NotEqual(template.WitnessCommitment, cut.WitnessCommitment);
        var coinbase = Coinbase(outputs: 500);
        Assert.True(coinbase.Weight + cut.Transactions.Sum(each => each.Weight) + 332 <= LedgerRules.BitcoinMaxWeight);
    }

    [Fact]
    public void Signature_operations_of_a_coinbase_are_counted_too()
    {
        var template = Full(weightEach: 1_000, count: 10, sigOps: 7_960);
        Assert.Equal(10, template.Within(Coinbase(outputs: 100)).Transactions.Length);
        Assert.Equal(9, template.Within(Coinbase(outputs: 101)).Transactions.Length);
    }

    [Theory, MemberData(nameof(Nodes))]
    public async Task A_node_s_new_tip_is_told_by_long_poll_and_its_template_is_there(string kind)
    {
        // Nothing else would look at the node for an hour.
        await using var node = await NodeProcess.StartAsync(kind);
        await using var main = await RpcMainchain.ConnectAsync(node.Options with { PollInterval = TimeSpan.FromHours(1) });
        await using var other = await RpcMainchain.ConnectAsync(node.Options);
        var address = BitcoinAddress.FromScript(Miner, main.Network).ToString();
        await other.CallAsync("generatetoaddress", default, 1, address);
        var events = main.SubscribeAsync(TestContext.Current.CancellationToken);
        var before = await main.GetTemplateAsync(TestContext.Current.CancellationToken);
        await other.CallAsync("generatetoaddress", default, 1, address);
        await foreach (var happened in events)
        {
            var tip = Assert.IsType<ChainEvent.TipChanged>(happened).Tip;
            var template = await main.GetTemplateAsync(TestContext.Current.CancellationToken);
            Assert.Equal((tip.Height + 1, tip.Id), (template.Height, template.Previous.Value));
            Assert.NotEqual(before.Previous, template.Previous);
            if (tip.Height == 4)
            {
                break;
            }

            await other.CallAsync("generatetoaddress", default, 1, address);
        }
    }

    [Theory, MemberData(nameof(Nodes))]
    public async Task A_block_that_pays_too_much_is_refused_in_words(string kind)
    {
        await using var node = await NodeProcess.StartAsync(kind);
        await using var main = await RpcMainchain.ConnectAsync(node.Options);
        var address = BitcoinAddress.FromScript(Miner, main.Network).ToString();
        await main.CallAsync("generatetoaddress", default, 3, address);
        await using var shares = await ShareLab.NodeAsync(main, TimeProvider.System);
        var template = await shares.GetTemplateAsync(Miner, TestContext.Current.CancellationToken);
        var coinbase = template.MainCoinbase;
        var greedy = template with
        {
            MainCoinbase = new Transaction(
                2, coinbase.Inputs,
                [coinbase.Outputs[0] with { Value = coinbase.Outputs[0].Value + new Amount(1) }, .. coinbase.Outputs[1..]], 0),
        };
        var result = await shares.SubmitShareAsync(
            ShareLab.Solve(greedy.WithExtraNonce(1)), TestContext.Current.CancellationToken);
        Assert.Equal(SubmitCode.Refused, result.MainResult!.Code);
        Assert.StartsWith("its coinbase pays more than subsidy and fees (", result.MainResult.Detail, StringComparison.Ordinal);
        Assert.Contains("bad-cb-amount", result.MainResult.Detail, StringComparison.Ordinal);
    }

    private static MainTemplate Full(int weightEach, int count, int sigOps)
    {
        var transactions = Enumerable.Range(0, count).Select(i => new Transaction(
            2, [new TxIn(new OutPoint(new TxId(Hash256.DoubleSha256([(byte)i])), 0), Script.Empty, 0)],
            [new TxOut(new Amount(1), new Script(new byte[(weightEach / 4) - 70]))], 0)).ToArray();
        return new MainTemplate(
            default, 101, 0x20000000, new CompactTarget(0x207fffff), 1, 1, new Amount(5_000_000_000),
            new Amount(5_000_000_000 + (1_000L * count)), [.. transactions], new Script(new byte[38]))
        {
            Costs = [.. transactions.Select(_ => new MainTransactionCost(new Amount(1_000), sigOps))],
        };
    }

    private static Transaction Coinbase(int outputs) => new(
        2, [new TxIn(OutPoint.Null, new Script(new byte[12]), TxIn.FinalSequence, new Witness(new byte[32]))],
        [.. Enumerable.Repeat(new TxOut(new Amount(1), Script.P2pkh(new Hash160(new byte[20]))), outputs)], 0);

    private static JsonElement Answer(string rules)
    {
        var transaction = Coins.Spend(new OutPoint(new TxId(Hash256.DoubleSha256([1])), 0), new Amount(10_000), Miner);
        using var document = JsonDocument.Parse($$"""
            {
              "rules": {{rules}}, "previousblockhash": "{{Hash256.DoubleSha256([2])}}", "height": 101, "version": 536870912,
              "bits": "207fffff", "curtime": 1700000000, "mintime": 1699999000, "coinbasevalue": 5000001500,
              "default_witness_commitment": "6a24aa21a9ed{{new string('0', 64)}}", "longpollid": "x",
              "transactions": [{"data": "{{transaction.ToHex()}}", "fee": 1500, "sigops": 4}]
            }
            """);
        return document.RootElement.Clone();
    }
}
