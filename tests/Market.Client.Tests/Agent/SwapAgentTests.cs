using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Mainchain;
using Market.Contracts;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Tests.Agent;

public sealed class SwapAgentTests : IAsyncLifetime
{
    private Arena _arena = null!;

    private Party Seller => _arena.Seller;

    private Party Buyer => _arena.Buyer;

    private SwapPhase Phase(Party party) =>
        party.Agent.Swaps.Count == 0 ? SwapPhase.Matched : party.Swap.Swap.Phase;

    public async ValueTask InitializeAsync() => _arena = (await Arena.StartAsync()).Match();

    public ValueTask DisposeAsync() => _arena.DisposeAsync();

    [Fact]
    public async Task A_swap_settles_and_every_satoshi_and_share_is_accounted_for()
    {
        await _arena.ToTheEndAsync();

        Assert.Equal(SwapPhase.Settled, Phase(Seller));
        Assert.Equal(SwapPhase.Settled, Phase(Buyer));
        await _arena.AccountAsync(moved: true);
    }

    [Fact]
    public async Task No_message_notice_or_file_holds_a_key_or_an_unrevealed_preimage()
    {
        await _arena.UntilAsync(() => Phase(Seller) == SwapPhase.ParticipantLocked, Seller, Buyer);
        var hidden = Seller.Secrets.Concat(Buyer.Secrets).ToList();
        Assert.All(hidden, secret => Assert.DoesNotContain(secret, Said()));
        await _arena.ToTheEndAsync();

        // From the reveal on the preimage is public; the keys never are. The buyer has no use for a preimage of its
        // own.
        var said = Said();
        Assert.All(hidden.Where(secret => secret != Seller.Secrets[^1]), secret => Assert.DoesNotContain(secret, said));
        Assert.Contains(Seller.Secrets[^1], said);
    }

    [Fact]
    public async Task A_seller_who_vanishes_before_locking_costs_nothing()
    {
        await Seller.StepAsync();
        await Buyer.StepAsync();
        await Buyer.StepAsync();
        Assert.Equal(SwapPhase.InitiatorLocking, Phase(Buyer));
        await _arena.UntilAsync(() => Buyer.Agent.IsIdle, Buyer);

        Assert.Equal(SwapPhase.Expired, Phase(Buyer));
        await _arena.AccountAsync(moved: false);
    }

    [Fact]
    public async Task A_buyer_who_vanishes_before_locking_sends_the_shares_back_with_the_market_gone_too()
    {
        await _arena.UntilAsync(() => Phase(Seller) == SwapPhase.InitiatorLocked, Seller, Buyer);
        _arena.Exchange.Gone = true;
        Seller.Restart(withoutMarket: true);
        await _arena.UntilAsync(() => Seller.Agent.IsIdle, Seller);

        Assert.Equal(SwapPhase.InitiatorRefunded, Phase(Seller));
        await _arena.AccountAsync(moved: false);
    }

    [Fact]
    public async Task An_agent_that_opens_while_its_Bitcoin_node_is_away_takes_its_shares_back_and_goes_on_when_it_comes()
    {
        await _arena.UntilAsync(() => Phase(Seller) == SwapPhase.InitiatorLocked, Seller, Buyer);
        var isThere = false;
        var late = new LateMainchain(
            NetworkProfile.Of(MessageExchange.Network), "Your Bitcoin node",
            _ => Volatile.Read(ref isThere) ? Task.FromResult<IMainchain>(_arena.Main)
                : throw new ChainUnavailableException("Nobody is home."),
            TimeSpan.FromMinutes(1), TimeProvider.System);
        Seller.MainchainNode = () => late;
        Seller.Restart(withoutMarket: true);
        await _arena.UntilAsync(
            () => Seller.Swap.Transactions.Any(own => own is { Kind: OwnTransactionKind.Refund, SentAt: not null }), Seller);
        Assert.Contains(Seller.Notices, notice => notice.Contains("Nobody is home.", StringComparison.Ordinal));

        Volatile.Write(ref isThere, true);
        await late.WaitLiveAsync(TestContext.Current.CancellationToken);
        await _arena.UntilAsync(() => Seller.Agent.IsIdle, Seller);
        Assert.Equal(SwapPhase.InitiatorRefunded, Phase(Seller));
        await _arena.AccountAsync(moved: false);
    }

    [Fact]
    public async Task A_seller_who_never_reveals_sends_both_legs_back()
    {
        await _arena.UntilAsync(() => Phase(Buyer) == SwapPhase.ParticipantLocking, Seller, Buyer);
        await _arena.UntilAsync(() => Phase(Buyer) == SwapPhase.ParticipantRefunded, Buyer);
        await _arena.ToTheEndAsync();

        Assert.Equal(SwapPhase.Refunded, Phase(Seller));
        Assert.Equal(SwapPhase.Refunded, Phase(Buyer));
        await _arena.AccountAsync(moved: false);
    }

