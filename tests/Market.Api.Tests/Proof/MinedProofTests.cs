using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Swaps.Agent;

namespace Market.Api.Tests.Proof;

/// <summary>
/// From a hash to money: machines at the Stratum port find shares and Bitcoin blocks on a node of somebody else's making, the
/// blocks pay the winners, who spend that, and what was mined is sold on the book and swapped for bitcoin.
/// </summary>
public sealed class MinedProofTests(PostgresFixture postgres) : ProofScene(postgres)
{
    private const int Maturity = 100;
    private const int WeakShares = 3;

    public static TheoryData<string, string> Ways => new MatrixTheoryData<string, string>(
        ["p2share", "p2poolv2", "p2share-weak"], ["bcoin", "bitcoind"]);

    [Theory, MemberData(nameof(Ways))]
    public async Task What_machines_mine_wins_bitcoin_that_is_spent_and_is_sold_for_more(string design, string kind)
    {
        if (design == "p2poolv2")
        {
            // Its shares are minted by work: a devnet's are a sixteenth each.
            (Mined, Price, Quantity) = (12, new(980_000), new(Quantity.UnitsPerShare / 2));
        }

        var ground = new MinersGround(
            kind, ProofParty.FirstScript(BuyerNumber, ChainKind.Mainchain, design), design);
        await MineAsync(ground, () => ground.Options);
        if (design == "p2share-weak")
        {
            await WeakSharesAreNamedAsync(ground);
        }

        await MatchAsync();
        await UntilAsync(() => Task.FromResult(Seller.IsOver && Buyer.IsOver), Seller, Buyer);

        await MarketAgreesAsync(SwapState.Settled);
        await AccountAsync(moved: true);
        await LegsAreOnTheNodeAsync(ground, OwnTransactionOf(Seller, OwnTransactionKind.Claim));
        Assert.Equal(ground.Instrument, (await Market.Api.GetSwapAsync(Swap)).Summary.Instrument);
        Assert.DoesNotContain((await ground.FoundAsync()).Items, block => block.Fate != Contracts.FoundFate.Accepted);
        Assert.Contains(ground.Mined, block => block.By != Sharebase && block.Paid.Any(paid => paid.ScriptPubKey == Sharebase));

        // What its machine did is told beside what it has.
        var miner = await ground.MinerAsync(Sharebase);
        Assert.Equal(ground.Mined.Count(block => block.By == Sharebase), miner.Total.Accepted);
        Assert.Equal("rig", Assert.Single(miner.Workers).Name);
        await RewardIsSpentAsync(ground);
    }

    // Handed in by one, named by the block that another finds, minted and paid to who made them.
    private async Task WeakSharesAreNamedAsync(MinersGround ground)
    {
        await ground.MineWeakAsync(WeakShares, Sharebase);
        await Market.MineSharesAsync(1);
        var weak = ground.Mined.Where(block => block.Found.IsWeak).Select(block => block.Found.ShareId);
        var named = (await ground.BlockAsync(ground.Mined[^1].Found.ShareId)).Proof!.Named;
        Assert.Equal(weak.Order(), named.Select(each => each.Id).Order());
        Assert.All(named, each => Assert.Equal((NamedKind.Weak, true), (each.Kind, each.IsMainBlock)));
        await Market.MineSharesAsync(6);
    }

    // What the shares won is in the wallet from the first, and its own to spend once Bitcoin lets it.
    private async Task RewardIsSpentAsync(MinersGround ground)
    {
        var wallet = Seller.Trader.Wallet;
        var won = (await wallet.GetCoinsAsync(ChainKind.Mainchain)).Where(coin => coin.Coin.IsCoinbase).ToList();
        Assert.Equal(
            ground.Mined.Sum(block => block.Paid.Where(paid => paid.ScriptPubKey == Sharebase).Sum(paid => paid.Value.Sats)),
            won.Sum(coin => coin.Value.Sats));
        await Market.MineCoinsAsync(Maturity);
        await Seller.CatchUpAsync();
        var coin = won.MaxBy(each => each.Value)!;
        var payment = new TxOut(new Amount(coin.Value.Sats / 2), Treasury);
        var spend = await wallet.BuildAsync(ChainKind.Mainchain, [payment], FeeRate.PerVByte(2));
        Assert.Contains(spend.Coins, spent => won.Any(each => each.OutPoint == spent.OutPoint));
        var result = await wallet.On(ChainKind.Mainchain).BroadcastAsync(spend.Transaction);
        Assert.True(result.IsSuccess, $"{result.Code} {result.Detail}");
        await Market.MineCoinsAsync(1);
        var there = await ground.Rpc.FindUnspentAsync(new OutPoint(spend.Transaction.Id, 0), withMempool: false);
        Assert.Equal((payment, 1), (there!.Output, there.Confirmations));
    }
}
