using System.Collections.Concurrent;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Postgres;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Shares;

public sealed class ShareNodeTests(TestPostgres postgres)
{
    private static readonly Script Miner = Coins.Owner(20);
    private static readonly Script Other = Coins.Owner(21);

    private readonly ManualClock _clock = new();

    [Fact]
    public async Task A_template_runs_no_scripts_that_the_mempool_ran_whoever_asks_for_it()
    {
        var scripts = new CountingScripts();
        var clock = new ManualClock();
        await using var main = await Lab.MainchainAsync(clock, premine: 1);
        await using var node = await ShareNode.OpenAsync(
            SharechainProfiles.P2ShareDevnet, scripts, new MemoryBlockStore(), main, clock);
        await ShareLab.MineAsync(node, clock, 8, Coins.Owner(20));
        var spend = Coins.Spend(await Coins.MatureAsync(node, Coins.Owner(20)), Coins.Owner(22));
        Assert.Equal(BroadcastCode.Accepted, (await node.BroadcastAsync(spend)).Code);
        var before = scripts.Verified;
        Assert.Contains(spend.Id, (await node.GetTemplateAsync(Coins.Owner(20))).Transactions.Select(each => each.Id));
        for (var miner = 21; miner < 30; miner++)
        {
            var template = await node.GetTemplateAsync(Coins.Owner(miner));
            Assert.Contains(spend.Id, template.Transactions.Select(each => each.Id));
        }

        Assert.Equal(before, scripts.Verified);

        // What is confirmed is in no template.
        await ShareLab.MineAsync(node, clock, 1, Coins.Owner(20));
        Assert.DoesNotContain(spend.Id, (await node.GetTemplateAsync(Coins.Owner(20))).Transactions.Select(each => each.Id));
    }

