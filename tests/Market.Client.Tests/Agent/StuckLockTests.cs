using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Chains;
using Market.Client.Wallets;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Tests.Agent;

/// <summary>Own locks that wait in the mempool because miners ask for more.</summary>
public sealed class StuckLockTests : IAsyncLifetime
{
    private static readonly FeeRate Dear = new(4_000);
    private static readonly FeeRate Unpayable = new(1_000_000_000);

    private Arena _arena = null!;

    private Party Seller => _arena.Seller;

    private Party Buyer => _arena.Buyer;

    public async ValueTask InitializeAsync() => _arena = (await Arena.StartAsync()).Match();

    public ValueTask DisposeAsync() => _arena.DisposeAsync();

    [Fact]
    public async Task A_second_lock_that_waits_is_replaced_by_dearer_ones_and_the_swap_settles()
    {
        _arena.LeastCoinRate = Dear;
        await _arena.UntilAsync(() => Locks(Buyer).Count > 1, Seller, Buyer);
        _arena.LeastCoinRate = new FeeRate(Locks(Buyer)[^1].SatsPerKvB);
        await _arena.UntilAsync(() => Confirmed(Buyer, Role.Participant) is not null, Seller, Buyer);
        _arena.LeastCoinRate = FeeRate.MinimumRelay;
        await _arena.ToTheEndAsync();

        Assert.Equal(SwapPhase.Settled, Seller.Swap.Swap.Phase);
        Assert.Equal(SwapPhase.Settled, Buyer.Swap.Swap.Phase);
        Assert.NotEqual(Locks(Buyer)[0].OutPoint, Confirmed(Buyer, Role.Participant));
        Assert.Equal(Confirmed(Buyer, Role.Participant), Confirmed(Seller, Role.Participant));
        await _arena.AccountAsync(moved: true);
    }

    [Fact]
    public async Task A_first_lock_that_waits_is_replaced_with_its_payout_annotation()
    {
        _arena.Shares.LeastFeeRate = Dear;
        await _arena.UntilAsync(() => Confirmed(Seller, Role.Initiator) is not null, Seller, Buyer);
        _arena.Shares.LeastFeeRate = FeeRate.MinimumRelay;
        await _arena.ToTheEndAsync();

        Assert.True(Locks(Seller).Count > 1);
        var (first, last) = (Read(Locks(Seller)[0].Hex), Read(Locks(Seller)[^1].Hex));
        Assert.Equal(first.Outputs[..3], last.Outputs[..3]);
        Assert.Subset(
            last.Inputs.Select(input => input.PreviousOutput).ToHashSet(),
            first.Inputs.Select(input => input.PreviousOutput).ToHashSet());
        Assert.Equal(SwapPhase.Settled, Seller.Swap.Swap.Phase);
        await _arena.AccountAsync(moved: true);
    }

