using System.Net;
using System.Security.Cryptography;
using Market.Api.Doors.Clients;
using Market.Api.Features.Dev;
using Market.Api.Hosting;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Testing.Chains;

namespace Market.Api.Tests.Interface;

/// <summary>A devnet's faucet gives a key what it needs to trade.</summary>
public sealed class FaucetTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const long Price = 100_000;
    private const long Share = 100_000_000;

    private MarketHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await MarketHost.StartAsync(
        await postgres.NewDatabaseAsync(), faucet: FaucetKey.Of(SHA256.HashData("some"u8)));

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_key_gets_coins_on_both_chains_and_sells_and_buys_with_them()
    {
        using var seller = await Trader.SignInAsync(_host.Address, 9_400);
        using var buyer = await Trader.SignInAsync(_host.Address, 9_401);
        var shares = await AskAsync(seller, ChainName.Sharechain);
        var coins = await AskAsync(buyer, ChainName.Mainchain);
        Assert.True(shares.Confirmed);
        Assert.Equal(Faucet.Payment.Sats, coins.Amount.Value);
        await _host.MineMainAsync(1);
        var share = await FindAsync(_host.Shares, shares.Outpoint, seller);
        var coin = await FindAsync(_host.Main, coins.Outpoint, buyer);
        Assert.Equal(shares.Amount.Value, share.Output.Value.Sats);
        Assert.True(share.IsSpendable(_host.Shares.CoinbaseMaturity));

        var sold = await seller.PlaceAsync(seller.Order("s", Side.Sell, Price, Share, coin: share.OutPoint));
        Assert.Equal(OrderStatus.Open, sold.Order.Status);
        var bought = await buyer.PlaceAsync(buyer.Order("b", Side.Buy, Price, Share, coin: coin.OutPoint));
        Assert.Equal(Share, Assert.Single(bought.Fills).Quantity.Units);
    }

    [Fact]
    public async Task A_client_is_paid_so_often_on_each_chain_and_again_later()
    {
        using var trader = await Trader.SignInAsync(_host.Address, 9_402);
        for (var i = 0; i < FaucetGrants.PerClient; i++) await AskAsync(trader, ChainName.Mainchain);
        var refused = await trader.ProblemAsync(HttpMethod.Post, Routes.Faucet, Ask(trader, ChainName.Mainchain));
        Assert.Equal(ProblemCodes.RateLimited, refused.Code);
        Assert.Equal(_host.Clock.Now + FaucetGrants.Window, refused.RetryAt);
        await AskAsync(trader, ChainName.Sharechain);
        _host.Clock.Advance(FaucetGrants.Window);
        await AskAsync(trader, ChainName.Mainchain);
    }

    [Theory]
    [InlineData("")]
    [InlineData("51515151515151515151515151515151515151515151515151515151515151515151515151515151515151")]
    [InlineData("0014ZZ")]
    [InlineData("001")]
    [InlineData("acac")]
    public async Task What_is_no_script_is_not_paid(string script)
    {
        using var trader = await Trader.SignInAsync(_host.Address, 9_403);
        Assert.Equal(ProblemCodes.ValidationFailed, await trader.RefusedAsync(
            HttpMethod.Post, Routes.Faucet, new AskFaucet { Chain = ChainName.Mainchain, Script = script }));
    }

    [Fact]
    public void Clients_are_counted_one_by_one_and_forgotten_when_their_payments_are()
    {
        var clock = new ManualClock();
        var grants = new FaucetGrants(clock);
        for (var i = 0; i < FaucetGrants.Clients - 1; i++) Assert.Null(grants.Take(Client(i), ChainName.Mainchain));
        clock.Advance(TimeSpan.FromMinutes(1));
        var late = Client(FaucetGrants.Clients);
        for (var i = 0; i < FaucetGrants.PerClient; i++) Assert.Null(grants.Take(late, ChainName.Mainchain));
        Assert.NotNull(grants.Take(late, ChainName.Mainchain));
        // Who is known is paid still; for others there is no place.
        Assert.Null(grants.Take(Client(0), ChainName.Mainchain));
        var other = Client(FaucetGrants.Clients + 1);
        Assert.Equal(clock.Now + FaucetGrants.Window, grants.Take(other, ChainName.Mainchain));
        clock.Advance(FaucetGrants.Window - TimeSpan.FromMinutes(1));
        Assert.Null(grants.Take(other, ChainName.Mainchain));
        Assert.NotNull(grants.Take(late, ChainName.Mainchain));

        static ClientAddress Client(int number) => ClientAddress.Of(new IPAddress([10, 0, (byte)(number >> 8), (byte)number]));
    }

    [Fact]
    public async Task Payments_of_one_moment_spend_different_coins_and_none_that_is_not_mature()
    {
        using var trader = await Trader.SignInAsync(_host.Address, 9_404);
        var paid = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => AskAsync(trader, ChainName.Mainchain)));
        Assert.Equal(4, paid.Select(one => one.Outpoint).Distinct().Count());
        // Of the network's new block the coins are worth the most, and cannot be spent yet.
        await _host.MineMainAsync(1);
        await AskAsync(trader, ChainName.Mainchain);
    }

    [Fact]
    public async Task An_empty_faucet_says_so()
    {
        var key = FaucetKey.Of(SHA256.HashData("empty"u8));
        using var empty = new Faucet(key, _host.Main);
        var script = Script.FromHex("0014" + new string('1', 40));
        Assert.Equal(ProblemCodes.Unavailable, (await empty.PayAsync(null, script, default)).Refusal?.Code);
        // As much as it pays, and nothing for the fee.
        var filled = await _host.Get<Faucet>().PayAsync(null, key.Script, default);
        Assert.Null(filled.Refusal);
        Assert.Equal(ProblemCodes.Unavailable, (await empty.PayAsync(null, script, default)).Refusal?.Code);
    }

    [Theory]
    [InlineData("devnet", true)]
    [InlineData("regtest", false)]
    public async Task Only_a_devnet_has_a_key_for_one(string network, bool has)
    {
        var folder = Directory.CreateTempSubdirectory();
        await using (var chains = await OpenChains.OpenAsync(
            new ServerOptions { Network = network, Data = folder.FullName, Mine = false }, await postgres.NewDatabaseAsync(),
            TimeProvider.System))
        {
            Assert.Equal(has, chains.Faucet is not null);
            if (chains.Faucet is { } key) Assert.NotEmpty(await chains.Pairs[0].Main.GetCoinsAsync(key.Script, default));
        }
        Assert.Equal(has, folder.GetFiles().Length > 0);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Elsewhere_there_is_no_faucet()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync());
        using var trader = await host.TraderAsync(1);
        using var answer = await trader.RawAsync(HttpMethod.Post, Routes.Faucet, Ask(trader, ChainName.Mainchain));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.DoesNotContain(Routes.Faucet, await trader.Http.GetStringAsync("/openapi/v1.json"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_key_is_kept_in_the_data_folder_and_read_by_nobody_else()
    {
        var folder = Directory.CreateTempSubdirectory();
        var first = FaucetKey.Open(folder.FullName);
        Assert.Equal(first.Script, FaucetKey.Open(folder.FullName).Script);
        var file = Assert.Single(folder.GetFiles());
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.UnixFileMode);
        folder.Delete(recursive: true);
    }

    private static AskFaucet Ask(Trader trader, ChainName chain) =>
        new() { Chain = chain, Script = Script.P2wpkh(trader.PublicKey).ToString() };

    private static Task<FaucetPayment> AskAsync(Trader trader, ChainName chain) =>
        trader.SendAsync<FaucetPayment>(HttpMethod.Post, Routes.Faucet, Ask(trader, chain));

    private static async Task<UnspentOutput> FindAsync(IChain chain, string outpoint, Trader owner)
    {
        Assert.True(OutPoint.TryParse(outpoint, out var at));
        UnspentOutput? found = null;
        await Eventually.TrueAsync(
            async () => (found = await chain.FindUnspentAsync(at, false, default)) is not null, "the payment is in a block");
        Assert.Equal(Script.P2wpkh(owner.PublicKey), found!.Output.ScriptPubKey);
        return found;
    }
}
