using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Chains;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Client.Keys;
using Market.Client.Orders;
using Market.Client.Tests.Orders;
using Market.Client.Wallets;
using Market.Contracts;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Client.Tests.Wallets;

/// <summary>Shares that expire, in a wallet: coins of one series are never spent beside those of another.</summary>
public sealed class WalletSeriesTests : IAsyncLifetime
{
    private static readonly SharechainProfile Row = SharechainProfile.Find("p2poolv2-devnet")! with
    {
        SeriesLength = 4,
        Payout = new PayoutDesign.Window(10_000_000, 14, 20),
    };

    private static readonly Script Other = Script.P2wpkh(PrivateKey.Create([.. Enumerable.Repeat((byte)88, 32)]).PublicKey);

    private readonly ManualClock _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
    private readonly Seed _seed = new(Mnemonic.FromEntropy([.. Enumerable.Repeat((byte)5, 16)]));
    private EmbeddedMainchain _main = null!;
    private ShareNode _node = null!;
    private Wallet _wallet = null!;

    public async ValueTask InitializeAsync()
    {
        _main = await Premined.OpenAsync(
            new EmbeddedMainchainOptions { TreasuryScript = Other, Mine = false, PremineBlocks = 1 }, _clock);
        _node = await ShareNode.OpenAsync(Row, InterpreterRules.Consensus, new MemoryBlockStore(), _main, _clock);
        var file = WalletFile.Open(null, WalletChains.Of("devnet", "p2poolv2"));
        _wallet = new Wallet(new WalletKeys(_seed, "devnet", "p2poolv2"), file, _main, _node);
        await ShareLab.MineAsync(_node, _clock, 12, _wallet.PrimaryScript(ChainKind.Sharechain));
    }

    [Fact]
    public async Task What_there_is_of_each_series_is_told_with_its_life()
    {
        var all = await _wallet.GetSeriesAsync();

        Assert.Equal([0, 1, 2, 3], all.Select(each => each.Series.Number));
        Assert.Equal("P2POOLV2-1-BTC", all[1].Instrument);
        Assert.Equal([1, 4, 8, 12], all.Select(each => each.Oldest.Root));
        Assert.Equal(all.Select(each => (long)each.Oldest.BlocksLeft * Row.TargetSpacing), all.Select(each => each.ExpiresWithin));
        Assert.Equal(14 + 1 - 12, all[0].Oldest.BlocksLeft);
        var total = await _wallet.GetBalanceAsync(ChainKind.Sharechain);
        Assert.Equal(total.Total.Sats, all.Sum(each => each.Balance.Total.Sats));
        Assert.Equal(total.Spendable.Sats, all.Sum(each => each.Balance.Spendable.Sats));
    }

    [Fact]
    public async Task Which_series_is_paid_from_is_not_guessed_and_no_other_is_touched()
    {
        var all = await _wallet.GetSeriesAsync();
        var little = new TxOut(new Amount(all[1].Balance.Spendable.Sats / 2), Other);
        var e = await Assert.ThrowsAsync<SeveralSeriesException>(
            () => _wallet.BuildAsync(ChainKind.Sharechain, [little], FeeRate.MinimumRelay));
        Assert.Contains("0, 1", e.Message, StringComparison.Ordinal);

        var built = await _wallet.BuildAsync(ChainKind.Sharechain, [little], FeeRate.MinimumRelay, series: 1);
        Assert.All(await SeriesOfAsync(built.Coins.Select(coin => coin.OutPoint)), series => Assert.Equal(1, series));
        Assert.Equal(BroadcastCode.Accepted, (await _node.BroadcastAsync(built.Transaction)).Code);
        Assert.Equal(1, await SeriesOfAsync(new OutPoint(built.Transaction.Id, 1)));

        var tooMuch = new TxOut(all[1].Balance.Spendable + new Amount(1), Other);
        Assert.True(all[0].Balance.Spendable + all[1].Balance.Spendable > tooMuch.Value);
        await Assert.ThrowsAsync<InsufficientFundsException>(
            () => _wallet.BuildAsync(ChainKind.Sharechain, [tooMuch], FeeRate.MinimumRelay, series: 1));
    }

