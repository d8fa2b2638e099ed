using Market.Chains;
using Market.Client.Orders;
using Market.Contracts;
using Market.Swaps;

namespace Market.Client.Tests.Agent;

/// <summary>Orders that another program of the owner sends, by its own ids: what it noted is all that its swaps may do.</summary>
public sealed class NotedOrderTests : IAsyncLifetime
{
    private const string Prefix = "Refused";
    private Arena _arena = null!;

    private Party Seller => _arena.Seller;

    public async ValueTask InitializeAsync() => _arena = await Arena.StartAsync();

    public ValueTask DisposeAsync() => _arena.DisposeAsync();

    [Theory]
    [InlineData("ccxt-1", true)]
    [InlineData("plain-1", false)]
    public async Task Its_swap_is_locked_from_the_coins_that_the_note_says_and_settles(string id, bool isProved)
    {
        Match(id);
        Note(id, isProved);
        var coins = await Seller.Wallet.GetCoinsAsync(ChainKind.Sharechain);
        var proved = coins.OrderBy(coin => coin.OutPoint).Take(coins.Length / 2).Select(coin => coin.OutPoint).ToHashSet();
        Assert.True(Seller.Wallet.File.TryReserve(ChainKind.Sharechain, proved, ProvedCoins.Purpose));
        await _arena.UntilAsync(() => Seller.Agent.Swaps.SingleOrDefault()?.Locks().Any() == true, Seller, _arena.Buyer);

        Assert.All(
            Seller.Swap.Locks().First().Transaction.Inputs,
            input => Assert.Equal(isProved, proved.Contains(input.PreviousOutput)));
        // Also by an agent that has nothing but its journal.
        Seller.Restart();
        Assert.Equal(isProved, Seller.Swap.DrawsOnProved);
        await _arena.ToTheEndAsync();
        Assert.Equal(SwapPhase.Settled, Seller.Swap.Swap.Phase);
        await _arena.AccountAsync(moved: true);
    }

    [Fact]
    public async Task Without_a_note_it_is_refused_with_what_to_do_and_taken_on_once_that_is_done()
    {
        Match("ccxt_1");
        await _arena.UntilAsync(() => IsRefused("market orders note ccxt_1"), Seller);
        Assert.Empty(Seller.Agent.Swaps);

        Note("ccxt_1", isProved: false);
        await _arena.UntilAsync(() => Seller.Agent.Swaps.Count == 1, Seller);
    }

    [Theory]
    [InlineData(98_001, 1.0, "worse")]
    [InlineData(98_000, 0.9, "exceeded")]
    public async Task What_the_market_says_of_it_beyond_its_note_is_refused(long price, double part, string why)
    {
        Match("ccxt-1");
        Note("ccxt-1", isProved: false, new Price(price), new Quantity((long)(Arena.Quantity.Units * part)));
        await _arena.UntilAsync(() => IsRefused(why), Seller);

        Assert.Empty(Seller.Agent.Swaps);
        Assert.Equal(0, Seller.Fate.Broadcasts);
    }

    [Fact]
    public async Task What_the_market_may_say_of_an_order_without_a_note_is_not_repeated()
    {
        Match("a order\u001b[2J");
        await _arena.UntilAsync(() => IsRefused("no own order"), Seller);
        Assert.DoesNotContain(Seller.Notices, notice => notice.Contains("[2J", StringComparison.Ordinal));
    }

    private bool IsRefused(string why) => Seller.Notices.Exists(notice =>
        notice.StartsWith(Prefix, StringComparison.Ordinal) && notice.Contains(why, StringComparison.Ordinal));

    private void Match(string id)
    {
        Seller.OrderId = id;
        _arena.Buyer.Order(Arena.Price, Arena.Quantity);
        _arena.Exchange.Match(
            Party.SwapId, Arena.Price, Arena.Quantity,
            new MessageExchange.Fills(Seller.Account, id),
            new MessageExchange.Fills(_arena.Buyer.Account, _arena.Buyer.OrderId));
    }

    private void Note(string id, bool isProved, Price? price = null, Quantity? quantity = null) => OrderNotes.Add(
        new OrderNote(id)
        {
            Instrument = TradedInstrument.IdOf(_arena.Shares),
            Side = Side.Sell,
            Price = price ?? Arena.Price,
            Quantity = quantity ?? Arena.Quantity,
            Proved = isProved,
        },
        Seller.NotesPath);
}
