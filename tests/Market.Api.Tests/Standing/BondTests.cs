using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Market.Api.Chains;
using Market.Api.Standing;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Standing;
using Market.Testing.Chains;

namespace Market.Api.Tests.Standing;

/// <summary>Bonds and burned coins count as the server's own chains have them, for who proved them.</summary>
public sealed class BondTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly PrivateKey CoinKey = PrivateKey.Create(SHA256.HashData("bond"u8));

    private MarketHost _host = null!;
    private Trader _ann = null!;
    private Trader _bob = null!;
    private string _database = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private StandingBook Book => _host.Get<StandingBook>();

    private long Now => _host.Clock.Now.ToUnixTimeSeconds();

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.NewDatabaseAsync();
        _host = await MarketHost.StartAsync(_database);
        _ann = await Trader.SignInAsync(_host.Address, 1);
        _bob = await Trader.SignInAsync(_host.Address, 2);
    }

    public async ValueTask DisposeAsync()
    {
        _ann.Dispose();
        _bob.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Locked_coins_raise_a_tier_until_they_are_spent()
    {
        var bond = BondOf(Now + (2 * BondValue.YearSeconds));
        var coin = await LockAsync(bond.ScriptPubKey);
        var claim = Claim(bond, coin, _ann.Key);
        Assert.Contains("confirmations and needs 6", (await RefusedAsync(_ann, claim)).Detail);

        await _host.MineMainAsync(5);
        var told = await _ann.SendAsync<Bond>(HttpMethod.Post, Routes.Bonds, claim);
        var expected = BondValue.Of(Amount.Sats, bond.Locktime - (await _host.Main.GetTipAsync(Cancel)).MedianTimePast);
        Assert.Equal((expected.ToString(), _ann.Key, coin.ToString()), (told.Value, told.Account, told.Coin));
        Assert.Equal(Tier.Trusted, Book.TierOf(_ann.Key));
        Assert.Equal([told], await GetAsync(_ann.Key));
        Assert.Empty(await GetAsync(_bob.Key));

        // The same again is the same; nobody else has it.
        Assert.Equal(told, await _ann.SendAsync<Bond>(HttpMethod.Post, Routes.Bonds, claim));
        var other = await RefusedAsync(_bob, Claim(bond, coin, _bob.Key));
        Assert.Equal((ProblemCodes.ProofUsed, Tier.Newcomer), (other.Code, Book.TierOf(_bob.Key)));

        _host.Clock.Advance(TimeSpan.FromSeconds(2 * BondValue.YearSeconds + 10_000));
        await _host.Main.MineAsync(12, cancellation: Cancel);
        Assert.True(bond.TryWithdraw(coin, Amount, CoinKey, Coins.Owner(9), new FeeRate(2_000), out var spend));
        var sent = await _host.Main.BroadcastAsync(spend, Cancel);
        Assert.True(sent.IsSuccess, sent.Detail);
        await _host.MineMainAsync(1);
        await GoneAsync(_host, StandingSource.FidelityBond, $"{_host.Main.Name}:{coin}");
        Assert.Equal(Tier.Newcomer, Book.TierOf(_ann.Key));
    }

    [Fact]
    public async Task A_reorganisation_takes_a_bond_back_and_a_restart_does_not()
    {
        var bond = BondOf(Now + BondValue.YearSeconds);
        var below = (await _host.Main.GetTipAsync(Cancel)).Height;
        var coin = await LockAsync(bond.ScriptPubKey);
        await _host.MineMainAsync(6);
        await _ann.SendAsync<Bond>(HttpMethod.Post, Routes.Bonds, Claim(bond, coin, _ann.Key));
        await _host.StopServerAsync();

        await using var again = await MarketHost.StartAsync(_database, on: _host);
        var book = again.Get<StandingBook>();
        Assert.Equal(Tier.Trusted, book.TierOf(_ann.Key));
        var treasury = await Coins.MatureAsync(again.Main, Lab.Treasury);
        await again.Main.MineForkAsync(below, 9, first: [Coins.Spend(treasury, Coins.Owner(8))], cancellation: Cancel);
        await GoneAsync(again, StandingSource.FidelityBond, $"{again.Main.Name}:{coin}");
        Assert.Empty(book.HoldsFrom(StandingSource.FidelityBond));
        Assert.Equal(Tier.Newcomer, book.TierOf(_ann.Key));
    }

    [Fact]
    public async Task What_is_not_so_on_the_chain_or_not_signed_counts_for_nobody()
    {
        var bond = BondOf(Now + BondValue.YearSeconds);
        var coin = await LockAsync(bond.ScriptPubKey);
        await _host.MineMainAsync(6);
        var claim = Claim(bond, coin, _ann.Key);
        var later = BondOf(bond.Locktime + 1);
        ProveBond[] wrong =
        [
            Claim(bond, coin, _bob.Key), // another account's signature
            Claim(bond, coin, _ann.Key, host: "evil.example"),
            claim with { Coin = $"{coin.TxId}:{coin.Index + 1}" },
            Claim(bond, new OutPoint(coin.TxId, coin.Index + 1), _ann.Key), // no such output
            Claim(later, coin, _ann.Key), // the script says another time
            claim with { Signature = "smpAA==" },
        ];
        foreach (var one in wrong) Assert.Equal(ProblemCodes.BadProof, (await RefusedAsync(_ann, one)).Code);
        foreach (var one in (ProveBond[])[
            claim with { Signature = null }, claim with { Key = null }, claim with { Locktime = 800_000 },
            claim with { Chain = "nothing" }, claim with { Coin = "x" }, claim with { Kind = BondKind.Burned }])
        {
            Assert.Equal(ProblemCodes.ValidationFailed, (await RefusedAsync(_ann, one)).Code);
        }

        Assert.Empty(Book.HoldsFrom(StandingSource.FidelityBond));
        using var anybody = await _host.Http.PostAsJsonAsync(Routes.Bonds, claim, MarketJson.Options, Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, anybody.StatusCode);
    }

    [Fact]
    public async Task A_stake_that_is_worth_no_point_is_refused()
    {
        var bond = BondOf(Now + 100_000);
        var coin = await LockAsync(bond.ScriptPubKey, 60_000);
        await _host.MineMainAsync(6);
        Assert.Contains("lock more coins, or for longer", (await RefusedAsync(_ann, Claim(bond, coin, _ann.Key))).Detail);
    }

    [Fact]
    public async Task Burned_coins_count_for_the_account_that_they_name()
    {
        var coin = await LockAsync(Burn.ScriptOf(XOnlyPublicKey.Parse(_ann.Key)));
        var claim = new ProveBond { Chain = "mainchain", Coin = coin.ToString(), Kind = BondKind.Burned };
        await _host.MineMainAsync(4);
        Assert.Contains("5 confirmations and needs 6", (await RefusedAsync(_ann, claim)).Detail);
        await _host.MineMainAsync(1);
        Assert.Contains("not burned for this account", (await RefusedAsync(_bob, claim)).Detail);
        var told = await _ann.SendAsync<Bond>(HttpMethod.Post, Routes.Bonds, claim);
        Assert.Equal(BondKind.Burned, told.Kind);
        Assert.Equal(Tier.Trusted, Book.TierOf(_ann.Key));

        var tip = await _host.Main.GetTipAsync(Cancel);
        await _host.Main.MineForkAsync(tip.Height - 6, 8, cancellation: Cancel, first: [
            Coins.Spend(await Coins.MatureAsync(_host.Main, Lab.Treasury), Coins.Owner(8))]);
        await GoneAsync(_host, StandingSource.BurnedCoins, $"{_host.Main.Name}:{coin}");
        Assert.Equal(Tier.Newcomer, Book.TierOf(_ann.Key));
    }

    [Fact]
    public async Task A_bond_that_is_worth_no_point_any_more_counts_no_more()
    {
        var bond = BondOf(Now + BondValue.YearSeconds);
        var coin = await LockAsync(bond.ScriptPubKey, 5_000);
        await _host.MineMainAsync(6);
        await _ann.SendAsync<Bond>(HttpMethod.Post, Routes.Bonds, Claim(bond, coin, _ann.Key));
        _host.Clock.Advance(TimeSpan.FromSeconds(BondValue.YearSeconds / 5));
        await _host.Main.MineAsync(12, cancellation: Cancel);
        var left = BondValue.Of(5_000, bond.Locktime - (await _host.Main.GetTipAsync(Cancel)).MedianTimePast);
        Assert.InRange(left, 1, BondDesk.LeastValue - 1);
        await GoneAsync(_host, StandingSource.FidelityBond, $"{_host.Main.Name}:{coin}");
    }

    [Fact]
    public async Task Where_the_table_is_full_the_bond_of_the_least_value_gives_way_to_a_greater_one()
    {
        // The chain is lower than it was, so that what it does not show stays.
        _host.Get<StandingVerdicts>().Saw(_host.Main, int.MaxValue);
        for (var i = 0; i < BondDesk.MostBonds; i++)
        {
            var name = $"{_host.Main.Name}:{new TxId(new Hash256(SHA256.HashData(BitConverter.GetBytes(i))))}:0";
            var (value, key) = (BondDesk.LeastValue + 5_000 + i, $"{i / 50:x64}");
            Assert.True(await Book.HoldAsync(
                new StandingHold(StandingSource.BurnedCoins, name, key, value, Now + BondValue.YearSeconds), Cancel));
        }
        var least = Book.HoldsFrom(StandingSource.BurnedCoins).MinBy(hold => hold.Value)!;
        var small = BondOf(Now + BondValue.YearSeconds);
        var coin = await LockAsync(small.ScriptPubKey, 20_000);
        var large = BondOf(Now + (2 * BondValue.YearSeconds));
        var better = await LockAsync(large.ScriptPubKey);
        await _host.MineMainAsync(6);
        Assert.Equal(ProblemCodes.RateLimited, (await RefusedAsync(_ann, Claim(small, coin, _ann.Key))).Code);
        Assert.NotNull(Book.FindHold(least.Source, least.ProofId));

        await _ann.SendAsync<Bond>(HttpMethod.Post, Routes.Bonds, Claim(large, better, _ann.Key));
        Assert.Equal(0, Book.FindHold(least.Source, least.ProofId)!.Value);
        Assert.Equal(Tier.Trusted, Book.TierOf(_ann.Key));
        Assert.Equal(BondDesk.MostBonds - 1, Counting());
        // What is kept is proved again without anybody's going.
        await _ann.SendAsync<Bond>(HttpMethod.Post, Routes.Bonds, Claim(large, better, _ann.Key));
        Assert.Equal(BondDesk.MostBonds - 1, Counting());

        int Counting() => Book.HoldsFrom(StandingSource.BurnedCoins).Count(hold => hold.Value > 0);
    }

    [Fact]
    public async Task A_bond_that_gave_way_counts_again_by_itself_once_there_is_room()
    {
        var bond = BondOf(Now + (2 * BondValue.YearSeconds));
        var coin = await LockAsync(bond.ScriptPubKey);
        await _host.MineMainAsync(6);
        await _ann.SendAsync<Bond>(HttpMethod.Post, Routes.Bonds, Claim(bond, coin, _ann.Key));
        var hold = Book.HoldsFrom(StandingSource.FidelityBond).Single();
        Assert.True(await Book.HoldAsync(hold with { Value = 0 }, Cancel));
        Assert.Equal(Tier.Newcomer, Book.TierOf(_ann.Key));
        using var answer = await _host.Http.GetAsync(Routes.Standing + "/" + _ann.Key, Cancel);
        Assert.Empty((await answer.Content.ReadFromJsonAsync<KeyStanding>(MarketJson.Options, Cancel))!.Held);

        await _host.Get<HoldWatch>().LookAsync(Cancel);
        Assert.Equal(hold.Value, Book.FindHold(hold.Source, hold.ProofId)!.Value);
        Assert.Equal(Tier.Trusted, Book.TierOf(_ann.Key));
    }

    [Fact]
    public async Task Coins_of_a_chain_that_the_market_has_no_node_of_count_for_nothing_meanwhile()
    {
        var name = $"elsewhere:{new TxId(new Hash256(SHA256.HashData("x"u8)))}:0";
        var hold = new StandingHold(
            StandingSource.FidelityBond, name, _ann.Key, 10_000_000, Now + BondValue.YearSeconds);
        Assert.True(await Book.HoldAsync(hold, Cancel));
        Assert.Equal(Tier.Trusted, Book.TierOf(_ann.Key));
        await _host.Get<HoldWatch>().LookAsync(Cancel);
        Assert.Equal(hold with { Value = 0 }, Book.FindHold(hold.Source, name));
        Assert.Equal(Tier.Newcomer, Book.TierOf(_ann.Key));
        // Nobody else has it meanwhile, and it is there when the chain is.
        await _host.Get<HoldWatch>().LookAsync(Cancel);
        Assert.NotNull(Book.FindHold(hold.Source, name));
    }

    [Fact]
    public async Task Burned_coins_are_looked_for_in_blocks_once_and_then_only_whether_their_block_stands()
    {
        var coin = await LockAsync(Burn.ScriptOf(XOnlyPublicKey.Parse(_ann.Key)));
        await _host.MineMainAsync(5);
        var main = Counted.Of(_host.Main, out var counted);
        using var desk = new BondDesk(
            Book, new StandingChains([new ChainPair(main, _host.Shares)]), new StandingVerdicts(_ => true),
            _host.Clock);
        var proved = await desk.ProveAsync("host", _ann.Key, _host.Main.Name, BurnOf(coin), Cancel);
        Assert.Null(proved.Refusal);
        var before = counted.Found;
        Assert.True(before > 0);
        for (var i = 0; i < 3; i++) await desk.LookAsync(Cancel);
        Assert.Equal(before + 1, counted.Found);
        Assert.Null((await desk.ProveAsync("host", _ann.Key, _host.Main.Name, BurnOf(coin), Cancel)).Refusal);
        Assert.Equal(before + 1, counted.Found);

        var tip = await _host.Main.GetTipAsync(Cancel);
        await _host.Main.MineForkAsync(tip.Height - 6, 8, cancellation: Cancel, first: [
            Coins.Spend(await Coins.MatureAsync(_host.Main, Lab.Treasury), Coins.Owner(8))]);
        await desk.LookAsync(Cancel);
        Assert.Empty(Book.HoldsFrom(StandingSource.BurnedCoins));

        static ProveBond BurnOf(OutPoint coin) => new() { Chain = "mainchain", Coin = coin.ToString(), Kind = BondKind.Burned };
    }

    /// <summary>A mainchain as it is, that counts how often a transaction is looked for.</summary>
    internal class Counted : System.Reflection.DispatchProxy
    {
        private IMainchain _main = null!;

        public int Found { get; private set; }

        public static IMainchain Of(IMainchain main, out Counted counted)
        {
            var proxy = Create<IMainchain, Counted>();
            counted = (Counted)(object)proxy;
            counted._main = main;
            return proxy;
        }

        protected override object? Invoke(System.Reflection.MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name == nameof(IChain.FindTransactionAsync)) Found++;
            return targetMethod.Invoke(_main, args);
        }
    }

    private static Amount Amount { get; } = new(500_000_000);

    private static BondScript BondOf(long locktime) => BondScript.Create(CoinKey.PublicKey, locktime)!;

    // Once its chain is seen to be well.
    private static Task GoneAsync(MarketHost host, StandingSource source, string proof) => Eventually.TrueAsync(
        async () =>
        {
            await host.Get<HoldWatch>().LookAsync(Cancel);
            return host.Get<StandingBook>().FindHold(source, proof) is null;
        },
        $"{proof} counts no more");

    // In the block that is mined with it.
    private async Task<OutPoint> LockAsync(Script script, long? sats = null)
    {
        var coin = await Coins.MatureAsync(_host.Main, Lab.Treasury);
        var amount = sats is { } few ? new Amount(few) : Amount;
        var change = new TxOut(new Amount(coin.Output.Value.Sats - amount.Sats - 10_000), Coins.Owner(5));
        var spend = Coins.Spend([(coin.OutPoint, coin.Output.Value)], [new TxOut(amount, script), change]);
        var sent = await _host.Main.BroadcastAsync(spend, Cancel);
        Assert.True(sent.IsSuccess, sent.Detail);
        await _host.MineMainAsync(1);
        return new OutPoint(spend.Id, 0);
    }

    private ProveBond Claim(BondScript bond, OutPoint coin, string account, string? host = null) => new()
    {
        Chain = "mainchain",
        Coin = coin.ToString(),
        Kind = BondKind.Locked,
        Key = CoinKey.PublicKey.ToString(),
        Locktime = bond.Locktime,
        Signature = BondProof.Sign(
            BondProof.Text(host ?? _host.Address.Authority, account, _host.Main.Name, coin, bond.Locktime), CoinKey),
    };

    private static Task<Problem> RefusedAsync(Trader who, ProveBond claim) =>
        who.ProblemAsync(HttpMethod.Post, Routes.Bonds, claim);

    private async Task<IReadOnlyList<Bond>> GetAsync(string key) =>
        (await _host.Http.GetFromJsonAsync<IReadOnlyList<Bond>>($"{Routes.Bonds}?key={key}", MarketJson.Options, Cancel))!;
}