    [Fact]
    public async Task A_buyer_who_vanishes_after_locking_claims_when_it_comes_back()
    {
        await _arena.UntilAsync(() => Phase(Buyer) == SwapPhase.ParticipantLocked, Seller, Buyer);
        await _arena.UntilAsync(() => Phase(Seller) == SwapPhase.Revealed, Seller);
        for (var offline = 0; offline < SwapRules.Devnet.OfflineSeconds; offline += Arena.ShareSpacing)
        {
            await Seller.StepAsync();
            await _arena.PassAsync();
        }

        Buyer.Restart(withoutMarket: true);
        await _arena.ToTheEndAsync();
        Assert.Equal(SwapPhase.Settled, Phase(Buyer));
        await _arena.AccountAsync(moved: true);
    }

    [Fact]
    public async Task Agents_that_are_killed_between_any_two_steps_settle()
    {
        await _arena.UntilAsync(
            () =>
            {
                Seller.Restart();
                Buyer.Restart();
                return Seller.Agent.Swaps.Count > 0 && Seller.Agent.IsIdle && Buyer.Agent.IsIdle;
            },
            Seller,
            Buyer);

        Assert.Equal(SwapPhase.Settled, Phase(Seller));
        await _arena.AccountAsync(moved: true);
    }

    [Theory]
    [InlineData(Side.Sell, 1, true)]
    [InlineData(Side.Sell, 1, false)]
    [InlineData(Side.Sell, 2, true)]
    [InlineData(Side.Sell, 2, false)]
    [InlineData(Side.Buy, 1, true)]
    [InlineData(Side.Buy, 1, false)]
    [InlineData(Side.Buy, 2, true)]
    [InlineData(Side.Buy, 2, false)]
    public async Task An_agent_killed_at_a_broadcast_resumes(Side side, int broadcast, bool before)
    {
        var party = side == Side.Sell ? Seller : Buyer;
        party.Fate.DieBefore = before ? broadcast : null;
        party.Fate.DieAfter = before ? null : broadcast;
        await _arena.ToTheEndAsync();

        Assert.Contains("killed", party.Notices);
        Assert.Equal(SwapPhase.Settled, Phase(party));
        await _arena.AccountAsync(moved: true);
    }

    [Fact]
    public async Task An_agent_killed_at_its_refund_resumes()
    {
        await _arena.UntilAsync(() => Phase(Seller) == SwapPhase.InitiatorLocked, Seller, Buyer);
        Seller.Fate.DieAfter = Seller.Fate.Broadcasts + 1;
        await _arena.UntilAsync(() => Seller.Agent.IsIdle, Seller);

        Assert.Contains("killed", Seller.Notices);
        Assert.Equal(SwapPhase.InitiatorRefunded, Phase(Seller));
        await _arena.AccountAsync(moved: false);
    }

    [Fact]
    public async Task A_second_lock_reorganised_out_comes_back_and_settles()
    {
        await _arena.UntilAsync(() => Phase(Seller) == SwapPhase.ParticipantLocked, Seller, Buyer);
        var height = (await _arena.Main.GetTipAsync()).Height;
        await _arena.Main.MineForkAsync(height - 1, 2);
        await Seller.StepAsync();
        await Buyer.StepAsync();
        Assert.Contains(Seller.Notices, notice => notice.Contains(SwapWords.Of(SwapAlarm.SecondLockReorganised)));
        await _arena.ToTheEndAsync();

        Assert.Equal(SwapPhase.Settled, Phase(Seller));
        await _arena.AccountAsync(moved: true);
    }

    [Fact]
    public async Task A_reveal_reorganised_out_is_broadcast_again()
    {
        await _arena.UntilAsync(
            () => Phase(Seller) is SwapPhase.Revealed or SwapPhase.Claimed
                && Seller.Swap.Swap.FundingOf(Role.Participant)?.SpentAs == SpendKind.Claim,
            Seller,
            Buyer);
        var height = (await _arena.Main.GetTipAsync()).Height;
        await _arena.Main.MineForkAsync(height - 1, 2);
        await _arena.ToTheEndAsync();

        Assert.Equal(SwapPhase.Settled, Phase(Seller));
        await _arena.AccountAsync(moved: true);
    }

    [Fact]
    public async Task A_lost_wallet_file_loses_nothing()
    {
        await _arena.UntilAsync(() => Phase(Seller) == SwapPhase.ParticipantLocking, Seller, Buyer);
        Seller.LoseWalletFile();
        Buyer.LoseWalletFile();
        Seller.Restart();
        Buyer.Restart();
        await _arena.ToTheEndAsync();

        Assert.Equal(SwapPhase.Settled, Phase(Seller));
        await _arena.AccountAsync(moved: true);
    }

    private string Said() => string.Join(
        '\n',
        [.. _arena.Exchange.Traffic, .. Seller.Notices, .. Buyer.Notices, Seller.Disk(), Buyer.Disk()]);
}