    [Fact]
    public async Task A_sweep_and_a_dearer_version_stay_in_their_series()
    {
        var sweep = await _wallet.SweepAsync(ChainKind.Sharechain, FeeRate.MinimumRelay, _ => true);
        Assert.Single((await SeriesOfAsync(sweep!.Coins.Select(coin => coin.OutPoint))).Distinct());

        // All of series 0 is paid: what a higher fee takes more is not there, and is not taken from another series.
        var all = await _wallet.GetSeriesAsync();
        var most = new TxOut(all[0].Balance.Spendable - new Amount(1_000), Other);
        var before = await _wallet.BuildAsync(ChainKind.Sharechain, [most], FeeRate.MinimumRelay, series: 0);
        Assert.Null(await new WalletReplacer(_wallet).ReplaceAsync(
            ChainKind.Sharechain, before, 1, before.Fee, FeeRate.PerVByte(50)));
    }

    [Fact]
    public async Task An_order_of_a_series_is_backed_by_its_coins_alone()
    {
        var all = await _wallet.GetSeriesAsync();
        var backing = new OrderBacking(_wallet, InstrumentOf("P2POOLV2-1-BTC"), ChainKind.Sharechain);
        var wish = new OrderWish(Side.Sell, new Price(1_000), new Quantity(all[1].Balance.Spendable.Sats / 2));
        var chosen = await backing.ChooseAsync(wish, TestContext.Current.CancellationToken);
        Assert.All(await SeriesOfAsync(chosen.Select(coin => coin.OutPoint)), series => Assert.Equal(1, series));
        await Assert.ThrowsAsync<InsufficientFundsException>(() => backing.ChooseAsync(
            wish with { Quantity = new Quantity(all[1].Balance.Spendable.Sats) }, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task How_long_an_output_lasts_is_read_from_the_own_chain_until_it_is_gone()
    {
        var lives = ShareLives.Of(_node)!;
        var oldest = (await _wallet.GetCoinsAsync(ChainKind.Sharechain)).Single(coin => coin.Coin.RootHeight == 1).OutPoint;
        Assert.Equal((3 - 1) / 2 * Row.TargetSpacing, (await lives.OfAsync(oldest, default))!.Value.SureSeconds);
        Assert.False(await lives.IsGoneAsync(oldest, default));

        await ShareLab.MineAsync(_node, _clock, 4, Other);
        Assert.Null(await lives.OfAsync(oldest, default));
        Assert.True(await lives.IsGoneAsync(oldest, default));
        Assert.True(await ShareLives.Of(_node)!.IsGoneAsync(oldest, default), "by the block that made it");
        Assert.False(await lives.IsGoneAsync(new OutPoint(default, 9), default));
        Assert.Null(ShareLives.Of(_main));
        Assert.DoesNotContain(await _wallet.GetSeriesAsync(), each => each.Oldest.Root == 1);
    }

    [Theory]
    [InlineData("P2POOLV2-12-BTC", "p2poolv2", true)]
    [InlineData("P2POOLV2-BTC", "p2poolv2", false)]
    [InlineData("P2SHARE-BTC", "p2poolv2", false)]
    [InlineData("P2SHARE-BTC", null, true)]
    [InlineData("P2SHARE-1-BTC", null, false)]
    [InlineData("P2SHARE", null, false)]
    public void A_wallet_trades_the_instruments_of_its_sharechain(string id, string? sharechain, bool trades) =>
        Assert.Equal(trades, TradedInstrument.IsOf(id, "devnet", sharechain));

    public async ValueTask DisposeAsync()
    {
        _wallet.Keys.Dispose();
        _seed.Dispose();
        await _node.DisposeAsync();
        await _main.DisposeAsync();
    }

    private async Task<int?> SeriesOfAsync(OutPoint outPoint) => _wallet.SeriesOf(
        ChainKind.Sharechain, (await _node.FindUnspentAsync(outPoint, false) ?? await _node.FindUnspentAsync(outPoint, true))!);

    private async Task<List<int?>> SeriesOfAsync(IEnumerable<OutPoint> outPoints)
    {
        var series = new List<int?>();
        foreach (var outPoint in outPoints) series.Add(await SeriesOfAsync(outPoint));
        return series;
    }

    private static Instrument InstrumentOf(string id) => OrderExchange.TheInstrument with { Id = id };
}
