using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Engine;
using Market.Chains.Mainchain;
using Market.Chains.Storage;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Engine;

public sealed class MempoolTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task Replaces_only_what_says_it_may_be_and_for_enough_more()
    {
        await using var chain = await OpenAsync();
        var coins = await MatureAsync(chain);
        var settled = Coins.Spend(coins[0], Coins.Owner(3));
        await AcceptedAsync(chain, settled);
        await CodeAsync(chain, BroadcastCode.Conflict, Coins.Spend(coins[0], Coins.Owner(4), fee: 90_000));

        var first = Coins.Spend(coins[1], Coins.Owner(3), fee: 1_000, sequence: TxIn.ReplaceableSequence);
        var child = Coins.Spend(new OutPoint(first.Id, 0), first.Outputs[0].Value, Coins.Owner(3), fee: 700);
        await AcceptedAsync(chain, first);
        await AcceptedAsync(chain, child);
        var size = first.VirtualSize;
        await CodeAsync(
            chain, BroadcastCode.ReplacementTooCheap,
            Coins.Spend(coins[1], Coins.Owner(4), fee: 1_700 + size - 1, sequence: TxIn.ReplaceableSequence));
        var events = chain.SubscribeAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
        var second = Coins.Spend(
            coins[1], Coins.Owner(4), fee: 1_700 + size, sequence: TxIn.ReplaceableSequence);
        await AcceptedAsync(chain, second);
        Assert.Equal([settled.Id, second.Id], (await chain.GetMempoolAsync()).Select(each => each.Transaction.Id));
        foreach (var gone in new[] { first, child })
        {
            await events.MoveNextAsync();
            Assert.Equal(new ChainEvent.TransactionDropped(gone.Id, DropReason.Replaced), events.Current);
        }
    }

    [Fact]
    public async Task It_holds_so_many_transactions_however_small_they_are()
    {
        await using var chain = await EmbeddedMainchain.OpenAsync(
            Lab.Options(110) with { Mempool = new MempoolLimits { MaxTransactions = 3 } }, InterpreterRules.Consensus,
            new MemoryBlockStore(), _clock);
        var coins = await MatureAsync(chain);
        var all = Enumerable.Range(0, 4).Select(i => Coins.Spend(coins[i], Coins.Owner(3), fee: 2_000 + (500 * i))).ToArray();
        foreach (var each in all)
        {
            await AcceptedAsync(chain, each);
        }

        Assert.Equal(all[1..].Select(each => each.Id), (await chain.GetMempoolAsync()).Select(each => each.Transaction.Id));
        await CodeAsync(chain, BroadcastCode.FeeTooLow, Coins.Spend(coins[5], Coins.Owner(3), fee: 1_000));
    }

    [Fact]
    public async Task What_is_listed_copied_or_found_by_script_is_as_it_stands_now()
    {
        await using var chain = await OpenAsync();
        var coins = await MatureAsync(chain);
        var first = Coins.Spend(coins[0], Coins.Owner(7), sequence: TxIn.ReplaceableSequence);
        var second = Coins.Spend(
            [(coins[1].OutPoint, coins[1].Output.Value)],
            [new TxOut(new Amount(5_000), Coins.Owner(7)), new TxOut(new Amount(6_000), Coins.Owner(8)),
                new TxOut(new Amount(7_000), Coins.Owner(7))]);
        await AcceptedAsync(chain, first);
        Assert.Equal([first.Id], await ListedAsync());
        Assert.Equal(first.Id, Assert.Single(await ChosenAsync()));
        await AcceptedAsync(chain, second);
        Assert.Equal([first.Id, second.Id], await ListedAsync());
        Assert.Equal(
            [new OutPoint(first.Id, 0), new OutPoint(second.Id, 0), new OutPoint(second.Id, 2)],
            (await chain.GetCoinsAsync(Coins.Owner(7))).Select(each => each.OutPoint));

        var spent = Coins.Spend(new OutPoint(second.Id, 0), new Amount(5_000), Coins.Owner(9));
        await AcceptedAsync(chain, spent);
        await AcceptedAsync(chain, Coins.Spend(coins[0], Coins.Owner(6), fee: 5_000, sequence: TxIn.ReplaceableSequence));
        Assert.Equal(
            [new OutPoint(second.Id, 2)], (await chain.GetCoinsAsync(Coins.Owner(7))).Select(each => each.OutPoint));
        Assert.DoesNotContain(first.Id, await ListedAsync());
        Assert.Equal((await ListedAsync()).Order(), (await ChosenAsync()).Order());

        async Task<IEnumerable<TxId>> ChosenAsync() =>
            (await chain.GetTemplateAsync(TestContext.Current.CancellationToken)).Transactions.Select(each => each.Id);

        async Task<IEnumerable<TxId>> ListedAsync() => (await chain.GetMempoolAsync()).Select(each => each.Transaction.Id);
    }

    [Fact]
    public void Where_outputs_are_gone_what_spends_them_goes_with_all_that_hangs_on_it_and_the_others_are_not_looked_at()
    {
        var (pool, coins) = (new Mempool(new MempoolLimits()), new Plenty());
        var context = new BlockContext(10, 1_000);
        var rules = LedgerRules.Bitcoin(InterpreterRules.Consensus);
        OutPoint[] from = [.. Enumerable.Range(1, 3).Select(i => new OutPoint(new TxId(Hash256.DoubleSha256([(byte)i])), 5))];
        var spends = from.Select(each => Coins.Spend(each, Plenty.Value, Coins.Owner(3))).ToArray();
        var child = Coins.Spend(new OutPoint(spends[1].Id, 0), spends[1].Outputs[0].Value, Coins.Owner(4));
        foreach (var each in spends.Append(child))
        {
            Assert.Equal(BroadcastCode.Accepted, pool.AddVerified(each, coins, context, rules, 1_000, out _).Code);
        }

        var asked = coins.Asked;
        Assert.Equal(
            [new Dropped(spends[1], DropReason.Reorganised), new Dropped(child, DropReason.Reorganised)],
            pool.DropSpenders([from[1], new OutPoint(child.Id, 7)]).AsEnumerable());
        Assert.Equal(asked, coins.Asked);
        Assert.Equal([spends[0], spends[2]], pool.InOrder().Select(each => each.Transaction));
    }

    /// <summary>Every coin there may be.</summary>
    private sealed class Plenty : ICoinView
    {
        public static readonly Amount Value = new(50_000);

        public int Asked { get; private set; }

        public bool TryGet(OutPoint outPoint, out Coin coin)
        {
            Asked++;
            coin = new Coin(new TxOut(Value, Coins.Owner(2)), 1, false, 1);
            return outPoint.Index == 5;
        }
    }

    [Fact]
    public async Task A_replacement_may_not_spend_what_it_replaces()
    {
        await using var chain = await OpenAsync();
        var coin = (await MatureAsync(chain))[0];
        var first = Coins.Spend(coin, Coins.Owner(3), sequence: TxIn.ReplaceableSequence);
        await AcceptedAsync(chain, first);
        var odd = Coins.Spend(
            [(coin.OutPoint, coin.Output.Value), (new OutPoint(first.Id, 0), first.Outputs[0].Value)],
            [new TxOut(new Amount(1_000_000), Coins.Owner(4))]);
        Assert.False((await chain.BroadcastAsync(odd)).IsSuccess);
        Assert.Equal(first.Id, Assert.Single(await chain.GetMempoolAsync()).Transaction.Id);
    }

    [Fact]
    public async Task The_sharechain_relays_a_lock_with_its_payout_and_its_swap_annotated()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await ShareLab.NodeAsync(main, _clock);
        await ShareLab.MineAsync(node, _clock, 8, Coins.Owner(20));
        var coin = (await node.GetCoinsAsync(Coins.Owner(20)))[0];
        var annotation = new ScriptBuilder().Op(Opcode.OP_RETURN).PushBytes(new byte[200]).Build();
        var htlc = Script.P2wsh(new Script(new byte[] { 0x51 }));
        var fund = Coins.Spend(
            [(coin.OutPoint, coin.Output.Value)],
            [
                new TxOut(new Amount(coin.Output.Value.Sats - 2_000), htlc),
                Market.Sharechain.PayoutAnnotation.Output(0, Coins.Owner(7)), new TxOut(Amount.Zero, annotation),
            ]);

        Assert.Equal(BroadcastCode.Accepted, (await node.BroadcastAsync(fund)).Code);
        await ShareLab.MineAsync(node, _clock, 1, Coins.Owner(20));
        var found = (await node.FindTransactionAsync(fund.Id))!;
        Assert.Equal(1, found.Confirmations);
        Assert.Equal(fund.ToArray(), found.Transaction.ToArray());
    }

    [Fact]
    public async Task Finds_what_is_asked_for_by_id_by_output_and_by_script_and_nothing_that_has_left()
    {
        await using var chain = await OpenAsync();
        var coins = await MatureAsync(chain);
        var first = Coins.Spend(coins[0], Coins.Owner(3), sequence: TxIn.ReplaceableSequence);
        var child = Coins.Spend(new OutPoint(first.Id, 0), first.Outputs[0].Value, Coins.Owner(4));
        var twice = Coins.Spend(
            [(coins[1].OutPoint, coins[1].Output.Value)],
            [new TxOut(new Amount(50_000), Coins.Owner(4)), new TxOut(new Amount(60_000), Coins.Owner(4))]);
        await AcceptedAsync(chain, first);
        await AcceptedAsync(chain, child);
        await AcceptedAsync(chain, twice);
        await AcceptedAsync(chain, Coins.Spend(coins[2], Coins.Owner(5)));

        await FindsAsync(MempoolQuery.Of(child.Id, default), child);
        await FindsAsync(MempoolQuery.Spending(coins[0].OutPoint, new OutPoint(first.Id, 0)), first, child);
        await FindsAsync(MempoolQuery.Paying(Coins.Owner(4), Coins.Owner(9)), child, twice);
        await FindsAsync(new MempoolQuery([Coins.Owner(3)], [coins[0].OutPoint], [child.Id]), first, child);

        var dearer = Coins.Spend(coins[0], Coins.Owner(3), fee: 50_000, sequence: TxIn.ReplaceableSequence);
        await AcceptedAsync(chain, dearer);
        await FindsAsync(MempoolQuery.Of(first.Id, child.Id));
        await FindsAsync(MempoolQuery.Paying(Coins.Owner(3), Coins.Owner(4)), twice, dearer);
        await chain.MineAsync(1);
        await FindsAsync(MempoolQuery.Paying(Coins.Owner(3), Coins.Owner(4)));
        await FindsAsync(MempoolQuery.Spending(coins[0].OutPoint));

        async Task FindsAsync(MempoolQuery query, params Transaction[] expected)
        {
            var found = await chain.FindUnconfirmedAsync(query);
            Assert.Equal(expected.Select(each => each.Id), found.Select(each => each.Id));
            var listed = (await chain.GetMempoolAsync()).Select(entry => entry.Transaction);
            Assert.Equal(found, query.Filter(listed));
        }
    }

    [Fact]
    public async Task Refuses_with_the_reason_by_name()
    {
        await using var chain = await OpenAsync();
        var coin = (await MatureAsync(chain))[0];
        var young = (await chain.GetCoinsAsync(Lab.Treasury))[^1];
        await CodeAsync(chain, BroadcastCode.FeeTooLow, Coins.Spend(coin, Coins.Owner(3), fee: 10));
        await CodeAsync(chain, BroadcastCode.NotFinal, Coins.Spend(young, Coins.Owner(3)));
        await CodeAsync(chain, BroadcastCode.Invalid, Coins.Spend(coin, Coins.Owner(3), fee: -1));
        await CodeAsync(
            chain, BroadcastCode.MissingInputs,
            Coins.Spend(new OutPoint(coin.OutPoint.TxId, 77), coin.Output.Value, Coins.Owner(3)));
        var later = (uint)_clock.Seconds + 100_000;
        await CodeAsync(
            chain, BroadcastCode.NotFinal,
            Coins.Spend(coin.OutPoint, coin.Output.Value, Coins.Owner(3), 1_000, 0, later));
        await CodeAsync(
            chain, BroadcastCode.NotFinal, Coins.Spend(coin, Coins.Owner(3), sequence: 500));
        var failing = new Script(new byte[] { 0x00 });
        var trap = Coins.Spend(coin, failing);
        await AcceptedAsync(chain, trap);
        await CodeAsync(
            chain, BroadcastCode.Invalid,
            Coins.Spend(new OutPoint(trap.Id, 0), trap.Outputs[0].Value, Coins.Owner(3)));
        Assert.Single(await chain.GetMempoolAsync());
    }

    [Fact]
    public async Task Lines_of_unconfirmed_transactions_have_an_end()
    {
        await using var chain = await OpenAsync(new MempoolLimits { MaxChain = 5 });
        var coin = (await MatureAsync(chain))[0];
        var last = Coins.Spend(coin, Coins.Owner(3));
        await AcceptedAsync(chain, last);
        for (var i = 1; i < 5; i++)
        {
            last = Coins.Spend(new OutPoint(last.Id, 0), last.Outputs[0].Value, Coins.Owner(3));
            await AcceptedAsync(chain, last);
        }

        var more = Coins.Spend(new OutPoint(last.Id, 0), last.Outputs[0].Value, Coins.Owner(3));
        await CodeAsync(chain, BroadcastCode.ChainTooLong, more);
        await chain.MineAsync(1);
        await AcceptedAsync(chain, more);
    }

    [Fact]
    public async Task A_full_pool_keeps_the_dearest()
    {
        var size = Coins.Spend(new OutPoint(default, 0), new Amount(5_000), Coins.Owner(3)).VirtualSize;
        await using var chain = await OpenAsync(new MempoolLimits { MaxVirtualBytes = 3 * size });
        var coins = await MatureAsync(chain);
        foreach (var (coin, fee) in coins.Zip([3_000L, 1_000L, 2_000L]))
        {
            await AcceptedAsync(chain, Coins.Spend(coin, Coins.Owner(3), fee));
        }

        await CodeAsync(chain, BroadcastCode.MempoolFull, Coins.Spend(coins[3], Coins.Owner(3), 900));
        await AcceptedAsync(chain, Coins.Spend(coins[3], Coins.Owner(3), 4_000));
        Assert.Equal(
            [2_000, 3_000, 4_000],
            (await chain.GetMempoolAsync()).Select(each => each.Fee.Sats).Order());
    }

    [Fact]
    public async Task After_a_full_pool_the_least_fee_is_told_and_falls_again()
    {
        var size = Coins.Spend(new OutPoint(default, 0), new Amount(5_000), Coins.Owner(3)).VirtualSize;
        await using var chain = await OpenAsync(new MempoolLimits { MaxVirtualBytes = 3 * size });
        var coins = await MatureAsync(chain);
        foreach (var (coin, fee) in coins.Zip([3_000L, 2_000L, 2_500L, 4_000L]))
        {
            await AcceptedAsync(chain, Coins.Spend(coin, Coins.Owner(3), fee));
        }

        // What was put out paid 2,000; an increment of one a byte more is asked for now.
        var refused = await chain.BroadcastAsync(Coins.Spend(coins[4], Coins.Owner(3), 2_000));
        Assert.Equal(BroadcastCode.FeeTooLow, refused.Code);
        var words = refused.Detail.Split(' ');
        Assert.Equal(["mempool", "min", "fee", "not", "met,", "2000", "<"], words[..^1]);
        Assert.InRange(
            long.Parse(words[^1], System.Globalization.CultureInfo.InvariantCulture), 2_000 + size, 2_000 + size + 1);
        Assert.True((await chain.EstimateFeeAsync(1008)).SatsPerKvB > FeeRate.MinimumRelay.SatsPerKvB);

        await chain.MineAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(2 * RollingFee.HalfLife));
        await AcceptedAsync(chain, Coins.Spend(coins[4], Coins.Owner(3), 2_000));
        Assert.Equal(FeeRate.MinimumRelay, await chain.EstimateFeeAsync(1008));
    }

    [Fact]
    public async Task What_waits_too_long_goes_with_its_children()
    {
        await using var chain = await OpenAsync(new MempoolLimits { Expiry = TimeSpan.FromHours(1) });
        var coins = await MatureAsync(chain);
        var old = Coins.Spend(coins[0], Coins.Owner(3));
        await AcceptedAsync(chain, old);
        _clock.Advance(TimeSpan.FromMinutes(50));
        await AcceptedAsync(
            chain, Coins.Spend(new OutPoint(old.Id, 0), old.Outputs[0].Value, Coins.Owner(3)));
        var young = Coins.Spend(coins[1], Coins.Owner(3));
        await AcceptedAsync(chain, young);
        _clock.Advance(TimeSpan.FromMinutes(20));

        // An empty branch moves the tip and confirms nothing.
        var height = (await chain.GetTipAsync()).Height;
        await chain.MineForkAsync(height, 1);
        Assert.Equal(young.Id, Assert.Single(await chain.GetMempoolAsync()).Transaction.Id);
    }

    [Fact]
    public async Task A_block_that_spends_otherwise_drops_the_rival_and_what_hangs_on_it()
    {
        await using var chain = await OpenAsync();
        var coin = (await MatureAsync(chain))[0];
        var waiting = Coins.Spend(coin, Coins.Owner(3));
        var child = Coins.Spend(new OutPoint(waiting.Id, 0), waiting.Outputs[0].Value, Coins.Owner(3));
        await AcceptedAsync(chain, waiting);
        await AcceptedAsync(chain, child);
        var events = chain.SubscribeAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
        await chain.MineForkAsync(
            (await chain.GetTipAsync()).Height, 1, first: [Coins.Spend(coin, Coins.Owner(4), fee: 5_000)]);
        Assert.Empty(await chain.GetMempoolAsync());
        await events.MoveNextAsync();
        Assert.IsType<ChainEvent.TipChanged>(events.Current);
        foreach (var gone in new[] { waiting, child })
        {
            await events.MoveNextAsync();
            Assert.Equal(new ChainEvent.TransactionDropped(gone.Id, DropReason.Conflict), events.Current);
        }
    }

    [Fact]
    public async Task A_dear_child_carries_its_parent_into_the_template()
    {
        await using var chain = await OpenAsync();
        var coins = await MatureAsync(chain);
        var cheap = Coins.Spend(coins[0], Coins.Owner(3), fee: 100);
        var middling = Coins.Spend(coins[1], Coins.Owner(3), fee: 3_000);
        var child = Coins.Spend(
            new OutPoint(cheap.Id, 0), cheap.Outputs[0].Value, Coins.Owner(3), fee: 20_000);
        foreach (var each in new[] { cheap, middling, child })
        {
            await AcceptedAsync(chain, each);
        }

        var template = await chain.GetTemplateAsync();
        Assert.Equal([cheap.Id, child.Id, middling.Id], template.Transactions.Select(each => each.Id));
        Assert.Equal(FeeRate.MinimumRelay, await chain.EstimateFeeAsync(1));
    }

    [Fact]
    public async Task A_reader_that_falls_behind_is_told_of_a_gap()
    {
        var events = new ChainEvents();
        var slow = events.Subscribe(TestContext.Current.CancellationToken).GetAsyncEnumerator();
        var dropped = new ChainEvent.TransactionDropped(default, DropReason.Expired);
        for (var i = 0; i < ChainEvents.QueueLimit + 10; i++)
        {
            events.Publish(dropped);
        }

        Assert.True(await slow.MoveNextAsync());
        Assert.IsType<ChainEvent.Gap>(slow.Current);
        events.Publish(dropped);
        Assert.True(await slow.MoveNextAsync());
        Assert.Equal(dropped, slow.Current);
    }

    private Task<EmbeddedMainchain> OpenAsync(MempoolLimits? limits = null) => EmbeddedMainchain.OpenAsync(
        Lab.Options(110) with { Mempool = limits ?? new MempoolLimits() }, InterpreterRules.Consensus,
        new MemoryBlockStore(), _clock);

    private static async Task<UnspentOutput[]> MatureAsync(IChain chain) =>
    [
        .. (await chain.GetCoinsAsync(Lab.Treasury)).Where(coin => coin.IsSpendable(chain.CoinbaseMaturity)),
    ];

    private static Task AcceptedAsync(IChain chain, Transaction transaction) =>
        CodeAsync(chain, BroadcastCode.Accepted, transaction);

    private static async Task CodeAsync(IChain chain, BroadcastCode code, Transaction transaction)
    {
        var result = await chain.BroadcastAsync(transaction);
        Assert.True(code == result.Code, $"{result.Code}: {result.Detail}");
    }
}
