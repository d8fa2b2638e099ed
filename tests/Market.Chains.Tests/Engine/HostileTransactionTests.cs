using System.Collections.Concurrent;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Engine;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Engine;

/// <summary>Transactions made to keep others out of blocks, or the node busy.</summary>
public sealed class HostileTransactionTests
{
    private const byte CheckMultisig = 0xae;

    private readonly ManualClock _clock = new();

    [Theory]
    [InlineData(200, 100_000, BroadcastCode.Accepted)]
    [InlineData(200, 70_000, BroadcastCode.FeeTooLow)]
    [InlineData(201, 100_000, BroadcastCode.NotStandard)]
    [InlineData(1_000, 1_000_000, BroadcastCode.NotStandard)]
    public async Task Signature_operations_are_paid_for_like_bytes_and_end_at_a_fifth_of_a_block(
        int operations, long fee, BroadcastCode code)
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await ShareLab.NodeAsync(main, _clock);
        await ShareLab.MineAsync(node, _clock, 8, Coins.Owner(20));
        var coin = await Coins.MatureAsync(node, Coins.Owner(20));
        var many = new Script(Enumerable.Repeat(CheckMultisig, operations).ToArray());
        var least = node.Profile.LeastOutput;
        var change = new Amount(coin.Output.Value.Sats - fee) - least;
        var odd = Coins.Spend(
            [(coin.OutPoint, coin.Output.Value)], [new TxOut(least, many), new TxOut(change, Coins.Owner(21))]);

