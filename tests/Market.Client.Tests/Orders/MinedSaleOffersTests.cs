using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Chains;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Client.Api;
using Market.Client.Keys;
using Market.Client.Orders;
using Market.Client.Strategies;
using Market.Client.Wallets;
using Market.Contracts;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Client.Tests.Orders;

/// <summary>What is offered of what was mined: all of it, nothing else, and in orders that the market takes.</summary>
public sealed class MinedSaleOffersTests : IAsyncLifetime
{
    private const int Mined = 8;
    private const long Minted = 50 * Quantity.UnitsPerShare;

    // What an order leaves of its coins for fees.
    private const long Fees = 1_000_000;
    private static readonly Price Price = new(1_000);
    private static readonly Script Other = Script.P2wpkh(PrivateKey.Create([.. Enumerable.Repeat((byte)88, 32)]).PublicKey);

    private readonly ManualClock _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
    private readonly Seed _seed = new(Mnemonic.FromEntropy([.. Enumerable.Repeat((byte)5, 16)]));
    private readonly Seed _sellersSeed = new(Mnemonic.FromEntropy([.. Enumerable.Repeat((byte)6, 16)]));
    private readonly OrderLog _log = OrderLog.Open(null);
    private readonly List<string> _said = [];
    private EmbeddedMainchain _main = null!;
    private ShareNode _node = null!;
    private Wallet _wallet = null!;
    private OrderExchange _market = null!;
    private MarketApi _api = null!;
    private MinedSale _sale = null!;

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _main = await Premined.OpenAsync(
            new EmbeddedMainchainOptions { TreasuryScript = Other, Mine = false, PremineBlocks = 1 }, _clock);
        _node = await ShareNode.OpenAsync(
            SharechainProfiles.P2ShareDevnet, InterpreterRules.Consensus, new MemoryBlockStore(), _main, _clock, cancellation: Now);
        _wallet = WalletOf(_seed);
        _market = new OrderExchange(_clock);
        _api = new MarketApi(new Uri("http://market.test"), _wallet.Keys, _clock, _market);
        _sale = new MinedSale(_api, new OrderDesk(_api, _wallet, _log, _ => false, _clock), _wallet, Price, _clock)
        {
            OnSaid = _said.Add,
        };
    }

    [Fact]
    public async Task What_was_bought_is_not_offered_though_it_would_cover_the_order()
    {
        using var sellers = new Disposing(WalletOf(_sellersSeed));
        await MineAsync(10, sellers.Wallet);
        await MineAsync(Mined, _wallet);
        await MineAsync(10, null);
        var bought = new TxOut(new Amount((Mined + 1) * Minted), _wallet.PrimaryScript(ChainKind.Sharechain));
        var built = await sellers.Wallet.BuildAsync(
            ChainKind.Sharechain, [bought], FeeRate.MinimumRelay, cancellation: Now);
        Assert.Equal(BroadcastCode.Accepted, (await _node.BroadcastAsync(built.Transaction, Now)).Code);
        await MineAsync(1, null);
        var coins = await _wallet.GetCoinsAsync(ChainKind.Sharechain, Now);
        Assert.Equal((Mined + 1) * Minted, Assert.Single(coins, coin => !coin.Coin.IsCoinbase && coin.IsSpendable).Value.Sats);

        await _sale.StepAsync(Now);
        await _sale.StepAsync(Now);

        var order = Assert.Single(_market.Open);
        Assert.Equal(
            coins.Where(coin => coin.Coin.IsCoinbase).Select(coin => coin.OutPoint.ToString()).Order(), order.Outpoints.Order());
        Assert.InRange(order.Quantity.Units, Mined * Minted - Fees, Mined * Minted);
    }

    [Theory]
    [InlineData(120, 4, 100)]
    [InlineData(60, 8, 50)]
    [InlineData(30, 8, 25)]
    [InlineData(20, 8, 12.5)]
    public async Task What_is_too_large_for_a_series_is_offered_in_smaller_orders(int most, int orders, double each)
    {
        await MineAsync(Mined, _wallet);
        await MineAsync(10, null);
        _market.Refuse = order => order.Quantity.Units > most * Quantity.UnitsPerShare ? TooLarge : null;

        await _sale.StepAsync(Now);

        Assert.Equal(orders, _market.Open.Count);
        Assert.All(_market.Open, order => Assert.InRange(
            order.Quantity.Units, (each * Quantity.UnitsPerShare) - Fees, each * Quantity.UnitsPerShare));
        Assert.Equal(Mined, _market.Open.SelectMany(order => order.Outpoints).Distinct().Count());
        Assert.All(_said, said => Assert.Contains("mined are offered", said, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_no_order_is_small_enough_that_is_said_once_and_sold_as_soon_as_one_is()
    {
        await MineAsync(Mined, _wallet);
        await MineAsync(10, null);
        _market.Refuse = _ => TooLarge;

        await _sale.StepAsync(Now);
        await _sale.StepAsync(Now);

        Assert.Empty(_market.Orders);
        Assert.Contains("however small", Assert.Single(_said), StringComparison.Ordinal);
        _market.Refuse = _ => null;
        await _sale.StepAsync(Now);
        Assert.Equal(Mined, Assert.Single(_market.Open).Outpoints.Count);
    }

    public async ValueTask DisposeAsync()
    {
        _log.Dispose();
        _api.Dispose();
        _market.Dispose();
        _wallet.Keys.Dispose();
        _seed.Dispose();
        _sellersSeed.Dispose();
        await _node.DisposeAsync();
        await _main.DisposeAsync();
    }

    private static Problem TooLarge => new()
    {
        Type = "/problems/" + ProblemCodes.TooLargeForSeries,
        Title = ProblemCodes.TooLargeForSeries,
        Status = 409,
        Code = ProblemCodes.TooLargeForSeries,
    };

    private Wallet WalletOf(Seed seed) =>
        new(new WalletKeys(seed, "devnet", null), WalletFile.Open(null, Devnet.Chains), _main, _node);

    private Task MineAsync(int blocks, Wallet? wallet) =>
        ShareLab.MineAsync(_node, _clock, blocks, wallet?.PrimaryScript(ChainKind.Sharechain) ?? Other);

    private sealed record Disposing(Wallet Wallet) : IDisposable
    {
        public void Dispose() => Wallet.Keys.Dispose();
    }
}
