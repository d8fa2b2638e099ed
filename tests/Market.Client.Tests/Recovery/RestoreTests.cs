using Market.Bitcoin;
using Market.Chains;
using Market.Client.Tests.Agent;
using Market.Contracts;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Tests.Recovery;

/// <summary>Law 11 on the shipping agent: every file but the seed is lost at every state, and another machine finishes.</summary>
public sealed class RestoreTests : IAsyncLifetime
{
    // Far below either leg: what a lost leg or a second lock would show.
    private const long MostFees = 100_000;

    private static readonly string[] States =
    [
        "nothing locked", "first waits", "first locked", "second waits", "second locked", "too late to reveal", "revealed",
        "claimed", "settled",
    ];

    private Arena _arena = null!;

    private Party Seller => _arena.Seller;

    private Party Buyer => _arena.Buyer;

    public static TheoryData<string, bool> Losses()
    {
        var losses = new TheoryData<string, bool>();
        foreach (var state in States)
        {
            losses.Add(state, true);
            losses.Add(state, false);
        }

        return losses;
    }

    public async ValueTask InitializeAsync() => _arena = (await Arena.StartAsync()).Match();

    public ValueTask DisposeAsync() => _arena.DisposeAsync();

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task With_all_but_the_seed_lost_the_swap_ends_with_what_each_is_owed(string state, bool seller)
    {
        await ReachAsync(state);
        var (loser, other) = seller ? (Seller, Buyer) : (Buyer, Seller);
        loser.LoseAll();
        await _arena.UntilAsync(() => loser.Agent.IsIdle && other.Agent.IsIdle && loser.IsWhole, loser, other);

        await AssertBalancesAsync(string.Join('\n', loser.Notices));
    }

    // Both have nothing left, and no market tells them anything.
    [Theory]
    [InlineData("second locked")]
    [InlineData("too late to reveal")]
    [InlineData("revealed")]
    public async Task Both_restored_with_the_market_gone_end_it_too(string state)
    {
        await ReachAsync(state);
        Seller.LoseAll(withoutMarket: true);
        Buyer.LoseAll(withoutMarket: true);
        await _arena.UntilAsync(
            () => Seller.Agent.IsIdle && Buyer.Agent.IsIdle && Seller.IsWhole && Buyer.IsWhole, Seller, Buyer);

        await AssertBalancesAsync(string.Join('\n', Seller.Notices.Concat(Buyer.Notices)));
    }

    // Law 10: whatever the market calls a swap, its secrets are fresh.
    [Fact]
    public async Task The_same_swap_named_again_after_a_restore_meets_another_preimage_and_other_keys()
    {
        await _arena.ToTheEndAsync();
        var before = Seller.Swap.Swap.Terms!;
        foreach (var party in new[] { Seller, Buyer })
        {
            party.LoseAll();
        }

        _arena.Match();
        await _arena.UntilAsync(() => Current(Seller)?.Swap.Phase == SwapPhase.Settled && Seller.Agent.IsIdle && Buyer.Agent.IsIdle,
            Seller, Buyer);
        var after = Current(Seller)!.Swap.Terms!;

        Assert.NotEqual(before.Hash, after.Hash);
        Assert.Empty(KeysOf(before).Intersect(KeysOf(after)));
        Assert.True(Current(Seller)!.KeyIndex >= SwapSearch.Jump);
    }

    // A number that was used before may be any: until the search is through, none is given.
    [Fact]
    public async Task Nothing_is_agreed_before_the_chains_were_searched()
    {
        await _arena.ToTheEndAsync();
        Seller.LoseAll();
        Buyer.LoseAll();
        Seller.MayRecover = false;
        _arena.Match();
        for (var i = 0; i < 4; i++)
        {
            await Seller.StepAsync();
            await _arena.PassAsync();
        }

        Assert.Empty(Seller.Agent.Swaps);
        Assert.False(_arena.Exchange.HasKeysOf(Party.SwapId, Role.Initiator));
        Seller.MayRecover = true;
        await _arena.UntilAsync(() => Current(Seller)?.Swap.Terms is not null, Seller, Buyer);
        Assert.True(Current(Seller)!.KeyIndex >= SwapSearch.Jump);
    }

    // A backup of the folder that is older than the swap seems whole, and is not.
    [Fact]
    public async Task The_same_swap_named_again_to_a_copy_of_before_meets_another_preimage_and_other_keys()
    {
        _arena.Exchange.Gone = true;
        await Seller.StepAsync();
        await Buyer.StepAsync();
        Assert.True(Seller.IsWhole && Buyer.IsWhole);
        var copies = new[] { Seller.Copy(), Buyer.Copy() };
        _arena.Exchange.Gone = false;
        await _arena.ToTheEndAsync();
        var before = Seller.Swap.Swap.Terms!;
        Seller.GoBackTo(copies[0]);
        Buyer.GoBackTo(copies[1]);
        _arena.Exchange.Match(
            Party.SwapId, Arena.Price, Arena.Quantity,
            new MessageExchange.Fills(Seller.Account, Seller.OrderId), new MessageExchange.Fills(Buyer.Account, Buyer.OrderId));
        await _arena.UntilAsync(
            () => Current(Seller)?.Swap.Phase == SwapPhase.Settled && Seller.Agent.IsIdle && Buyer.Agent.IsIdle, Seller, Buyer);
        var after = Current(Seller)!.Swap.Terms!;

        Assert.NotEqual(before.Hash, after.Hash);
        Assert.Empty(KeysOf(before).Intersect(KeysOf(after)));
        Assert.Contains(Seller.Notices, notice => notice.Contains("older than the chains", StringComparison.Ordinal));
    }

