using System.Security.Cryptography;
using Market.Bitcoin;
using Market.Chains.Http;
using Market.Chains.Light;
using Market.Chains.Watching;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Light;

/// <summary>What strangers tell a light client that no node would relay stands against nothing that is true.</summary>
public sealed class LightStrangersTests : ServedChains
{
    private const int Later = 6;
    private static readonly byte[] Preimage = [.. Enumerable.Repeat((byte)9, 32)];
    private static readonly Script Contract = new ScriptBuilder().Op(Opcode.OP_SHA256)
        .Push(SHA256.HashData(Preimage)).Op(Opcode.OP_EQUAL).Build();

    private static readonly Script Locked = Script.P2wsh(Contract);

    [Theory]
    [InlineData("height")]
    [InlineData("time")]
    [InlineData("age")]
    public async Task What_no_block_may_hold_yet_neither_spends_nor_pays_until_one_may(string kind)
    {
        using var http = Host.Client();
        await using var talking = new Talking(new HttpLightSource(http, TimeProvider.System));
        await using var light = Open(talking);
        var coin = await LockAsync(light);
        var tip = await light.GetTipAsync(TestContext.Current.CancellationToken);
        Transaction Early(long fee) => Spend(
            coin, fee, Coins.Owner(8), kind == "age" ? Later + 1u : 0,
            kind switch { "height" => (uint)(tip.Height + Later), "time" => tip.MedianTimePast, _ => 0 });

        talking.Seen!(Early(1_000));
        Assert.Empty(await AskAsync(light, coin));
        Assert.Equal(coin.OutPoint, Assert.Single(await light.GetCoinsAsync(Locked)).OutPoint);
        Assert.NotNull(await light.FindUnspentAsync(coin.OutPoint, true, TestContext.Current.CancellationToken));
        Assert.Empty(await light.GetCoinsAsync(Coins.Owner(8)));
        Assert.Empty(await light.GetMempoolAsync(TestContext.Current.CancellationToken));

        // Nor does another, told of later, hide the true one.
        var claim = Spend(coin, 2_000, Coins.Owner(9), TxIn.FinalSequence, 0);
        talking.Seen(claim);
        talking.Seen(Early(3_000));
        Assert.Equal(claim.Id, Assert.Single(await AskAsync(light, coin)).Id);

        await Main.MineAsync(Later);
        await FollowedAsync(light);
        Assert.Contains(await AskAsync(light, coin), each => each.Id == Early(3_000).Id);
    }

    [Fact]
    public async Task What_pays_more_than_it_has_or_than_there_is_is_refused_whatever_its_witness()
    {
        using var http = Host.Client();
        await using var talking = new Talking(new HttpLightSource(http, TimeProvider.System));
        await using var light = Open(talking);
        var coin = await LockAsync(light);
        long[][] impossible = [[coin.Output.Value.Sats + 1], [long.MaxValue, long.MaxValue], [-1], [Amount.MaxMoney, 1]];
        foreach (var amounts in impossible)
        {
            var plain = Spend(coin, 1_000, Coins.Owner(8), TxIn.FinalSequence, 0);
            var invented = new Transaction(
                2, plain.Inputs, [.. amounts.Select(amount => new TxOut(new Amount(amount), Coins.Owner(8)))], 0);
            Assert.False(talking.Seen!(invented), "no other copy of it is worth hearing");
            Assert.Empty(await AskAsync(light, coin));
        }

        // Not by its sum alone: one whose coins are not known is refused, too.
        var unknown = new OutPoint(new TxId(Hash256.DoubleSha256([7])), 0);
        talking.Seen!(Coins.Spend(
            [(unknown, new Amount(1))],
            [new TxOut(new Amount(Amount.MaxMoney), Locked), new TxOut(new Amount(1), Locked)]));
        Assert.Equal(coin.OutPoint, Assert.Single(await light.GetCoinsAsync(Locked)).OutPoint);
    }

