using System.Text;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Chains;
using Market.Client.Api;
using Market.Client.Orders;
using Market.Client.Wallets;
using Market.Contracts;

namespace Market.Client.Tests.Orders;

/// <summary>Coins are proved once; orders draw on them, and their swaps are locked with them and nothing else is.</summary>
public sealed class ProvedCoinsTests : IClassFixture<ArenaFixture>, IDisposable
{
    private static readonly OrderWish Wish = new(Side.Sell, new Price(98_000), new Quantity(10 * Quantity.UnitsPerShare))
    {
        DrawsOnProved = true,
    };

    private readonly QuickClock _clock = new();
    private readonly OrderExchange _market;
    private readonly OrderLog _log = OrderLog.Open(null);
    private readonly MarketApi _api;
    private readonly Wallet _wallet;
    private readonly OrderDesk _desk;
    private readonly ProvedCoins _coins;

    public ProvedCoinsTests(ArenaFixture fixture)
    {
        var arena = fixture.Arena;
        _wallet = new Wallet(arena.Seller.Wallet.Keys, WalletFile.Open(null, Devnet.Chains), arena.Main, arena.Shares);
        _market = new OrderExchange(_clock);
        _api = new MarketApi(new Uri("http://market.test"), _wallet.Keys, _clock, _market);
        _desk = new OrderDesk(_api, _wallet, _log, _ => false, _clock);
        _coins = new ProvedCoins(_api, _wallet, _clock);
    }

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _log.Dispose();
        _api.Dispose();
        _market.Dispose();
    }

    [Fact]
    public async Task Their_addresses_sign_once_and_orders_name_none_and_free_none()
    {
        var free = (await _coins.FreeAsync(ChainKind.Sharechain, Now)).Take(2).ToList();
        await _coins.ProveAsync(ChainKind.Sharechain, free, TimeSpan.FromDays(1), Now);
        var proof = Assert.Single(_market.Proofs);
        var text = Encoding.UTF8.GetBytes(OutpointsText.Of("devnet", _wallet.Keys.Account, proof));
        Assert.Equal("p2share-devnet", proof.Chain);
        Assert.All(free.Zip(proof.Outpoints), pair =>
            Assert.True(Bip322.Verify(text, pair.First.Coin.Output.ScriptPubKey, pair.Second.Signature!).IsValid));

        var id = (await _desk.PlaceAsync(Wish, Now)).Order.ClientOrderId;
        Assert.Empty(_market.Sent(id).Outpoints);
        await _desk.CancelAsync(Assert.Single(_market.Open), Now);
        await _desk.ReconcileAsync(Now);
        Assert.All(free, coin => Assert.Equal(ProvedCoins.Purpose, _wallet.File.ReservedFor(ChainKind.Sharechain, coin.OutPoint)));
        Assert.DoesNotContain(
            await _coins.FreeAsync(ChainKind.Sharechain, Now), coin => free.Any(f => f.OutPoint == coin.OutPoint));

        // The order's swaps are locked with them, the change stays among them at an address that was spent; others' swaps are not.
        var output = new TxOut(new Amount(free[0].Value.Sats / 2), Script.P2wsh(Script.OpReturn([7])));
        var rate = FeeRate.MinimumRelay;
        var own = await _wallet.BuildAsync(
            ChainKind.Sharechain, [output], rate, OrderDesk.PurposeOf(id), WalletUse.Lock, Now);
        var spent = own.Transaction.Inputs.Select(input => free.Find(coin => coin.OutPoint == input.PreviousOutput)).ToList();
        Assert.DoesNotContain(null, spent);
        Assert.Contains(own.Transaction.Outputs[1].ScriptPubKey, spent.Select(coin => coin!.Coin.Output.ScriptPubKey));
        Assert.Equal(
            ProvedCoins.Purpose, _wallet.File.ReservedFor(ChainKind.Sharechain, new OutPoint(own.Transaction.Id, 1)));
        var refused = await Assert.ThrowsAsync<InsufficientFundsException>(async () => await _wallet.BuildAsync(
            ChainKind.Sharechain, [output], rate, OrderDesk.PurposeOf("c1"), WalletUse.Lock, Now));
        Assert.Contains(
            $" {free.Sum(coin => coin.Value.Sats)} more are promised to orders and swaps, or proved", refused.Message,
            StringComparison.Ordinal);

        // Taken back they are the wallet's alone.
        await _coins.TakeBackAsync(
            new ProvedOutpoint
            {
                Outpoint = free[1].OutPoint.ToString(),
                Chain = "p2share-devnet",
                Asset = "P2SHARE",
                Value = "0",
                Free = "0",
                State = OutpointState.Free,
                Promised = "0",
                Orders = [],
                Change = false,
                ProvedAt = default,
                ExpiresAt = default,
            },
            Now);
        Assert.Null(_wallet.File.ReservedFor(ChainKind.Sharechain, free[1].OutPoint));
    }

    [Fact]
    public async Task What_is_refused_for_certain_is_free_again_and_what_may_be_proved_is_not()
    {
        var free = (await _coins.FreeAsync(ChainKind.Sharechain, Now)).Take(1).ToList();
        var at = free[0].OutPoint;
        _market.Fate = (_, _) => Way.Refused;
        await Assert.ThrowsAsync<MarketApiException>(
            () => _coins.ProveAsync(ChainKind.Sharechain, free, TimeSpan.FromDays(1), Now));
        Assert.Null(_wallet.File.ReservedFor(ChainKind.Sharechain, at));
        _market.Fate = (_, _) => Way.LostAfter;
        await Assert.ThrowsAsync<AnswerLostException>(
            () => _coins.ProveAsync(ChainKind.Sharechain, free, TimeSpan.FromDays(1), Now));
        Assert.Equal(ProvedCoins.Purpose, _wallet.File.ReservedFor(ChainKind.Sharechain, at));
    }

    [Fact]
    public async Task What_is_proved_is_proved_anew_at_half_of_its_time_and_stays_promised_where_that_is_refused()
    {
        var life = TimeSpan.FromDays(30);
        var free = (await _coins.FreeAsync(ChainKind.Sharechain, Now)).Take(2).ToList();
        await _coins.ProveAsync(ChainKind.Sharechain, free, life, Now);
        Assert.Equal(0, await _coins.RenewAsync(life, Now));
        var until = Assert.Single(_market.Proofs).ExpiresAt;

        _clock.Advance(life / 2);
        _market.Fate = (method, _) => method == HttpMethod.Post ? Way.Refused : Way.Well;
        await Assert.ThrowsAsync<MarketApiException>(() => _coins.RenewAsync(life, Now));
        Assert.All(free, coin => Assert.Equal(ProvedCoins.Purpose, _wallet.File.ReservedFor(ChainKind.Sharechain, coin.OutPoint)));

        _market.Fate = (_, _) => Way.Well;
        Assert.Equal(2, await _coins.RenewAsync(life, Now));
        Assert.True(_market.Proofs[^1].ExpiresAt >= until + life / 2);
        Assert.Equal(0, await _coins.RenewAsync(life, Now));
    }

    [Fact]
    public async Task What_is_promised_to_be_proved_and_is_not_is_proved_after_all()
    {
        var free = (await _coins.FreeAsync(ChainKind.Sharechain, Now)).Take(1).ToList();
        _market.Fate = (method, _) => method == HttpMethod.Post ? Way.LostBefore : Way.Well;
        await Assert.ThrowsAsync<AnswerLostException>(
            () => _coins.ProveAsync(ChainKind.Sharechain, free, TimeSpan.FromDays(1), Now));
        _market.Fate = (_, _) => Way.Well;
        Assert.Equal(1, await _coins.RenewAsync(TimeSpan.FromDays(1), Now));
        Assert.Equal(free[0].OutPoint.ToString(), Assert.Single(Assert.Single(_market.Proofs).Outpoints).Outpoint);
    }

    [Fact]
    public async Task What_the_market_keeps_no_room_for_stays_free()
    {
        _market.MostProved = 0;
        Assert.Equal(0, await _coins.ProveFreeAsync(TimeSpan.FromDays(1), Now));
        Assert.NotEmpty(await _coins.FreeAsync(ChainKind.Sharechain, Now));
        _market.MostProved = int.MaxValue;
        Assert.NotEqual(0, await _coins.ProveFreeAsync(TimeSpan.FromDays(1), Now));
        Assert.Equal(
            _market.Proofs.Sum(proof => proof.Outpoints.Count),
            (await _coins.ListAsync(Now)).Count);
    }

    [Fact]
    public async Task Dust_is_not_proved()
    {
        var all = await _coins.FreeAsync(ChainKind.Sharechain, Now);
        Assert.NotEmpty(all);
        // An order has ten coins here: with what is a tenth of the least order ten make one.
        var smallest = all[^1].Value.Sats;
        _market.Rules = _market.Rules with { MinQuantity = new Quantity(smallest * _market.Rules.MaxOutpoints) };
        Assert.Equal(all.Count, (await Anew().FreeAsync(ChainKind.Sharechain, Now)).Count);
        _market.Rules = _market.Rules with { MinQuantity = new Quantity((all[0].Value.Sats + 1) * _market.Rules.MaxOutpoints) };
        Assert.Empty(await Anew().FreeAsync(ChainKind.Sharechain, Now));
    }

    [Fact]
    public async Task Where_there_is_no_room_the_smallest_give_way_to_a_larger_one()
    {
        var coin = (await _coins.FreeAsync(ChainKind.Sharechain, Now))[0];
        var dusts = await FillAsync(coin.Value.Sats - 3);
        await _coins.ProveFreeAsync(TimeSpan.FromDays(1), Now);

        var kept = (await _coins.ListAsync(Now)).Select(one => one.Outpoint).ToList();
        Assert.Equal(3, kept.Count);
        Assert.Contains(coin.OutPoint.ToString(), kept);
        Assert.DoesNotContain(dusts[^1], kept);
        Assert.Equal(ProvedCoins.Purpose, _wallet.File.ReservedFor(ChainKind.Sharechain, coin.OutPoint));
    }

    [Fact]
    public async Task Where_there_is_no_room_none_gives_way_to_a_smaller_one()
    {
        var coin = (await _coins.FreeAsync(ChainKind.Sharechain, Now))[0];
        var larger = await FillAsync(coin.Value.Sats + 1);
        await _coins.ProveFreeAsync(TimeSpan.FromDays(1), Now);
        Assert.Equal(larger.Order(), (await _coins.ListAsync(Now)).Select(one => one.Outpoint).Order());
        Assert.Null(_wallet.File.ReservedFor(ChainKind.Sharechain, coin.OutPoint));
    }

    // All places there are, by coins of so much and a little more; the last is the least.
    private async Task<List<string>> FillAsync(long least)
    {
        const byte places = 3;
        _market.MostProved = places;
        var values = new Dictionary<string, long>();
        for (byte number = 1; number <= places; number++)
        {
            var proved = new OutPoint(TxId.Parse(string.Concat(Enumerable.Repeat($"0{number}", 32))), 0);
            values[proved.ToString()] = least + places - number;
        }

        List<string> all = [.. values.Keys];
        foreach (var one in await _coins.FreeAsync(ChainKind.Sharechain, Now))
        {
            values[one.OutPoint.ToString()] = one.Value.Sats;
        }

        _market.ValueOf = outpoint => values.GetValueOrDefault(outpoint);
        await _api.ProveOutpointsAsync(
            new ProveOutpoints
            {
                Chain = "p2share-devnet",
                ExpiresAt = _clock.GetUtcNow().AddDays(1),
                Outpoints = [.. all.Select(name => new OutpointProof { Outpoint = name })],
            },
            Now);
        return all;
    }

    [Fact]
    public async Task One_that_is_refused_leaves_the_others()
    {
        var free = await _coins.FreeAsync(ChainKind.Sharechain, Now);
        Assert.True(free.Count > 1);
        _market.Unprovable.Add(free[0].OutPoint.ToString());
        Assert.True(await _coins.ProveFreeAsync(TimeSpan.FromDays(1), Now) >= free.Count - 1);
        Assert.Null(_wallet.File.ReservedFor(ChainKind.Sharechain, free[0].OutPoint));

        // Nor does one that is promised and cannot be proved anew.
        _wallet.File.TryReserve(ChainKind.Sharechain, [free[0].OutPoint], ProvedCoins.Purpose);
        _clock.Advance(TimeSpan.FromDays(1));
        var before = _market.Proofs.Count;
        await Assert.ThrowsAsync<MarketApiException>(() => _coins.RenewAsync(TimeSpan.FromDays(1), Now));
        Assert.Contains(
            _market.Proofs.Skip(before), proof => proof.Outpoints.Any(one => one.Outpoint == free[1].OutPoint.ToString()));
    }

    [Fact]
    public async Task What_was_never_sent_is_free_and_what_may_have_been_can_be_freed()
    {
        var free = (await _coins.FreeAsync(ChainKind.Sharechain, Now)).Take(1).ToList();
        var at = free[0].OutPoint;
        _market.Fate = (method, _) => method == HttpMethod.Post ? Way.NoConnection : Way.Well;
        await Assert.ThrowsAnyAsync<MarketUnavailableException>(
            () => _coins.ProveAsync(ChainKind.Sharechain, free, TimeSpan.FromDays(1), Now));
        Assert.Null(_wallet.File.ReservedFor(ChainKind.Sharechain, at));

        _market.Fate = (method, _) => method == HttpMethod.Post ? Way.LostBefore : Way.Well;
        await Assert.ThrowsAsync<AnswerLostException>(
            () => _coins.ProveAsync(ChainKind.Sharechain, free, TimeSpan.FromDays(1), Now));
        var (chain, outpoint) = Assert.Single(await _coins.UnknownAsync(await _coins.ListAsync(Now), Now));
        Assert.Equal(at.ToString(), outpoint);
        await _coins.TakeBackAsync(chain, outpoint, Now);
        Assert.Null(_wallet.File.ReservedFor(ChainKind.Sharechain, at));
    }

    private ProvedCoins Anew() => new(_api, _wallet, _clock);

    [Fact]
    public async Task Where_nothing_is_left_to_draw_on_it_is_said_as_of_coins()
    {
        _market.Refuse = _ => new Problem
        {
            Type = "/problems/x",
            Title = "x",
            Status = 422,
            Code = ProblemCodes.InsufficientOutpoints,
            Detail = "nothing left",
        };
        await Assert.ThrowsAsync<InsufficientFundsException>(() => _desk.PlaceAsync(Wish, Now));
        Assert.Empty(_log.Unknown);
    }
}