    [Fact]
    public async Task Agents_that_are_killed_between_any_two_steps_replace_their_locks_too()
    {
        _arena.LeastCoinRate = Dear;
        await _arena.UntilAsync(
            () =>
            {
                Seller.Restart();
                Buyer.Restart();
                return Confirmed(Buyer, Role.Participant) is not null;
            },
            Seller,
            Buyer);
        _arena.LeastCoinRate = FeeRate.MinimumRelay;
        await _arena.ToTheEndAsync();

        Assert.True(Locks(Buyer).Count > 1);
        Assert.Equal(SwapPhase.Settled, Buyer.Swap.Swap.Phase);
        await _arena.AccountAsync(moved: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_agent_killed_at_the_replacement_resumes(bool before)
    {
        _arena.LeastCoinRate = Dear;
        await _arena.UntilAsync(() => Locks(Buyer).Count == 1, Seller, Buyer);
        var next = Buyer.Fate.Broadcasts + 1;
        (Buyer.Fate.DieBefore, Buyer.Fate.DieAfter) = before ? ((int?)next, (int?)null) : (null, next);
        await _arena.UntilAsync(() => Confirmed(Buyer, Role.Participant) is not null, Seller, Buyer);
        _arena.LeastCoinRate = FeeRate.MinimumRelay;
        await _arena.ToTheEndAsync();

        Assert.Contains("killed", Buyer.Notices);
        Assert.Equal(SwapPhase.Settled, Buyer.Swap.Swap.Phase);
        await _arena.AccountAsync(moved: true);
    }

    [Fact]
    public async Task A_second_lock_that_no_miner_takes_in_time_is_made_void_and_costs_only_a_fee()
    {
        _arena.LeastCoinRate = Unpayable;
        await _arena.UntilAsync(() => Buyer.Agent.Swaps.Count > 0 && Buyer.Swap.Swap.Phase == SwapPhase.Refunding, Seller, Buyer);
        _arena.LeastCoinRate = FeeRate.MinimumRelay;
        await _arena.UntilAsync(() => Abandoned(Buyer), Seller, Buyer);
        var lost = Read(Locks(Buyer)[^1].Hex);

        // Whoever kept the lock cannot bring it back.
        await _arena.PassAsync(4 * Arena.CoinSpacing);
        Assert.False((await _arena.Main.BroadcastAsync(lost)).IsSuccess);
        await _arena.ToTheEndAsync();

        Assert.Equal(SwapPhase.InitiatorRefunded, Seller.Swap.Swap.Phase);
        Assert.Null(Buyer.Swap.Swap.FundingOf(Role.Participant));
        await _arena.AccountAsync(moved: false);
    }

    [Fact]
    public async Task A_first_lock_that_no_miner_takes_in_time_is_made_void_with_the_market_gone_too()
    {
        _arena.Shares.LeastFeeRate = Unpayable;
        await _arena.UntilAsync(() => Locks(Seller).Count > 0, Seller, Buyer);
        _arena.Exchange.Gone = true;
        Seller.Restart(withoutMarket: true);
        Buyer.Restart(withoutMarket: true);
        await _arena.UntilAsync(() => Abandoned(Seller), Seller, Buyer);
        _arena.Shares.LeastFeeRate = FeeRate.MinimumRelay;
        await _arena.ToTheEndAsync();

        Assert.Equal(SwapPhase.Expired, Seller.Swap.Swap.Phase);
        Assert.True(Seller.Swap.LocksResolved);
        Assert.Equal(SwapPhase.Expired, Buyer.Swap.Swap.Phase);
        await _arena.AccountAsync(moved: false);
    }

    [Fact]
    public async Task A_late_lock_that_a_miner_takes_after_all_comes_back_past_its_locktime()
    {
        _arena.LeastCoinRate = Unpayable;
        await _arena.UntilAsync(() => Buyer.Agent.Swaps.Count > 0 && Buyer.Swap.Swap.Phase == SwapPhase.Refunding, Seller, Buyer);
        await _arena.UntilAsync(() => Abandoned(Buyer), Seller, Buyer);
        var lost = Read(Locks(Buyer)[^1].Hex);
        await _arena.Main.MineForkAsync((await _arena.Main.GetTipAsync()).Height, 1, null, [lost]);
        _arena.LeastCoinRate = FeeRate.MinimumRelay;
        await _arena.ToTheEndAsync();

        Assert.Equal(SwapPhase.Refunded, Buyer.Swap.Swap.Phase);
        Assert.Equal(SwapPhase.Refunded, Seller.Swap.Swap.Phase);
        await _arena.AccountAsync(moved: false);
    }

    [Fact]
    public async Task A_lock_that_its_node_does_not_replace_is_paid_for_by_its_change_and_the_swap_settles_on_it()
    {
        _arena.Replaces = false;
        _arena.LeastCoinRate = Dear;
        await _arena.UntilAsync(() => Confirmed(Buyer, Role.Participant) is not null, Seller, Buyer);
        _arena.LeastCoinRate = FeeRate.MinimumRelay;
        await _arena.ToTheEndAsync();

        Assert.Equal(Locks(Buyer)[0].OutPoint, Confirmed(Buyer, Role.Participant));
        Assert.NotNull(Buyer.Swap.Newest(OwnTransactionKind.Child, Role.Participant));
        Assert.Equal(SwapPhase.Settled, Seller.Swap.Swap.Phase);
        Assert.Equal(SwapPhase.Settled, Buyer.Swap.Swap.Phase);
        await _arena.AccountAsync(moved: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lock_that_can_be_neither_replaced_nor_conflicted_comes_back_past_its_locktime(bool restarted)
    {
        _arena.Replaces = false;
        _arena.LeastCoinRate = Unpayable;
        await _arena.UntilAsync(() => Locks(Buyer).Count > 0, Seller, Buyer);
        if (restarted)
        {
            Buyer.Restart();
        }

        await _arena.UntilAsync(() => Buyer.Swap.Swap.Phase == SwapPhase.Refunding, Seller, Buyer);
        await _arena.PassAsync(4 * Arena.CoinSpacing);
        await Buyer.StepAsync();
        Assert.False(Abandoned(Buyer));
        Assert.Contains(
            await _arena.Main.GetMempoolAsync(), entry => entry.Transaction.Id == Locks(Buyer)[0].TxId);
        Assert.Contains(Buyer.Notices, notice => notice.Contains("does not replace it", StringComparison.Ordinal));

        _arena.LeastCoinRate = FeeRate.MinimumRelay;
        await _arena.ToTheEndAsync();
        Assert.Equal(Locks(Buyer)[0].OutPoint, Buyer.Swap.Swap.FundingOf(Role.Participant)!.OutPoint);
        var refund = Buyer.Swap.Newest(OwnTransactionKind.Refund, Role.Participant)!;
        Assert.NotNull((await _arena.Main.FindTransactionAsync(refund.TxId))!.Block);
        Assert.Equal(SwapPhase.Refunded, Buyer.Swap.Swap.Phase);
        Assert.Equal(SwapPhase.Refunded, Seller.Swap.Swap.Phase);
        await _arena.AccountAsync(moved: false);
    }

    [Fact]
    public async Task A_lock_that_confirms_just_as_it_is_replaced_is_no_trouble()
    {
        _arena.LeastCoinRate = Dear;
        await _arena.UntilAsync(() => Locks(Buyer).Count == 1, Seller, Buyer);
        Buyer.Fate.BeforeNext = () => _arena.Main.MineAsync(1);
        await _arena.UntilAsync(() => Buyer.Fate.BeforeNext is null, Seller, Buyer);
        _arena.LeastCoinRate = FeeRate.MinimumRelay;
        await _arena.ToTheEndAsync();

        Assert.DoesNotContain(Buyer.Notices, notice => notice.Contains("not taken", StringComparison.Ordinal));
        Assert.Equal(Locks(Buyer)[0].OutPoint, Confirmed(Buyer, Role.Participant));
        Assert.Equal(SwapPhase.Settled, Buyer.Swap.Swap.Phase);
        await _arena.AccountAsync(moved: true);
    }

    [Fact]
    public async Task A_lock_never_pays_more_than_giving_the_swap_up_would_cost_whatever_the_estimate()
    {
        _arena.Estimate = new FeeRate(5_000_000);
        await _arena.UntilAsync(() => Locks(Seller).Count == 1, Seller, Buyer);
        _arena.Estimate = null;
        await _arena.UntilAsync(() => Seller.Swap.Swap.Phase == SwapPhase.ParticipantLocking, Seller);
        _arena.Estimate = new FeeRate(5_000_000);
        await _arena.UntilAsync(() => Locks(Buyer).Count == 1, Buyer);
        _arena.Estimate = null;

        foreach (var party in new[] { Seller, Buyer })
        {
            var made = Locks(party)[0];
            Assert.InRange(made.Fee.Sats, 1, SwapFees.MostForLock(party.Swap.Swap.AmountOf(party.Swap.Role)).Sats * 2);
        }

        await _arena.ToTheEndAsync();
        await _arena.AccountAsync(moved: true);
    }

    [Fact]
    public async Task A_counterparty_that_replaces_its_lock_over_and_over_hides_none_of_it()
    {
        const int replacements = 25;
        _arena.LeastCoinRate = Unpayable;
        await _arena.UntilAsync(() => Locks(Buyer).Count == 1, Seller, Buyer);
        var first = Locks(Buyer)[0];
        var last = new WalletTransaction(
            first.Transaction, [.. first.Spends.Select(coin =>
                new SpendableCoin(coin.OutPoint, new TxOut(coin.Value, coin.Script)))]);
        for (var i = 0; i < replacements; i++)
        {
            last = (await new WalletReplacer(Buyer.Wallet).ReplaceAsync(
                ChainKind.Mainchain, last, 1, last.Fee, FeeRate.MinimumRelay))!;
            Assert.True((await _arena.Main.BroadcastAsync(last.Transaction)).IsSuccess);
            await Seller.StepAsync();
        }

        Assert.Contains(Seller.Swap.Transactions, known => known.TxId == last.Transaction.Id);
        Assert.InRange(Seller.Swap.Transactions.Length, 1, 20);

        _arena.LeastCoinRate = FeeRate.MinimumRelay;
        await _arena.UntilAsync(() => Seller.Swap.Swap.Phase == SwapPhase.ParticipantLocked, Seller);
        await _arena.ToTheEndAsync();
        Assert.Equal(SwapPhase.Settled, Seller.Swap.Swap.Phase);
    }

    private static List<OwnTransaction> Locks(Party party) => party.Agent.Swaps.Count == 0
        ? []
        : [.. party.Swap.Transactions.Where(known => known is { Kind: OwnTransactionKind.Funding, SentAt: not null }
            && known.Leg == party.Swap.Role)];

    private static Transaction Read(string hex) => Transaction.Parse(Convert.FromHexString(hex));

    private static bool Abandoned(Party party) => party.Agent.Swaps.Count > 0
        && party.Swap.Transactions.Any(known => known is { Kind: OwnTransactionKind.Conflict, SentAt: not null });

    private static OutPoint? Confirmed(Party party, Role leg) => party.Agent.Swaps.Count > 0
        && party.Swap.Swap.Terms is not null && party.Swap.Swap.FundingOf(leg) is { InBlock: true } funding
            ? funding.OutPoint
            : null;
}
