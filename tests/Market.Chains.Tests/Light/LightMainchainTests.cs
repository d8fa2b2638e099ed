using Market.Bitcoin;
using Market.Chains.Http;
using Market.Chains.Light;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Light;

/// <summary>The light client with a market's node interface as its source.</summary>
public sealed class LightMainchainTests : ServedChains
{
    [Fact]
    public async Task Finds_the_same_coins_as_a_node_through_payments_and_reorganisations()
    {
        using var http = Host.Client();
        await using var light = Open(http);
        await light.WaitLiveAsync(TestContext.Current.CancellationToken);
        await SameAsync(light, Lab.Treasury);

        var coin = await Coins.MatureAsync(Main, Lab.Treasury);
        var payment = Coins.Spend(coin, Coins.Owner(30));
        Assert.True((await light.BroadcastAsync(payment)).IsSuccess);
        Assert.Contains(await light.GetCoinsAsync(Coins.Owner(30)), each => each.Confirmations == 0);
        await SameAsync(light, Lab.Treasury);

        await Main.MineAsync(1);
        await FollowedAsync(light);
        Assert.Equal(1, (await light.FindTransactionAsync(payment.Id))!.Confirmations);
        await SameAsync(light, Coins.Owner(30));
        await SameAsync(light, Lab.Treasury);

        await Main.MineForkAsync((await Main.GetTipAsync()).Height - 3, 5);
        await FollowedAsync(light);
        await SameAsync(light, Lab.Treasury);
    }

    [Fact]
    public async Task What_it_cannot_know_it_does_not_deny()
    {
        using var http = Host.Client();
        await using var light = Open(http);
        await light.WaitLiveAsync(TestContext.Current.CancellationToken);
        var stranger = (await Main.GetFullBlockAsync(new BlockId((await Main.GetBlockIdAsync(3))!.Value)))!.Transactions[0].Id;
        await Assert.ThrowsAsync<ChainUnavailableException>(async () => await light.FindTransactionAsync(stranger));
        await Assert.ThrowsAsync<ChainUnavailableException>(async () => await light.FindUnspentAsync(new OutPoint(stranger, 0)));
        await Assert.ThrowsAsync<ChainUnavailableException>(async () => await light.GetTemplateAsync());
    }

    [Fact]
    public async Task A_restart_goes_on_from_its_folder()
    {
        using var http = Host.Client();
        await using (var light = Open(http))
        {
            await light.WaitLiveAsync(TestContext.Current.CancellationToken);
        }

        await Main.MineAsync(2);
        await using var again = Open(http);
        Assert.True((await again.GetTipAsync()).Height >= (await Main.GetTipAsync()).Height - 2);
        await FollowedAsync(again);
        await SameAsync(again, Lab.Treasury);
    }

    [Fact]
    public async Task An_invented_spend_of_an_own_coin_hides_it_from_nobody()
    {
        using var http = Host.Client();
        var source = new HttpLightSource(http, TimeProvider.System);
        await using var talking = new Talking(source);
        await using var light = new LightMainchain(
            NetworkProfile.Of("regtest"), talking, Clock, new LightOptions { PollInterval = TimeSpan.FromMilliseconds(200) });
        await light.WaitLiveAsync(TestContext.Current.CancellationToken);
        var key = PrivateKey.Create([.. Enumerable.Repeat((byte)7, 32)]);
        var own = Script.P2wpkh(key.PublicKey);
        var payment = Coins.Spend(await Coins.MatureAsync(Main, Lab.Treasury), own);
        Assert.True((await light.BroadcastAsync(payment)).IsSuccess);
        await Main.MineAsync(1);
        await FollowedAsync(light);
        var coin = Assert.Single(await light.GetCoinsAsync(own));

        var unsigned = Coins.Spend(coin.OutPoint, coin.Output.Value, Coins.Owner(9));
        talking.Seen!(unsigned);
        Assert.Equal(coin, Assert.Single(await light.GetCoinsAsync(own)));
        Assert.NotNull(await light.FindUnspentAsync(coin.OutPoint));

        var bare = new Transaction(
            2, [new TxIn(coin.OutPoint, Script.Empty, TxIn.FinalSequence)], unsigned.Outputs, 0);
        var signature = key.SignEcdsa(
            new PrecomputedTransaction(bare, [coin.Output]).P2wpkhSighash(0, key.PublicKey.Hash160));
        var witness = new Witness(signature.ToScriptItem(), key.PublicKey.Span.ToArray());
        talking.Seen(new Transaction(
            bare.Version, [bare.Inputs[0] with { Witness = witness }], bare.Outputs, bare.LockTime));
        Assert.Empty(await light.GetCoinsAsync(own));
    }