    // The buyer's lock was handed to somebody and never seen; when the seller would bring it into a block, it is void.
    [Fact]
    public async Task A_lock_that_was_handed_out_and_forgotten_is_void_after_the_restore()
    {
        Transaction? withheld = null;
        Buyer.Fate.Intercept = (chain, transaction) =>
        {
            if (chain.Kind != ChainKind.Mainchain)
            {
                return ValueTask.FromResult<BroadcastResult?>(null);
            }

            withheld ??= transaction;
            return ValueTask.FromResult<BroadcastResult?>(new BroadcastResult(transaction.Id, BroadcastCode.Accepted));
        };
        await _arena.UntilAsync(() => withheld is not null, Seller, Buyer);
        Buyer.LoseAll();
        await _arena.UntilAsync(() => Buyer.IsWhole, Buyer);

        Assert.Equal(BroadcastCode.MissingInputs, (await _arena.Main.BroadcastAsync(withheld!)).Code);
        await _arena.UntilAsync(() => Seller.Agent.IsIdle && Buyer.Agent.IsIdle, Seller, Buyer);
        await AssertBalancesAsync(string.Join('\n', Buyer.Notices));
    }

    // A chain that is still on its way, or kept back: what it does not show yet is not taken for what there is not.
    [Fact]
    public async Task Nothing_is_concluded_from_a_chain_that_is_only_half_there()
    {
        var early = await _arena.Shares.GetTipAsync();
        await ReachAsync("second locked");
        await _arena.PassAsync(15 * 60);
        Buyer.LoseAll();
        Buyer.Fate.Frozen[ChainKind.Sharechain] = early;
        for (var look = 0; look < 5; look++)
        {
            await Buyer.StepAsync();
            await _arena.PassAsync();
        }

        Assert.False(Buyer.IsWhole);
        Assert.Empty(Buyer.Agent.Swaps);
        Buyer.Fate.Frozen.Clear();
        await _arena.UntilAsync(
            () => Seller.Agent.IsIdle && Buyer.Agent.IsIdle && Buyer.IsWhole && Buyer.Agent.Swaps.Count > 0, Seller, Buyer);
        await AssertBalancesAsync(string.Join('\n', Buyer.Notices));
    }

    private static AgentSwap? Current(Party party) => party.Agent.Swaps.FirstOrDefault(swap => swap.Id == Party.SwapId);

    private static IEnumerable<PublicKey> KeysOf(AgreedTerms terms) =>
    [
        terms.Initiator.ClaimKey, terms.Initiator.RefundKey, terms.Participant.ClaimKey, terms.Participant.RefundKey,
    ];

    private static SwapPhase Phase(Party party) =>
        party.Agent.Swaps.Count == 0 ? SwapPhase.Matched : party.Swap.Swap.Phase;

    private static bool HasSent(Party party) =>
        party.Agent.Swaps.Count > 0 && party.Swap.Locks().Any(own => own.SentAt is not null);

    private Task ReachAsync(string state) => state switch
    {
        "nothing locked" => AgreeAsync(),
        "first waits" => _arena.UntilAsync(() => HasSent(Seller), Seller, Buyer),
        "first locked" => _arena.UntilAsync(() => Phase(Seller) == SwapPhase.InitiatorLocked, Seller, Buyer),
        "second waits" => _arena.UntilAsync(() => HasSent(Buyer), Seller, Buyer),
        "second locked" => _arena.UntilAsync(() => Phase(Buyer) == SwapPhase.ParticipantLocked, Seller, Buyer),
        "too late to reveal" => TooLateAsync(),
        "revealed" => _arena.UntilAsync(() => Phase(Seller) == SwapPhase.Revealed, Seller, Buyer),
        "claimed" => _arena.UntilAsync(() => Phase(Buyer) == SwapPhase.Claimed, Seller, Buyer),
        _ => _arena.ToTheEndAsync(),
    };

    private async Task AgreeAsync()
    {
        // The seller locks as soon as it has the terms: it gives its keys, and then only the buyer looks.
        for (var look = 0; look < 50 && Phase(Buyer) == SwapPhase.Matched; look++)
        {
            if (!_arena.Exchange.HasKeysOf(Party.SwapId, Role.Initiator))
            {
                await Seller.StepAsync();
            }

            await Buyer.StepAsync();
        }

        Assert.Equal((SwapPhase.InitiatorLocking, false), (Phase(Buyer), HasSent(Seller)));
    }

    private async Task TooLateAsync()
    {
        await _arena.UntilAsync(() => Phase(Buyer) == SwapPhase.ParticipantLocked, Seller, Buyer);
        await _arena.UntilAsync(() => _arena.Tips().Latest > Buyer.Swap.Swap.Deadlines!.Value.RevealBy + 5, Buyer);
    }

    /// <summary>Either both legs moved or neither did, on each chain, but for fees.</summary>
    private async Task AssertBalancesAsync(string said)
    {
        var (sellerShares, sellerSats, buyerShares, buyerSats) = await _arena.TotalsAsync();
        var before = _arena.Before;
        var moved = buyerShares > before.BuyerShares + MostFees;
        var (shares, sats) = moved ? (Arena.Quantity.Units, Sats.Notional(Arena.Price, Arena.Quantity).Value) : (0, 0);
        Check("seller's shares", before.SellerShares - shares, sellerShares);
        Check("seller's sats", before.SellerSats + sats, sellerSats);
        Check("buyer's shares", before.BuyerShares + shares, buyerShares);
        Check("buyer's sats", before.BuyerSats - sats, buyerSats);

        void Check(string what, long expected, long actual) => Assert.True(
            actual <= expected && actual >= expected - MostFees, $"{what}: {actual} and not {expected}\n{said}");
    }
}