    [Fact]
    public async Task Payments_that_nobody_could_judge_crowd_out_neither_a_proven_one_nor_the_first()
    {
        using var http = Host.Client();
        await using var talking = new Talking(new HttpLightSource(http, TimeProvider.System));
        await using var light = Open(talking);
        var coin = await LockAsync(light);
        var script = Coins.Owner(30);
        var follower = new ChainFollower(light);
        follower.Watch(script, 0);
        await follower.PollAsync(TestContext.Current.CancellationToken);

        var theirs = Coins.Spend(Unknown(1_000), new Amount(40_000), script);
        talking.Seen!(theirs);
        for (var i = 0; i < 100; i++)
        {
            var outputs = Enumerable.Repeat(new TxOut(new Amount(5_000_000_000 + i), script), i == 0 ? 64 : 1);
            talking.Seen(Coins.Spend([(Unknown(i), new Amount(1))], [.. outputs]));
        }

        var own = Spend(coin, 1_000, script, TxIn.FinalSequence, 0);
        talking.Seen(own);
        await follower.PollAsync(TestContext.Current.CancellationToken);
        var seen = follower.View.PaymentsTo(script).Select(payment => payment.Transaction.Id).ToList();
        Assert.Contains(own.Id, seen);
        Assert.Contains(theirs.Id, seen);

        // Nor is a proven spend displaced by one whose other coin is not known.
        var rival = Spend(coin, 2_000, Coins.Owner(8), TxIn.FinalSequence, 0);
        talking.Seen(new Transaction(
            2, [.. rival.Inputs, new TxIn(Unknown(2_000), Script.Empty, TxIn.FinalSequence)], rival.Outputs, 0));
        Assert.Equal(own.Id, (await AskAsync(light, coin))[^1].Id);
    }

    [Fact]
    public async Task One_peer_of_three_does_not_set_the_fee()
    {
        using var http = Host.Client();
        await using var talking = new Talking(new HttpLightSource(http, TimeProvider.System))
        {
            Floors = [new FeeRate(900_000), new FeeRate(2_000), new FeeRate(35_249_000)],
        };
        await using var light = Open(talking);
        await light.WaitLiveAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2_000, (await light.EstimateFeeAsync(6, TestContext.Current.CancellationToken)).SatsPerKvB);
    }

    private static OutPoint Unknown(int number) => new(new TxId(Hash256.DoubleSha256(BitConverter.GetBytes(number))), 0);

    private static Transaction Spend(UnspentOutput coin, long fee, Script to, uint sequence, uint lockTime) => new(
        2,
        [new TxIn(coin.OutPoint, Script.Empty, sequence, new Witness(Preimage, Contract.Span.ToArray()))],
        [new TxOut(coin.Output.Value - new Amount(fee), to)],
        lockTime);

    private static async Task<IReadOnlyList<Transaction>> AskAsync(LightMainchain light, UnspentOutput coin) =>
        await light.FindUnconfirmedAsync(
            new MempoolQuery([Locked], [coin.OutPoint], []), TestContext.Current.CancellationToken);

    private LightMainchain Open(Talking talking) => new(
        NetworkProfile.Of("regtest"), talking, Clock, new LightOptions { PollInterval = TimeSpan.FromMilliseconds(200) });

    // A contract that is paid in the newest block.
    private async Task<UnspentOutput> LockAsync(LightMainchain light)
    {
        var payment = Coins.Spend(await Coins.MatureAsync(Main, Lab.Treasury), Locked);
        Assert.True((await Main.BroadcastAsync(payment)).IsSuccess);
        await Main.MineAsync(1);
        await FollowedAsync(light);
        return Assert.Single(await light.GetCoinsAsync(Locked));
    }

    private async Task FollowedAsync(LightMainchain light)
    {
        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Id == (await Main.GetTipAsync()).Id, "the tip");
        await light.WaitLiveAsync(TestContext.Current.CancellationToken);
    }
}