    [Fact]
    public async Task A_false_copy_that_came_before_its_coin_was_looked_for_neither_spends_nor_hides_the_true_one()
    {
        using var http = Host.Client();
        await using var talking = new Talking(new HttpLightSource(http, TimeProvider.System));
        await using var light = new LightMainchain(
            NetworkProfile.Of("regtest"), talking, Clock, new LightOptions { PollInterval = TimeSpan.FromMilliseconds(200) });
        byte[] preimage = [.. Enumerable.Repeat((byte)9, 32)];
        var contract = new ScriptBuilder().Op(Opcode.OP_SHA256)
            .Push(System.Security.Cryptography.SHA256.HashData(preimage)).Op(Opcode.OP_EQUAL).Build();
        var script = Script.P2wsh(contract);
        var payment = Coins.Spend(await Coins.MatureAsync(Main, Lab.Treasury), script);
        await light.WaitLiveAsync(TestContext.Current.CancellationToken);
        Assert.True((await Main.BroadcastAsync(payment)).IsSuccess);
        await Main.MineAsync(1);
        await FollowedAsync(light);

        var outPoint = new OutPoint(payment.Id, 0);
        var stripped = Coins.Spend(outPoint, payment.Outputs[0].Value, Coins.Owner(9));
        talking.Seen!(stripped);
        Assert.Empty(await light.FindUnconfirmedAsync(
            new MempoolQuery([script], [outPoint], []), TestContext.Current.CancellationToken));
        Assert.Single(await light.GetCoinsAsync(script));
        Assert.True(talking.Seen(stripped), "a refuted copy is not the last that is asked for");

        var claim = new Transaction(
            stripped.Version,
            [stripped.Inputs[0] with { Witness = new Witness(preimage, contract.Span.ToArray()) }], stripped.Outputs, 0);
        Assert.Equal(stripped.Id, claim.Id);
        Assert.False(talking.Seen(claim), "what is proven need not be heard again");
        var found = Assert.Single(await light.FindUnconfirmedAsync(
            new MempoolQuery([script], [outPoint], []), TestContext.Current.CancellationToken));
        Assert.Equal(claim.WitnessId, found.WitnessId);
        Assert.Empty(await light.GetCoinsAsync(script));
    }

    [Fact]
    public void Strangers_inventions_push_no_own_transaction_out_and_a_block_makes_every_rival_void()
    {
        var pool = new LightMempool(mostBytes: 10_000, mostKept: 4);
        pool.Watch(Coins.Owner(40));
        var own = Coins.Spend(new OutPoint(new TxId(Hash256.DoubleSha256([1])), 0), new Amount(9_000), Coins.Owner(41));
        Assert.True(pool.Add(own, 1, keep: true));
        for (var i = 0; i < 200; i++)
        {
            pool.Add(Coins.Spend(own.Inputs[0].PreviousOutput, new Amount(5_000 + i), Coins.Owner(40)), 1);
        }

        Assert.NotNull(pool.Find(own.Id));
        Assert.InRange(pool.Paying(Coins.Owner(40)).Length, 4, 5);
        pool.Confirm(new Block(NetworkProfile.Of("regtest").Genesis, [own]));
        Assert.Empty(pool.All());
        Assert.Empty(pool.Spending(own.Inputs[0].PreviousOutput));
    }

    [Fact]
    public void What_concerns_a_watched_script_is_bounded_by_what_it_takes_of_memory()
    {
        var pool = new LightMempool(mostBytes: 100_000);
        pool.Watch(Coins.Owner(40));
        for (var i = 0; i < 50; i++)
        {
            // Bytes of the wire that are cheap, and dear in memory.
            var empty = new Witness([.. Enumerable.Repeat(Array.Empty<byte>(), 400)]);
            var plain = Coins.Spend(
                new OutPoint(new TxId(Hash256.DoubleSha256(BitConverter.GetBytes(i))), 0), new Amount(9_000), Coins.Owner(40));
            pool.Add(new Transaction(plain.Version, [plain.Inputs[0] with { Witness = empty }], plain.Outputs, plain.LockTime), 1);
        }

        Assert.InRange(pool.All().Length, 1, 100_000 / (400 * 24));
    }

