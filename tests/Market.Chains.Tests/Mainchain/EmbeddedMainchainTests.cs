using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Storage;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Mainchain;

public sealed class EmbeddedMainchainTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task A_wrong_coinbase_witness_off_the_best_chain_does_not_take_the_place_of_the_good_block()
    {
        await using var one = await Lab.MainchainAsync(_clock, premine: 3);
        await using var two = await Lab.MainchainAsync(_clock, premine: 0);
        for (var height = 1; height <= 3; height++)
        {
            await two.SubmitBlockAsync(await At(one, height));
        }

        await one.MineAsync(1);
        await two.MineAsync(1, Coins.Owner(77));
        var good = await At(two, 4);
        var coinbase = good.Transactions[0];
        var input = coinbase.Inputs[0] with { Witness = new Witness(Enumerable.Repeat((byte)7, 32).ToArray()) };
        var bad = good with
        {
            Transactions =
            [
                new Transaction(coinbase.Version, [input], coinbase.Outputs, coinbase.LockTime),
                .. good.Transactions[1..],
            ],
        };

        Assert.Equal(good.Id, bad.Id);
        Assert.Equal(SubmitCode.Refused, (await one.SubmitBlockAsync(bad)).Code);
        Assert.Equal(SubmitCode.SideChain, (await one.SubmitBlockAsync(good)).Code);
        await two.MineAsync(1, Coins.Owner(77));
        Assert.Equal(SubmitCode.Accepted, (await one.SubmitBlockAsync(await At(two, 5))).Code);
        Assert.Equal(await two.GetTipAsync(), await one.GetTipAsync());

        static async Task<Block> At(EmbeddedMainchain chain, int height) =>
            (await chain.GetFullBlockAsync((await chain.GetHeaderAsync(height))!.Header.Id))!;
    }

    [Fact]
    public async Task Devnet_begins_with_real_work_for_the_treasury()
    {
        var options = Lab.Options(3) with { Parameters = MainParameters.Devnet };
        await using var chain = await EmbeddedMainchain.OpenAsync(
            options, InterpreterRules.Consensus, new MemoryBlockStore(), _clock);
        var tip = await chain.GetTipAsync();
        Assert.Equal(3, tip.Height);
        Assert.True(tip.Time <= _clock.Seconds);
        Assert.Equal("devnet", chain.Name);
        Assert.True(MainParameters.Devnet.Genesis.Header.MeetsOwnTarget);
        for (var height = 1; height <= 3; height++)
        {
            var header = (await chain.GetHeaderAsync(height))!.Header;
            Assert.Equal(0x1e3fffc0u, header.Bits.Bits);
            Assert.True(header.MeetsOwnTarget);
        }

        var coins = await chain.GetCoinsAsync(Lab.Treasury);
        Assert.Equal(3, coins.Length);
        Assert.All(coins, coin => Assert.Equal(50 * Amount.Coin, coin.Output.Value.Sats));
        Assert.DoesNotContain(coins, coin => coin.IsSpendable(chain.CoinbaseMaturity));
    }

    [Fact]
    public async Task The_rest_of_the_network_mines_until_it_is_paused()
    {
        var options = Lab.Options(0) with { Mine = true, MeanInterval = TimeSpan.FromMilliseconds(20) };
        await using var chain = await EmbeddedMainchain.OpenAsync(
            options, InterpreterRules.Consensus, new MemoryBlockStore(), TimeProvider.System);
        await Eventually.TrueAsync(async () => (await chain.GetTipAsync()).Height >= 5, "five blocks");
        chain.Pause();
        var height = (await chain.GetTipAsync()).Height;
        await chain.MineAsync(1);
        Assert.Equal(height + 1, (await chain.GetTipAsync()).Height);
        chain.Resume();
        await Eventually.TrueAsync(async () => (await chain.GetTipAsync()).Height >= height + 3, "more blocks");
    }

    [Fact]
    public async Task Confirms_a_payment_and_its_unconfirmed_child_in_one_block()
    {
        await using var chain = await Lab.MainchainAsync(_clock);
        var coin = await Coins.MatureAsync(chain, Lab.Treasury);
        var parent = Coins.Spend(coin, Coins.Owner(7));
        var child = Coins.Spend(
            new OutPoint(parent.Id, 0), parent.Outputs[0].Value, Coins.Owner(8), fee: 5_000);
        Assert.Equal(BroadcastCode.MissingInputs, (await chain.BroadcastAsync(child)).Code);
        Assert.Equal(BroadcastCode.Accepted, (await chain.BroadcastAsync(parent)).Code);
        Assert.Equal(BroadcastCode.Accepted, (await chain.BroadcastAsync(child)).Code);
        Assert.Equal(BroadcastCode.AlreadyInMempool, (await chain.BroadcastAsync(parent)).Code);

        Assert.Null(await chain.FindUnspentAsync(coin.OutPoint));
        Assert.NotNull(await chain.FindUnspentAsync(coin.OutPoint, withMempool: false));
        var waiting = Assert.Single(await chain.GetCoinsAsync(Coins.Owner(8)));
        Assert.Equal((-1, 0), (waiting.Height, waiting.Confirmations));
        Assert.Empty(await chain.GetCoinsAsync(Coins.Owner(7)));

        var fees = 6_000;
        var template = await chain.GetTemplateAsync();
        Assert.Equal([parent.Id, child.Id], template.Transactions.Select(each => each.Id));
        Assert.Equal(template.Subsidy.Sats + fees, template.CoinbaseValue.Sats);

        await chain.MineAsync(1, Coins.Owner(9));
        var found = await chain.FindTransactionAsync(child.Id);
        Assert.Equal(1, found!.Confirmations);
        Assert.Equal((await chain.GetTipAsync()).Ref, found.Block);
        Assert.Equal(BroadcastCode.AlreadyConfirmed, (await chain.BroadcastAsync(parent)).Code);
        Assert.Empty(await chain.GetMempoolAsync());
        var paid = Assert.Single(await chain.GetCoinsAsync(Coins.Owner(9)));
        Assert.Equal(template.CoinbaseValue, paid.Output.Value);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    public async Task A_longer_branch_takes_over_and_what_it_undoes_waits_again(int depth)
    {
        await using var chain = await Lab.MainchainAsync(_clock);
        var before = chain.StateHash();
        var below = (await chain.GetTipAsync()).Height;
        var payment = Coins.Spend(await Coins.MatureAsync(chain, Lab.Treasury), Coins.Owner(7));
        var events = chain.SubscribeAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
        await chain.BroadcastAsync(payment);
        var old = await chain.MineAsync(depth);
        Assert.NotEqual(before, chain.StateHash());

        // As long is not longer: the first seen stays.
        var branch = await chain.MineForkAsync(below, depth);
        Assert.Equal(old[^1].Value, (await chain.GetTipAsync()).Id);
        var longer = await chain.MineForkAsync(below, depth + 1);
        Assert.Equal(longer[^1].Value, (await chain.GetTipAsync()).Id);
        Assert.NotEqual(branch[0], longer[0]);

        var waiting = await chain.FindTransactionAsync(payment.Id);
        Assert.Equal(0, waiting!.Confirmations);
        Assert.False((await chain.GetHeaderAsync(old[0]))!.OnBestChain);

        Assert.IsType<ChainEvent.TransactionSeen>(await NextAsync(events));
        for (var i = 0; i < depth; i++)
        {
            Assert.IsType<ChainEvent.TipChanged>(await NextAsync(events));
        }

        var moved = Assert.IsType<ChainEvent.TipChanged>(await NextAsync(events));
        Assert.Equal(old.Reverse().Select(id => id.Value), moved.Disconnected.Select(block => block.Id));
        Assert.Equal(longer.Select(id => id.Value), moved.Connected.Select(block => block.Id));
        Assert.Equal(payment.Id, Assert.IsType<ChainEvent.TransactionSeen>(await NextAsync(events)).Transaction.Id);

        // The state is the one of a node that never saw the other branch.
        await using var other = new MainchainNode(
            MainParameters.Regtest, InterpreterRules.Consensus, new MemoryBlockStore(), _clock);
        for (var height = 1; await chain.GetBlockIdAsync(height) is { } id; height++)
        {
            var block = await chain.GetFullBlockAsync(new BlockId(id));
            Assert.Equal(SubmitCode.Accepted, (await other.SubmitBlockAsync(block!)).Code);
        }

        Assert.Equal(other.StateHash(), chain.StateHash());
    }

    [Fact]
    public async Task A_branch_that_spends_otherwise_drops_the_payment()
    {
        await using var chain = await Lab.MainchainAsync(_clock);
        var below = (await chain.GetTipAsync()).Height;
        var coin = await Coins.MatureAsync(chain, Lab.Treasury);
        var payment = Coins.Spend(coin, Coins.Owner(7));
        var rival = Coins.Spend(coin, Coins.Owner(8), fee: 2_000);
        await chain.BroadcastAsync(payment);
        await chain.MineAsync(1);
        await chain.MineForkAsync(below, 2, first: [rival]);
        Assert.Null(await chain.FindTransactionAsync(payment.Id));
        Assert.Equal(2, (await chain.FindTransactionAsync(rival.Id))!.Confirmations);
        Assert.Empty(await chain.GetCoinsAsync(Coins.Owner(7)));
    }

    [Fact]
    public async Task Refuses_blocks_that_break_a_rule_and_changes_nothing()
    {
        await using var chain = await Lab.MainchainAsync(_clock);
        var good = await BuildAsync(chain);
        var hash = chain.StateHash();
        var header = good.Header;
        await RefusedAsync(good with { Header = header with { Bits = new CompactTarget(0x1d00ffff) } }, "bad-diffbits");
        await RefusedAsync(
            good with
            {
                Header = Enumerable.Range(0, 1_000).Select(n => header with { Nonce = (uint)n })
                .First(each => !each.MeetsOwnTarget)
            },
            "high-hash");
        await RefusedAsync(Solve(good with { Header = header with { Time = 1_000_000_000 } }), "time-too-old");
        await RefusedAsync(Solve(good with { Header = header with { Version = 1 } }), "bad-version");
        await RefusedAsync(Solve(good with { Header = header with { MerkleRoot = default } }), "bad-txnmrklroot");
        await RefusedAsync(await BuildAsync(chain, extra: 1), "bad-cb-amount");
        await RefusedAsync(
            await BuildAsync(
                chain, null, 0, null, Coins.Spend(new OutPoint(default, 3), new Amount(5_000), Lab.Treasury)),
            "missingorspent");
        var coin = await Coins.MatureAsync(chain, Lab.Treasury);
        await RefusedAsync(
            await BuildAsync(
                chain, null, 0, null, Coins.Spend(coin, Coins.Owner(3)), Coins.Spend(coin, Coins.Owner(4))),
            "missingorspent");
        Assert.Equal(hash, chain.StateHash());
        Assert.Equal(SubmitCode.Accepted, (await chain.SubmitBlockAsync(good)).Code);
        Assert.Equal(SubmitCode.Duplicate, (await chain.SubmitBlockAsync(good)).Code);

        async Task RefusedAsync(Block block, string rule)
        {
            var result = await chain.SubmitBlockAsync(block);
            Assert.Equal(SubmitCode.Refused, result.Code);
            Assert.Contains(rule, result.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_block_off_only_in_its_witness_does_not_bar_the_good_one()
    {
        await using var chain = await Lab.MainchainAsync(_clock);
        var good = await BuildAsync(chain);
        var coinbase = good.Transactions[0];
        var bent = new Transaction(
            coinbase.Version, [coinbase.Inputs[0] with { Witness = new Witness(new byte[31]) }], coinbase.Outputs, 0);
        Assert.Equal(good.Id, (good with { Transactions = [bent] }).Id);
        Assert.Equal(
            SubmitCode.Refused, (await chain.SubmitBlockAsync(good with { Transactions = [bent] })).Code);
        Assert.Equal(SubmitCode.Accepted, (await chain.SubmitBlockAsync(good)).Code);
    }

    [Fact]
    public async Task Blocks_that_come_too_early_wait_for_parent_and_time()
    {
        await using var chain = await Lab.MainchainAsync(_clock);
        await using var other = new MainchainNode(
            MainParameters.Regtest, InterpreterRules.Consensus, new MemoryBlockStore(), _clock);
        var height = (await chain.GetTipAsync()).Height;
        for (var at = height; at >= 1; at--)
        {
            var block = await chain.GetFullBlockAsync((await chain.GetHeaderAsync(at))!.Header.Id);
            var expected = at == 1 ? SubmitCode.Accepted : SubmitCode.Deferred;
            Assert.Equal(expected, (await other.SubmitBlockAsync(block!)).Code);
        }

        Assert.Equal(await chain.GetTipAsync(), await other.GetTipAsync());
        Assert.Equal(0, other.DeferredCount);

        var early = await BuildAsync(chain, time: (uint)_clock.Seconds + 7_201);
        Assert.Equal(SubmitCode.Deferred, (await chain.SubmitBlockAsync(early)).Code);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(SubmitCode.Accepted, (await chain.SubmitBlockAsync(early)).Code);
    }

    [Fact]
    public async Task A_long_branch_with_a_bad_block_is_left_again()
    {
        await using var chain = await Lab.MainchainAsync(_clock);
        var tip = await chain.GetTipAsync();
        var hash = chain.StateHash();
        var bad = await BuildAsync(chain, below: tip.Height - 1, extra: 1);
        Assert.Equal(SubmitCode.SideChain, (await chain.SubmitBlockAsync(bad)).Code);
        var onTop = Solve(Assemble(bad.Header, tip.Height + 1, (uint)_clock.Seconds, 0, []));
        var result = await chain.SubmitBlockAsync(onTop);
        Assert.Equal(SubmitCode.Refused, result.Code);
        Assert.Equal(tip, await chain.GetTipAsync());
        Assert.Equal(hash, chain.StateHash());
        Assert.Equal(SubmitCode.Refused, (await chain.SubmitBlockAsync(bad)).Code);
        await chain.MineAsync(1);
    }

    [Fact]
    public async Task Opens_where_it_was_closed_with_and_without_a_snapshot()
    {
        using var folder = new TempFolder();
        Hash256 hash;
        ChainHead tip;
        await using (var chain = await Lab.MainchainAsync(_clock, FileBlockStore.Open(folder["chain"]), premine: 1_100))
        {
            var payment = Coins.Spend(await Coins.MatureAsync(chain, Lab.Treasury), Coins.Owner(7));
            await chain.BroadcastAsync(payment);
            await chain.MineAsync(2);
            await chain.MineForkAsync(1_098, 5);
            (hash, tip) = (chain.StateHash(), await chain.GetTipAsync());
        }

        Assert.True(File.Exists(folder["chain/snapshot"]));
        for (var round = 0; round < 2; round++)
        {
            await using var again = await Lab.MainchainAsync(
                _clock, FileBlockStore.Open(folder["chain"]), premine: 1_100);
            Assert.Equal(tip, await again.GetTipAsync());
            Assert.Equal(hash, again.StateHash());
            var coinbase = (await again.GetBlockAsync(tip.Id))!.Transactions[0].Id;
            Assert.Equal(tip.Ref, (await again.FindTransactionAsync(coinbase))!.Block);
            File.Delete(folder["chain/snapshot"]);
        }
    }

    internal static async Task<Block> BuildAsync(
        MainchainNode chain, int? below = null, long extra = 0, uint? time = null, params Transaction[] transactions)
    {
        var tip = await chain.GetTipAsync();
        var parent = (await chain.GetHeaderAsync(below ?? tip.Height))!;
        var when = time ?? Math.Max(parent.MedianTimePast + 1, tip.Time);
        return Solve(Assemble(parent.Header, parent.Height + 1, when, extra, transactions));
    }

    internal static Block Assemble(
        BlockHeader parent, int height, uint time, long extra, Transaction[] transactions) => BlockAssembler.Assemble(
        parent.Id, height, time, parent.Bits, [.. transactions], Coins.Owner(5),
        new Amount(MainParameters.Regtest.Issuance.At(height).Sats + extra), (ulong)Random.Shared.NextInt64());

    internal static Block Solve(Block block) =>
        block with { Header = Market.Chains.Mining.HeaderSolver.Solve(block.Header)! };

    private static async Task<ChainEvent> NextAsync(IAsyncEnumerator<ChainEvent> events)
    {
        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(Eventually.Patience));
        return events.Current;
    }
}