    [Fact]
    public async Task A_share_that_is_a_mainchain_block_pays_the_shareholder_drawn()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 10);
        await using var node = await ShareLab.NodeAsync(main, _clock);
        await ShareLab.MineAsync(node, _clock, 4, Miner);
        var first = await node.GetNextPayoutAsync();
        Assert.Equal(0, first.TotalUnits);
        Assert.Empty(first.Draws);

        await ShareLab.MineAsync(node, _clock, 6, Miner);
        var next = await node.GetNextPayoutAsync();
        var draw = Assert.Single(next.Draws);
        Assert.Equal(Miner, draw.Coin.Payout);
        Assert.InRange(draw.Unit, 0, next.TotalUnits - 1);
        Assert.Equal(11, next.Height);
        var height = (await main.GetTipAsync()).Height;
        _clock.Advance(TimeSpan.FromSeconds(2));
        var template = await node.GetTemplateAsync(Other);
        Assert.Equal([Miner], template.Winners);
        var result = await node.SubmitShareAsync(ShareLab.Solve(template));
        Assert.Equal(SubmitCode.Accepted, result.Code);
        Assert.Equal(SubmitCode.Accepted, result.MainResult!.Code);

        var tip = await main.GetTipAsync();
        Assert.Equal(height + 1, tip.Height);
        Assert.Equal(result.MainBlock!.Value.Value, tip.Id);
        var coinbase = (await main.GetFullBlockAsync(result.MainBlock.Value))!.Transactions[0];
        Assert.Equal(Miner, coinbase.Outputs[0].ScriptPubKey);
        Assert.Equal(50 * Amount.Coin, coinbase.Outputs[0].Value.Sats);
        Assert.Contains(coinbase.Outputs, output => ShareCommitment.Read(output) == template.Header.Commitment);
        var figures = await node.GetFiguresAsync();
        Assert.Equal(11 * 50 * Amount.Coin, figures.Supply.Sats);
        Assert.Equal(height, figures.MainHeight);
    }

    [Fact]
    public async Task Transfers_shares_and_collects_the_fee()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await ShareLab.NodeAsync(main, _clock);
        await ShareLab.MineAsync(node, _clock, 8, Miner);
        var coin = (await node.GetCoinsAsync(Miner))[0];
        Assert.True(coin.IsSpendable(node.CoinbaseMaturity));
        var payment = Coins.Spend(coin, Other, fee: 2_000);
        var payments = node.SubscribeAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
        Assert.Equal(BroadcastCode.Accepted, (await node.BroadcastAsync(payment)).Code);
        await payments.MoveNextAsync();
        Assert.Equal(payment.Id, Assert.IsType<ChainEvent.TransactionSeen>(payments.Current).Transaction.Id);
        var share = Assert.Single(await ShareLab.MineAsync(node, _clock, 1, Miner));
        Assert.Equal(50 * Amount.Coin + 2_000, share.Transactions[0].Outputs[0].Value.Sats);
        Assert.Equal(1, (await node.FindTransactionAsync(payment.Id))!.Confirmations);
        Assert.Equal(coin.Output.Value.Sats - 2_000, Assert.Single(await node.GetCoinsAsync(Other)).Output.Value.Sats);
    }

    [Fact]
    public async Task A_branch_with_more_work_takes_over_and_undoes_exactly()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await ShareLab.NodeAsync(main, _clock);
        await using var rival = await ShareLab.NodeAsync(main, _clock);
        foreach (var share in await ShareLab.MineAsync(node, _clock, 8, Miner))
        {
            Assert.Equal(SubmitCode.Accepted, (await rival.SubmitShareAsync(share)).Code);
        }

        var fork = node.StateHash();
        Assert.Equal(fork, rival.StateHash());
        var payment = Coins.Spend((await node.GetCoinsAsync(Miner))[0], Other);
        await node.BroadcastAsync(payment);
        await ShareLab.MineAsync(node, _clock, 12, Miner);
        Assert.NotNull((await node.FindTransactionAsync(payment.Id))!.Block);
        _clock.Advance(TimeSpan.FromSeconds(-24));
        var branch = await ShareLab.MineAsync(rival, _clock, 14, Other);

        // Children first: they wait for their parents.
        var results = new List<ShareResult>();
        foreach (var share in branch.AsEnumerable().Reverse())
        {
            results.Add(await node.SubmitShareAsync(share));
        }

        Assert.All(results.SkipLast(1), result => Assert.Equal(ShareRefusal.ParentUnknown, result.Refusal));
        Assert.True(results[^1].IsSuccess);
        Assert.Equal(await rival.GetTipAsync(), await node.GetTipAsync());
        Assert.Equal(rival.StateHash(), node.StateHash());
        Assert.Equal(0, (await node.FindTransactionAsync(payment.Id))!.Confirmations);
    }

    [Fact]
    public async Task A_share_on_a_mainchain_block_not_seen_yet_waits_for_it()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        await using var late = await Lab.MainchainAsync(_clock, premine: 0);
        for (var height = 1; height <= 2; height++)
        {
            await late.SubmitBlockAsync(await BlockAsync(height));
        }

        await using var node = await ShareLab.NodeAsync(main, _clock);
        await using var waiting = await ShareLab.NodeAsync(late, _clock);
        var share = Assert.Single(await ShareLab.MineAsync(node, _clock, 1, Miner));
        var early = await waiting.SubmitShareAsync(share);
        Assert.Equal((SubmitCode.Deferred, ShareRefusal.MainPreviousUnknown), (early.Code, early.Refusal));
        await late.SubmitBlockAsync(await BlockAsync(3));
        await Eventually.TrueAsync(
            async () => (await waiting.GetTipAsync()).Id == share.Id.Value, "the share to be taken");

        async Task<Block> BlockAsync(int height) =>
            (await main.GetFullBlockAsync((await main.GetHeaderAsync(height))!.Header.Id))!;
    }

    [Fact]
    public async Task A_share_that_waits_is_offered_as_a_mainchain_block_at_once()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        await using var node = await ShareLab.NodeAsync(main, _clock);
        await ShareLab.MineAsync(node, _clock, 2, Miner);
        var height = (await main.GetTipAsync()).Height;
        _clock.Advance(TimeSpan.FromSeconds(200));
        var share = ShareLab.Solve(await node.GetTemplateAsync(Miner));
        _clock.Advance(TimeSpan.FromSeconds(-150));

        var early = await node.SubmitShareAsync(share);
        Assert.Equal((SubmitCode.Deferred, ShareRefusal.TimeTooFarAhead), (early.Code, early.Refusal));
        Assert.Equal(SubmitCode.Accepted, early.MainResult!.Code);
        Assert.Equal(height + 1, (await main.GetTipAsync()).Height);
        Assert.Equal(share.Header.Time - node.Profile.MaxFutureSeconds, node.NextDue);
        _clock.Advance(TimeSpan.FromSeconds(150));
        await Eventually.TrueAsync(async () => (await node.GetTipAsync()).Id == share.Id.Value, "the share");
        Assert.Null(node.NextDue);
    }

    [Fact]
    public async Task What_waits_for_another_reason_than_time_is_due_at_no_time()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        await using var node = await ShareLab.NodeAsync(main, _clock);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var template = await node.GetTemplateAsync(Miner);
        var nobodys = template.MainHeader with { Previous = new BlockId(Hash256.DoubleSha256([7])) };
        var result = await node.SubmitShareAsync(ShareLab.Solve(template with { MainHeader = nobodys }));
        Assert.Equal(ShareRefusal.MainPreviousUnknown, result.Refusal);
        // While it is tried anew it does not wait.
        await Eventually.TrueAsync(() => node.DeferredCount == 1, "it waits");
        Assert.Null(node.NextDue);
    }

    [Fact]
    public async Task Nobody_is_asked_about_the_mainchain_below_a_share_whose_place_here_is_wrong_or_unknown()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        var asked = new AskedHeaders(main);
        await using var node = await ShareLab.NodeAsync(asked, _clock);
        await ShareLab.MineAsync(node, _clock, 3, Miner);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var template = await node.GetTemplateAsync(Miner);
        var nobodys = new BlockId(Hash256.DoubleSha256([7]));
        Assert.Equal((SubmitCode.Deferred, ShareRefusal.ParentUnknown), await TakeAsync(
            header => header with { Parent = new ShareId(Hash256.DoubleSha256([8])) }));
        Assert.Equal(1, node.DeferredCount);
        var before = asked.Times(nobodys);
        Assert.Equal((SubmitCode.Refused, ShareRefusal.Bits), await TakeAsync(
            header => header with { Bits = node.Profile.EasiestBits }));
        Assert.Equal(1, node.DeferredCount);

        // False bytes take no place that right ones of the same id want.
        var orphan = Share(header => header with { Parent = new ShareId(Hash256.DoubleSha256([9])) });
        var torn = orphan with { Transactions = [orphan.Transactions[0], Coins.Spend(default, default, Other, 0)] };
        Assert.Equal(ShareRefusal.TxRoot, (await node.SubmitShareAsync(torn, TestContext.Current.CancellationToken)).Refusal);
        Assert.Equal(1, node.DeferredCount);
        Assert.Equal(before, asked.Times(nobodys));
        Assert.Equal((SubmitCode.Deferred, ShareRefusal.MainPreviousUnknown), await TakeAsync(header => header));
        Assert.NotEqual(before, asked.Times(nobodys));

        async Task<(SubmitCode, ShareRefusal)> TakeAsync(Func<ShareHeader, ShareHeader> change)
        {
            var result = await node.SubmitShareAsync(Share(change), TestContext.Current.CancellationToken);
            return (result.Code, result.Refusal);
        }

        ShareBlock Share(Func<ShareHeader, ShareHeader> change) => Solve(
            template with { MainHeader = template.MainHeader with { Previous = nobodys } }, change);
    }

    // Another header, with the coinbase that names it.
    private static ShareBlock Solve(ShareTemplate template, Func<ShareHeader, ShareHeader> change)
    {
        var header = change(template.Header);
        var coinbase = template.MainCoinbase;
        var outputs = coinbase.Outputs.Select(output =>
            ShareCommitment.Read(output) is null ? output : ShareCommitment.Output(header.Commitment));
        return ShareLab.Solve((template with
        {
            Header = header,
            MainCoinbase = new Transaction(coinbase.Version, coinbase.Inputs, [.. outputs], coinbase.LockTime),
        }).WithExtraNonce(0));
    }

    [Fact]
    public async Task Work_that_is_next_to_none_takes_no_place_among_those_that_wait_for_a_parent()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        await using var node = await ShareLab.NodeAsync(main, _clock);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var template = await node.GetTemplateAsync(Miner);
        var light = Solve(template, header => header with
        {
            Parent = new ShareId(Hash256.DoubleSha256([8])),
            Bits = node.Profile.EasiestBits,
        });
        Assert.True(light.Header.Bits.Work().ToBigInteger() * ShareChain.EasierWhileWaiting
            < template.Header.Bits.Work().ToBigInteger());
        var result = await node.SubmitShareAsync(light, TestContext.Current.CancellationToken);
        Assert.Equal((SubmitCode.Deferred, ShareRefusal.ParentUnknown), (result.Code, result.Refusal));
        Assert.Equal(0, node.DeferredCount);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("postgres")]
    public async Task Blocks_of_former_rules_are_told_by_name_and_can_be_deleted(string kind)
    {
        using var folder = new TempFolder();
        var database = kind == "postgres" ? await postgres.NewDatabaseAsync() : "";
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using (var node = await ShareLab.NodeAsync(main, _clock))
        {
            // As the former program wrote them: another genesis, the share alone, an id of the header.
            var share = (await ShareLab.MineAsync(node, _clock, 1, Miner))[0];
            using var store = Open();
            store.Write(new StoreChange(
                [
                    new StoredBlock(
                        share.Header.Commitment, Hash256.DoubleSha256([1]), 1, 1, share.ToArray()),
                ],
                [], [new StoredUndo(share.Header.Commitment, new byte[1])], share.Header.Commitment));
        }

        using (var held = Open())
        {
            var error = await Assert.ThrowsAsync<FormerRulesException>(() => ShareLab.NodeAsync(main, _clock, held));
            Assert.Contains("market reset", error.Message, StringComparison.Ordinal);

            // What is in use is not deleted.
            Assert.ThrowsAny<Exception>(Delete);
            Assert.NotNull(held.GetTip());
        }

        Delete();
        await using var anew = await ShareLab.NodeAsync(main, _clock, Open());
        Assert.Equal(0, (await anew.GetTipAsync()).Height);
        await ShareLab.MineAsync(anew, _clock, 1, Miner);

        void Delete()
        {
            if (kind == "file")
            {
                FileBlockStore.Delete(folder["shares"]);
            }
            else
            {
                PostgresBlockStore.Delete(database, "shares");
            }
        }

        IBlockStore Open() => kind == "file"
            ? FileBlockStore.Open(folder["shares"])
            : PostgresBlockStore.Open(database, "shares");
    }

    [Fact]
    public async Task A_share_that_came_before_its_parent_and_then_waits_for_time_is_tried_again()
    {
        var (clock, ahead) = (new ManualClock(), new ManualClock());
        await using var main = await Lab.MainchainAsync(clock, premine: 3);
        await using var node = await ShareLab.NodeAsync(main, clock);
        await using var rival = await ShareLab.NodeAsync(main, ahead);
        var parent = ShareLab.Solve(await rival.GetTemplateAsync(Coins.Owner(5)));
        Assert.Equal(SubmitCode.Accepted, (await rival.SubmitShareAsync(parent)).Code);
        ahead.Advance(TimeSpan.FromSeconds(125));
        var child = ShareLab.Solve(await rival.GetTemplateAsync(Coins.Owner(5)));
        Assert.Equal(SubmitCode.Accepted, (await rival.SubmitShareAsync(child)).Code);

        Assert.Equal(SubmitCode.Deferred, (await node.SubmitShareAsync(child)).Code);
        Assert.Equal(SubmitCode.Accepted, (await node.SubmitShareAsync(parent)).Code);
        Assert.Equal((1, 1), (node.DeferredCount, (await node.GetTipAsync()).Height));
        await Eventually.TrueAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(10));
                return (await node.GetTipAsync()).Id == child.Id.Value;
            },
            "the child to be taken");
    }

    [Fact]
    public async Task Refuses_work_that_is_not_there_and_payouts_to_oneself()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await ShareLab.NodeAsync(main, _clock);
        await ShareLab.MineAsync(node, _clock, 8, Miner);
        var template = await node.GetTemplateAsync(Other);
        var lazy = Enumerable.Range(0, 100).Select(n => template.MainHeader with { Nonce = (uint)n })
            .First(header => !template.ShareTarget.IsMetBy(header.Id.Value));
        Assert.Equal(
            ShareRefusal.WorkTooLow, (await node.SubmitShareAsync(template.ToShare(lazy))).Refusal);

        var coinbase = template.MainCoinbase;
        var greedy = new Transaction(
            coinbase.Version, coinbase.Inputs,
            coinbase.Outputs.SetItem(0, coinbase.Outputs[0] with { ScriptPubKey = Other }), 0);
        var root = MerkleRoot(greedy, template);
        var stolen = ShareLab.Solve(template with
        {
            MainCoinbase = greedy,
            MainHeader = template.MainHeader with { MerkleRoot = root },
        });
        Assert.Equal(ShareRefusal.PayoutScript, (await node.SubmitShareAsync(stolen)).Refusal);
        Assert.Equal(8, (await node.GetTipAsync()).Height);
        Assert.Equal(SubmitCode.Accepted, (await node.SubmitShareAsync(ShareLab.Solve(template))).Code);

        static Hash256 MerkleRoot(Transaction coinbase, ShareTemplate template) =>
            Market.Bitcoin.Ledger.LedgerMerkle.FoldFirst(coinbase.Id.Value, template.Branch.AsSpan());
    }

    [Theory]
    [InlineData("file")]
    [InlineData("postgres")]
    public async Task Opens_where_it_was_closed(string kind)
    {
        using var folder = new TempFolder();
        var database = kind == "postgres" ? await postgres.NewDatabaseAsync() : "";
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        Hash256 hash;
        ChainHead tip;
        await using (var node = await ShareLab.NodeAsync(main, _clock, Open()))
        {
            await ShareLab.MineAsync(node, _clock, 12, Miner);
            (hash, tip) = (node.StateHash(), await node.GetTipAsync());
        }

        await using var again = await ShareLab.NodeAsync(main, _clock, Open());
        Assert.Equal(tip, await again.GetTipAsync());
        Assert.Equal(hash, again.StateHash());
        await ShareLab.MineAsync(again, _clock, 1, Miner);

        IBlockStore Open() => kind == "file"
            ? FileBlockStore.Open(folder["shares"])
            : PostgresBlockStore.Open(database, "shares");
    }

    private sealed class CountingScripts : IScriptRules
    {
        public int Verified { get; private set; }

        public FailedInput? Verify(IReadOnlyList<PrecomputedTransaction> transactions)
        {
            Verified += transactions.Count;
            return InterpreterRules.Consensus.Verify(transactions);
        }

        public int SigOpCost(Transaction transaction, ReadOnlySpan<TxOut> spent) =>
            InterpreterRules.Consensus.SigOpCost(transaction, spent);
    }

    /// <summary>Counts what it is asked for.</summary>
    private sealed class AskedHeaders(IMainchain inner) : PassingMainchain(inner)
    {
        private readonly ConcurrentDictionary<BlockId, int> _asked = new();

        public int Times(BlockId id) => _asked.GetValueOrDefault(id);

        public override ValueTask<MainHeader?> GetHeaderAsync(BlockId id, CancellationToken cancellation = default)
        {
            _asked.AddOrUpdate(id, 1, (_, count) => count + 1);
            return base.GetHeaderAsync(id, cancellation);
        }
    }
}