    [Fact]
    public void A_blocks_fees_are_what_its_coinbase_takes_beyond_the_subsidy()
    {
        var coinbase = Coins.Spend([(OutPoint.Null, new Amount(0))], [new TxOut(new Amount(5_000_020_000), Coins.Owner(1))]);
        var other = Coins.Spend(new OutPoint(coinbase.Id, 0), new Amount(10_000), Coins.Owner(2));
        var rate = LightFees.Of(new Block(NetworkProfile.Of("regtest").Genesis, [coinbase, other]), new Amount(5_000_000_000));

        Assert.Equal(20_000L * 1000 / other.VirtualSize, rate.SatsPerKvB);
        FeeRate[] rates = [new(5_000), new(9_000), new(3_000)];
        Assert.Equal(9_000, LightFees.Estimate(rates, 1, []).SatsPerKvB);
        Assert.Equal(5_000, LightFees.Estimate(rates, 6, []).SatsPerKvB);
        Assert.Equal(7_000, LightFees.Estimate(rates, 6, [new FeeRate(7_000)]).SatsPerKvB);
        Assert.Equal(FeeRate.MinimumRelay, LightFees.Estimate([], 1, []));
    }

    [Theory]
    [InlineData(7_000, new long[] { 1_000, 7_000, 900_000 })]
    [InlineData(2_000, new long[] { 900_000, 2_000 })]
    [InlineData(3_000, new long[] { 3_000, LightFees.MostFloor + 1 })]
    [InlineData(1_000, new long[] { LightFees.MostFloor + 1, long.MaxValue, long.MaxValue })]
    [InlineData(1_000, new long[] { 0, 0, 9_000 })]
    public void No_single_source_sets_the_fee_and_none_that_names_what_nobody_asks_for_is_heard(long rate, long[] floors)
    {
        FeeRate[] named = [.. floors.Select(floor => new FeeRate(floor))];
        Assert.Equal(rate, LightFees.Estimate([], 6, named).SatsPerKvB);
        Assert.Equal(rate, LightFees.Estimate([new(0), new(0)], 6, named).SatsPerKvB);
    }

    [Fact]
    public void However_many_sources_say_so_no_fee_is_asked_that_is_far_above_what_blocks_pay()
    {
        FeeRate[] named = [new(900_000), new(900_000), new(900_000)];
        Assert.Equal(5_000 * LightFees.MostTimesBlocks, LightFees.Estimate([new(0), new(5_000), new(2_000)], 6, named).SatsPerKvB);
        Assert.Equal(FeeRate.MinimumRelay, LightFees.Estimate([new(1)], 6, named));
        Assert.Equal(long.MaxValue, LightFees.Estimate([new(long.MaxValue)], 1, named).SatsPerKvB);
    }

    [Fact]
    public void Unconfirmed_transactions_are_bounded_and_what_is_watched_stays()
    {
        var pool = new LightMempool(mostBytes: 2_000, mostKept: 2);
        pool.Watch(Coins.Owner(40));
        var mine = Coins.Spend(new OutPoint(new TxId(Hash256.DoubleSha256([1])), 0), new Amount(9_000), Coins.Owner(40));
        Assert.True(pool.Add(mine, 1));
        Assert.False(pool.Add(mine, 1));
        for (var i = 0; i < 200; i++)
        {
            var other = new OutPoint(new TxId(Hash256.DoubleSha256(BitConverter.GetBytes(i))), 0);
            pool.Add(Coins.Spend(other, new Amount(9_000), Coins.Owner(41)), 1);
        }

        Assert.True(pool.All().Sum(entry => entry.Transaction.VirtualSize) <= 2_000);
        Assert.Single(pool.Paying(Coins.Owner(40)));

        // A stranger's rival, which nobody has judged, does not hide it.
        pool.Add(Coins.Spend(mine.Inputs[0].PreviousOutput, new Amount(8_000), Coins.Owner(42)), 1);
        Assert.Single(pool.Paying(Coins.Owner(40)));
    }

    private LightMainchain Open(HttpClient http) => new(
        NetworkProfile.Of("regtest"), new HttpLightSource(http, TimeProvider.System), Clock,
        new LightOptions { PollInterval = TimeSpan.FromMilliseconds(200), Folder = Folder });

    private async Task FollowedAsync(LightMainchain light)
    {
        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Id == (await Main.GetTipAsync()).Id, "the tip");
        await light.WaitLiveAsync(TestContext.Current.CancellationToken);
    }

    private async Task SameAsync(LightMainchain light, Script script) => Assert.Equal(
        (await Main.GetCoinsAsync(script)).Select(coin => (coin.OutPoint, coin.Height, coin.IsCoinbase)).Order(),
        (await light.GetCoinsAsync(script)).Select(coin => (coin.OutPoint, coin.Height, coin.IsCoinbase)).Order());
}