        await CodeAsync(node, code, odd);
        var template = await node.GetTemplateAsync(Coins.Owner(20));
        Assert.Equal(code == BroadcastCode.Accepted, template.Transactions.Any(each => each.Id == odd.Id));
    }

    [Fact]
    public async Task An_output_below_the_row_s_least_is_refused_by_name_and_what_nobody_can_spend_is_not()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await ShareLab.NodeAsync(main, _clock);
        await ShareLab.MineAsync(node, _clock, 8, Coins.Owner(20));
        var coin = await Coins.MatureAsync(node, Coins.Owner(20));
        var least = node.Profile.LeastOutput;
        var little = await node.BroadcastAsync(With(new TxOut(least - new Amount(1), Coins.Owner(21))));
        Assert.Equal(BroadcastCode.Invalid, little.Code);
        Assert.StartsWith("bad-txns-vout-amount", little.Detail, StringComparison.Ordinal);
        await CodeAsync(node, BroadcastCode.Invalid, With(new TxOut(Amount.Zero, Script.Empty)));

        var good = With(new TxOut(least, Coins.Owner(21)), new TxOut(Amount.Zero, ScriptOf([0x6a, 1])));
        await CodeAsync(node, BroadcastCode.Accepted, good);
        await ShareLab.MineAsync(node, _clock, 1, Coins.Owner(20));
        Assert.Equal(least, Assert.Single(await node.GetCoinsAsync(Coins.Owner(21))).Output.Value);

        Transaction With(params TxOut[] outputs) => Coins.Spend(
            [(coin.OutPoint, coin.Output.Value)],
            [.. outputs, new TxOut(coin.Output.Value - new Amount(10_000), Coins.Owner(22))]);
    }

    [Fact]
    public async Task However_much_came_before_the_dearest_is_in_the_template_with_its_parent()
    {
        const int crowd = 2_000;
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await ShareLab.NodeAsync(main, _clock);
        await ShareLab.MineAsync(node, _clock, 8, Coins.Owner(20));
        var fan = await FanAsync(node, Coins.Owner(20), crowd + 1);
        await ShareLab.MineAsync(node, _clock, 1, Coins.Owner(20));
        for (var i = 0; i < crowd; i++)
        {
            await CodeAsync(node, BroadcastCode.Accepted, Spend(fan, i, 100));
        }

        var parent = Spend(fan, crowd, 90);
        var child = Spend(parent, 0, 2_000);
        await CodeAsync(node, BroadcastCode.Accepted, parent);
        await CodeAsync(node, BroadcastCode.Accepted, child);
        var template = await node.GetTemplateAsync(Coins.Owner(20));
        Assert.Equal([parent.Id, child.Id], template.Transactions.Skip(1).Take(2).Select(each => each.Id));
        Assert.Equal(2_090 + (100L * (template.Transactions.Length - 3)), template.Fees.Sats);
    }

    [Theory]
    [InlineData(125, BroadcastCode.Accepted)]
    [InlineData(126, BroadcastCode.NotStandard)]
    public async Task Inputs_may_hash_the_transaction_only_so_often(int operations, BroadcastCode code)
    {
        await using var chain = await OpenAsync(InterpreterRules.Consensus);
        var coin = await Coins.MatureAsync(chain, Lab.Treasury);

        // True whatever stands between; each operation counts for twenty keys.
        byte[] bytes = [0x51, 0x00, 0x63, .. Enumerable.Repeat(CheckMultisig, operations), 0x68];
        var script = new Script(bytes);
        var made = Coins.Spend(coin, script, fee: 100_000);
        await CodeAsync(chain, BroadcastCode.Accepted, made);
        await CodeAsync(chain, code, Spend(made, 0, 10_000));
    }

    [Fact]
    public async Task Nobody_waits_for_a_transactions_scripts_and_what_changed_meanwhile_counts()
    {
        using var scripts = new WatchedScripts();
        await using var chain = await OpenAsync(scripts);
        var coin = await Coins.MatureAsync(chain, Lab.Treasury);
        var slow = Coins.Spend(coin, Coins.Owner(3));
        scripts.Hold(slow.Id);
        var broadcast = Task.Run(
            async () => await chain.BroadcastAsync(slow), TestContext.Current.CancellationToken);
        scripts.WaitUntilHeld();

        // Readers and writers go on: a block comes that spends the coin otherwise.
        var height = (await chain.GetTipAsync()).Height;
        var quick = Coins.Spend(coin, Coins.Owner(4), fee: 2_000);
        await CodeAsync(chain, BroadcastCode.Accepted, quick);
        await chain.MineAsync(1);
        Assert.Equal(height + 1, (await chain.GetTipAsync()).Height);
        scripts.LetGo();
        Assert.Equal(BroadcastCode.MissingInputs, (await broadcast).Code);
        Assert.Empty(await chain.GetMempoolAsync());
    }

    [Fact]
    public async Task Strangers_wait_without_a_thread_up_to_a_bound_and_keep_nothing_of_the_program_s_own_back()
    {
        const int most = MempoolDoor<Block>.MostVerifying + MempoolDoor<Block>.MostWaiting;
        using var scripts = new WatchedScripts();
        await using var chain = await OpenAsync(scripts);
        var coins = (await chain.GetCoinsAsync(Lab.Treasury)).Where(each => each.IsSpendable(chain.CoinbaseMaturity)).ToArray();
        var slow = Coins.Spend(coins[0], Coins.Owner(3));
        scripts.Hold(slow.Id);
        var answers = new ConcurrentQueue<Task<BroadcastResult>>();
        await HoldBothAsync(scripts, slow, OfferAsync, answers);

        // One thread offers all the others, and none of them keeps it.
        _ = Task.Run(
            () =>
            {
                while (answers.Count < most)
                {
                    answers.Enqueue(OfferAsync());
                }
            },
            TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => chain.Verifying == most && answers.Count == most, "a full queue");
        var late = BroadcastAsync(Coins.Spend(coins[1], Coins.Owner(3)));
        await Eventually.TrueAsync(() => late.IsFaulted, "one too many to be sent away");
        Assert.IsType<ChainBusyException>(late.Exception!.InnerException);

        var own = Coins.Spend(coins[2], Coins.Owner(4));
        Assert.Equal(
            BroadcastCode.Accepted, (await chain.RelayAsync(own, TestContext.Current.CancellationToken)).Code);
        scripts.LetGo();
        var results = await Task.WhenAll(answers);
        Assert.Single(results, each => each.Code == BroadcastCode.Accepted);
        Assert.All(results, each => Assert.True(each.IsSuccess));

        // Those behind the first two ran nothing, and all left their places.
        Assert.Equal(MempoolDoor<Block>.MostVerifying, scripts.RunsOf(slow.WitnessId));
        Assert.Equal(0, chain.Verifying);

        Task<BroadcastResult> OfferAsync() => BroadcastAsync(slow);

        async Task<BroadcastResult> BroadcastAsync(Transaction transaction) => await chain.BroadcastAsync(transaction);
    }

    [Fact]
    public async Task One_client_has_so_many_transactions_checked_at_once_and_others_have_theirs_beside()
    {
        using var scripts = new WatchedScripts();
        await using var chain = await OpenAsync(scripts);
        var coins = (await chain.GetCoinsAsync(Lab.Treasury)).Where(each => each.IsSpendable(chain.CoinbaseMaturity)).ToArray();
        var service = new NodeHttpService(chain);
        var slow = Coins.Spend(coins[0], Coins.Owner(3));
        scripts.Hold(slow.Id);
        var answers = new ConcurrentQueue<Task<NodeAnswer>>();
        await HoldBothAsync(scripts, slow, () => PostAsync("1.2.3.4", slow), answers);
        while (answers.Count < NodeHttpService.MostBroadcastsOfClient)
        {
            answers.Enqueue(PostAsync("1.2.3.4", slow));
        }

        var refused = PostAsync("1.2.3.4", slow);
        await Eventually.TrueAsync(() => refused.IsCompleted, "one too many to be sent away");
        Assert.Equal((503, "node-busy"), ((await refused).Status, (await refused).Refused!.Code));
        var other = PostAsync("2001:db8::/64", Coins.Spend(coins[1], Coins.Owner(3)));
        await Eventually.TrueAsync(() => chain.Verifying == NodeHttpService.MostBroadcastsOfClient + 1, "the other's");
        scripts.LetGo();
        Assert.All(await Task.WhenAll([.. answers, other]), each => Assert.Equal(200, each.Status));
        Assert.Equal(200, (await PostAsync("1.2.3.4", slow)).Status);

        // All together are bounded too, those whose client nobody knows among them.
        var places = new ClientPlaces(mostOfClient: 1, most: 2);
        Assert.True(places.TryEnter("a"));
        Assert.False(places.TryEnter("a"));
        Assert.True(places.TryEnter(null));
        Assert.False(places.TryEnter("b"));
        places.Leave("a");
        Assert.True(places.TryEnter("b"));

        async Task<NodeAnswer> PostAsync(string client, Transaction transaction) => await service.HandleAsync(
            new NodeRequest("POST", "mainchain/tx", _ => null, new MemoryStream(transaction.ToArray())) { Client = client },
            TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(27_000, BroadcastCode.Accepted)]
    [InlineData(29_000, BroadcastCode.NotStandard)]
    public async Task Signature_operations_times_size_are_bounded_before_any_script_is_run(int padding, BroadcastCode code)
    {
        using var scripts = new WatchedScripts();
        await using var chain = await OpenAsync(scripts);
        byte[] bytes = [0x51, 0x00, 0x63, .. Enumerable.Repeat(CheckMultisig, 125), 0x68];
        var made = Coins.Spend(await Coins.MatureAsync(chain, Lab.Treasury), new Script(bytes), fee: 100_000);
        await CodeAsync(chain, BroadcastCode.Accepted, made);
        var value = made.Outputs[0].Value;
        var padded = Coins.Spend(
            [(new OutPoint(made.Id, 0), value)],
            [
                new TxOut(Amount.Zero, ScriptOf([0x6a, .. new byte[padding]])),
                new TxOut(new Amount(value.Sats - 100_000), Coins.Owner(3)),
            ]);
        await CodeAsync(chain, code, padded);
        Assert.Equal(code == BroadcastCode.Accepted ? 1 : 0, scripts.RunsOf(padded.WitnessId));
    }

    private static Script ScriptOf(byte[] bytes) => new(bytes);

    // The first as many as are verified at once, each on a thread of its own.
    private static async Task HoldBothAsync<T>(
        WatchedScripts scripts, Transaction held, Func<Task<T>> offer, ConcurrentQueue<Task<T>> answers)
    {
        for (var i = 0; i < MempoolDoor<Block>.MostVerifying; i++)
        {
            answers.Enqueue(Task.Run(offer, TestContext.Current.CancellationToken));
        }

        await Eventually.TrueAsync(
            () => scripts.RunsOf(held.WitnessId) == MempoolDoor<Block>.MostVerifying, "scripts that are held");
    }

    [Fact]
    public async Task A_wrong_script_is_run_once_on_a_tip_and_keeps_no_right_witness_out()
    {
        using var scripts = new WatchedScripts();
        await using var chain = await OpenAsync(scripts);
        var made = Coins.Spend(await Coins.MatureAsync(chain, Lab.Treasury), Script.P2wsh(new Script(new byte[] { 0x51 })));
        await CodeAsync(chain, BroadcastCode.Accepted, made);
        await chain.MineAsync(1);
        var wrong = Witnessed(0x00);
        for (var i = 0; i < 5; i++)
        {
            await CodeAsync(chain, BroadcastCode.Invalid, wrong);
        }

        Assert.Equal(BroadcastCode.Invalid, (await chain.RelayAsync(wrong, TestContext.Current.CancellationToken)).Code);
        Assert.Equal(1, scripts.RunsOf(wrong.WitnessId));
        await chain.MineAsync(1);
        await CodeAsync(chain, BroadcastCode.Invalid, wrong);
        Assert.Equal(2, scripts.RunsOf(wrong.WitnessId));
        Assert.Equal(wrong.Id, Witnessed(0x51).Id);
        await CodeAsync(chain, BroadcastCode.Accepted, Witnessed(0x51));

        Transaction Witnessed(byte script)
        {
            byte[] item = [script];
            return new(
                2, [new TxIn(new OutPoint(made.Id, 0), Script.Empty, TxIn.FinalSequence, new Witness(item))],
                [new TxOut(new Amount(made.Outputs[0].Value.Sats - 1_000), Coins.Owner(5))], 0);
        }
    }

    [Fact]
    public async Task Scripts_of_what_does_not_pay_are_not_run()
    {
        using var scripts = new WatchedScripts();
        await using var chain = await OpenAsync(scripts);
        var free = Coins.Spend(await Coins.MatureAsync(chain, Lab.Treasury), Coins.Owner(3), fee: 0);
        await CodeAsync(chain, BroadcastCode.FeeTooLow, free);
        Assert.Equal(0, scripts.RunsOf(free.WitnessId));
    }

    [Fact]
    public async Task A_reorganisation_judges_the_mempool_anew_without_its_scripts()
    {
        using var scripts = new WatchedScripts();
        await using var chain = await OpenAsync(scripts);
        var coins = (await chain.GetCoinsAsync(Lab.Treasury)).Where(each => each.IsSpendable(chain.CoinbaseMaturity)).ToArray();
        var fork = (await chain.GetTipAsync()).Height;
        var confirmed = Coins.Spend(coins[0], Coins.Owner(3));
        await CodeAsync(chain, BroadcastCode.Accepted, confirmed);
        await chain.MineAsync(1);
        var waiting = Coins.Spend(coins[1], Coins.Owner(3));
        var young = Coins.Spend((await chain.GetCoinsAsync(Lab.Treasury)).Single(
            each => each.Height == fork + 2 - chain.CoinbaseMaturity), Coins.Owner(3));
        await CodeAsync(chain, BroadcastCode.Accepted, waiting);
        await CodeAsync(chain, BroadcastCode.Accepted, young);
        var before = scripts.Runs;

        await chain.MineForkAsync(fork, 2);
        Assert.Equal(
            new[] { confirmed.Id, waiting.Id, young.Id }.Order(),
            (await chain.GetMempoolAsync()).Select(each => each.Transaction.Id).Order());
        Assert.Equal(before, scripts.Runs);
    }

    [Fact]
    public async Task A_full_pool_reckons_with_what_hangs_on_a_transaction_as_it_comes_and_goes()
    {
        var size = Coins.Spend(new OutPoint(default, 0), new Amount(5_000), Coins.Owner(3)).VirtualSize;
        await using var chain = await OpenAsync(
            InterpreterRules.Consensus, new MempoolLimits { MaxVirtualBytes = (4 * size) + 41 });
        var coins = (await chain.GetCoinsAsync(Lab.Treasury)).Where(each => each.IsSpendable(chain.CoinbaseMaturity)).ToArray();
        var parent = Coins.Spend(coins[0], Coins.Owner(3), fee: 1_000);
        var childValue = parent.Outputs[0].Value + coins[5].Output.Value - new Amount(9_000);
        var child = Coins.Spend(
            [(new OutPoint(parent.Id, 0), parent.Outputs[0].Value), (coins[5].OutPoint, coins[5].Output.Value)],
            [new TxOut(childValue, Coins.Owner(3))]);
        var others = Enumerable.Range(1, 4).Select(i => Coins.Spend(coins[i], Coins.Owner(4), 1_500 + (500 * i))).ToArray();
        foreach (var each in new[] { parent, child, others[0], others[1], others[2] })
        {
            await CodeAsync(chain, BroadcastCode.Accepted, each);
        }

        // The parent pays least and stands for its child's sake.
        await HoldsAsync(parent, child, others[1], others[2]);
        await CodeAsync(chain, BroadcastCode.Accepted, others[3]);
        await HoldsAsync(parent, child, others[2], others[3]);

        // A block takes the child away, by a coin that it spent as well, and with it what the parent stood for.
        await chain.MineForkAsync(
            (await chain.GetTipAsync()).Height, 1, first: [Coins.Spend(coins[5], Coins.Owner(9), fee: 5_000)]);
        await HoldsAsync(parent, others[2], others[3]);
        await CodeAsync(chain, BroadcastCode.Accepted, Coins.Spend(coins[6], Coins.Owner(4), fee: 20_000));
        var last = Coins.Spend(coins[7], Coins.Owner(4), fee: 20_000);
        await CodeAsync(chain, BroadcastCode.Accepted, last);
        Assert.Empty(await chain.FindUnconfirmedAsync(MempoolQuery.Of(parent.Id, default)));
        Assert.Equal(4, (await chain.GetMempoolAsync()).Length);

        async Task HoldsAsync(params Transaction[] expected) => Assert.Equal(
            expected.Select(each => each.Id).Order(),
            (await chain.GetMempoolAsync()).Select(each => each.Transaction.Id).Order());
    }

    private Task<EmbeddedMainchain> OpenAsync(IScriptRules scripts, MempoolLimits? limits = null) =>
        EmbeddedMainchain.OpenAsync(
            Lab.Options(110) with { Mempool = limits ?? new MempoolLimits() }, scripts, new MemoryBlockStore(), _clock);

    private static async Task<Transaction> FanAsync(ShareNode node, Script owner, int outputs)
    {
        var coin = await Coins.MatureAsync(node, owner);
        var each = new Amount(coin.Output.Value.Sats / (outputs + 20));
        var fan = Coins.Spend(
            [(coin.OutPoint, coin.Output.Value)],
            [.. Enumerable.Range(0, outputs).Select(_ => new TxOut(each, Coins.Owner(21)))]);
        await CodeAsync(node, BroadcastCode.Accepted, fan);
        return fan;
    }

    private static Transaction Spend(Transaction made, int index, long fee) =>
        Coins.Spend(new OutPoint(made.Id, (uint)index), made.Outputs[index].Value, Coins.Owner(22), fee);

    private static async Task CodeAsync(IChain chain, BroadcastCode code, Transaction transaction)
    {
        var result = await chain.BroadcastAsync(transaction);
        Assert.True(code == result.Code, $"{result.Code}: {result.Detail}");
    }

    /// <summary>The interpreter, counted, and held where a test says so.</summary>
    private sealed class WatchedScripts : IScriptRules, IDisposable
    {
        private readonly ConcurrentDictionary<WTxId, int> _runs = [];
        private readonly ManualResetEventSlim _reached = new();
        private readonly ManualResetEventSlim _released = new();
        private TxId? _held;

        public int Runs => _runs.Values.Sum();

        public int RunsOf(WTxId id) => _runs.GetValueOrDefault(id);

        public void Hold(TxId id) => _held = id;

        public void WaitUntilHeld() => _reached.Wait(TestContext.Current.CancellationToken);

        public void LetGo() => _released.Set();

        public FailedInput? Verify(IReadOnlyList<PrecomputedTransaction> transactions)
        {
            foreach (var each in transactions)
            {
                _runs.AddOrUpdate(each.Transaction.WitnessId, 1, (_, count) => count + 1);
                if (each.Transaction.Id == _held)
                {
                    _reached.Set();
                    _released.Wait(TestContext.Current.CancellationToken);
                }
            }

            return InterpreterRules.Consensus.Verify(transactions);
        }

        public int SigOpCost(Transaction transaction, ReadOnlySpan<TxOut> spent) =>
            InterpreterRules.Consensus.SigOpCost(transaction, spent);

        public void Dispose()
        {
            _reached.Dispose();
            _released.Dispose();
        }
    }
}
