using Market.Chains;
using Market.Contracts;

namespace Market.Client.Tests.Agent;

/// <summary>An agent with more than one swap.</summary>
public sealed class SeveralSwapsTests : IAsyncLifetime
{
    private const int Swaps = 3;
    private Arena _arena = null!;

    public async ValueTask InitializeAsync() => _arena = await Arena.StartAsync();

    public ValueTask DisposeAsync() => _arena.DisposeAsync();

    // It shows its blocks and leaves all other questions without an answer. Were every swap to wait for itself, a claim on the
    // healthy chain would come late by as many times the patience.
    [Fact]
    public async Task A_chain_that_hangs_is_waited_for_once_a_step_whatever_number_of_swaps_ask_it()
    {
        _arena.ChainPatience = TimeSpan.FromMilliseconds(200);
        var (seller, buyer) = (_arena.Seller, _arena.Buyer);
        seller.Restart();
        seller.Fate.Hangs = kind => kind == ChainKind.Sharechain;
        MatchAll(seller, buyer);
        await _arena.UntilAsync(() => seller.Agent.Swaps.Count(swap => swap.Swap.Terms is not null) == Swaps, seller, buyer);

        await _arena.PassAsync(12);
        var before = seller.Fate.Unanswered;
        await seller.StepAsync();
        Assert.Equal(1, seller.Fate.Unanswered - before);
        Assert.DoesNotContain(seller.Agent.Swaps, swap => swap.Transactions.Any());

        seller.Fate.Hangs = _ => false;
        await _arena.UntilAsync(() => seller.Agent.Swaps.All(swap => swap.Locks().Any()), seller, buyer);
    }

    // Law 10: whoever saw the preimage of the first could claim in the others.
    [Fact]
    public async Task A_payment_hash_that_another_swap_had_is_refused()
    {
        var (seller, buyer) = (_arena.Seller, _arena.Buyer);
        string? first = null;
        _arena.Exchange.LieInHash = given => first ??= given;
        MatchAll(seller, buyer);
        await _arena.UntilAsync(
            () => buyer.Agent.Swaps.Count == Swaps
                && buyer.Agent.Swaps.All(swap => swap.Refused is not null || swap.Swap.Terms is not null),
            seller, buyer);

        Assert.Single(buyer.Agent.Swaps, swap => swap.Swap.Terms is not null);
        Assert.Equal(Swaps - 1, buyer.Agent.Swaps.Count(
            swap => swap.Refused?.Contains("used in another swap", StringComparison.Ordinal) == true));
    }

    private void MatchAll(Party seller, Party buyer)
    {
        var each = new Quantity(Quantity.UnitsPerShare);
        seller.Order(Arena.Price, new Quantity(Swaps * each.Units));
        buyer.Order(Arena.Price, new Quantity(Swaps * each.Units));
        for (var n = 1; n <= Swaps; n++)
        {
            _arena.Exchange.Match(
                $"swap-{n}", Arena.Price, each, new MessageExchange.Fills(seller.Account, seller.OrderId),
                new MessageExchange.Fills(buyer.Account, buyer.OrderId));
        }
    }
}
