using Market.Api.Tests.Orders;
using Market.Chains;
using Market.Contracts;
using Market.Swaps;

namespace Market.Api.Tests.Proof;

/// <summary>
/// Whole swaps between processes: the server, its database, two traders that validate both chains themselves. After
/// each,
/// every satoshi and every share is where it should be.
/// </summary>
public sealed class ProofTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const byte SellerNumber = 31;
    private const byte BuyerNumber = 32;
    private const int MostSteps = 500;
    private static readonly Price Price = new(98_000);
    private static readonly Quantity Quantity = new(10 * Quantity.UnitsPerShare);

    private ProofMarket _market = null!;
    private ProofParty _seller = null!;
    private ProofParty _buyer = null!;
    private string _swap = "";

    public async ValueTask InitializeAsync()
    {
        _market = await ProofMarket.StartAsync(
            await postgres.NewDatabaseAsync(), ProofParty.FirstScript(BuyerNumber, ChainKind.Mainchain));
        _seller = new ProofParty(_market, SellerNumber, Side.Sell);
        _buyer = new ProofParty(_market, BuyerNumber, Side.Buy);
        await _market.MineSharesAsync(1, ProofParty.FirstScript(SellerNumber, ChainKind.Sharechain));
        await _market.MineSharesAsync(8);
        await _seller.OpenAsync();
        await _buyer.OpenAsync();
        await _seller.CatchUpAsync();
        await _buyer.CatchUpAsync();
        await _seller.NoteAsync();
        await _buyer.NoteAsync();
        await _seller.PlaceAsync(Price, Quantity);
        await _buyer.PlaceAsync(Price, Quantity);
        var swaps = await _market.Api.GetSwapsAsync();
        _swap = Assert.Single(swaps.Items).Id;
    }

    public async ValueTask DisposeAsync()
    {
        await _seller.DisposeAsync();
        await _buyer.DisposeAsync();
        await _market.DisposeAsync();
    }

    [Fact]
    public async Task A_swap_settles_with_the_server_killed_and_both_agents_dropped_at_every_state()
    {
        var killed = new HashSet<SwapState> { SwapState.Matched };
        await KillEverythingAsync();
        await UntilAsync(
            async () =>
            {
                await SettleDownAsync();
                if (killed.Add(await StateAsync()))
                {
                    await KillEverythingAsync();
                }

                return _seller.IsOver && _buyer.IsOver;
            },
            _seller,
            _buyer);

        await MarketAgreesAsync(SwapState.Settled);
        Assert.True(killed.Count >= 6, string.Join(' ', killed));
        await AccountAsync(moved: true);
    }

    [Fact]
    public async Task A_swap_settles_with_the_agents_processes_killed_at_every_state()
    {
        await _seller.DropAsync();
        await _buyer.DropAsync();
        await _seller.StartProcessAsync();
        await _buyer.StartProcessAsync();
        var killed = new HashSet<SwapState>();
        for (var step = 0; !(_seller.IsOver && _buyer.IsOver); step++)
        {
            Assert.True(step < MostSteps, Story());
            if (killed.Add(await StateAsync()))
            {
                await _seller.KillProcessAsync();
                await _buyer.KillProcessAsync();
                await _seller.StartProcessAsync();
                await _buyer.StartProcessAsync();
            }

            // The agents' processes need real time; blocks come no faster than they can look at them.
            await Task.Delay(TimeSpan.FromSeconds(1));
            await _market.PassAsync();
        }

        await MarketAgreesAsync(SwapState.Settled);
        Assert.True(killed.Count >= 3, string.Join(' ', killed));
        await _seller.KillProcessAsync();
        await _buyer.KillProcessAsync();
        await _seller.OpenAsync();
        await _buyer.OpenAsync();
        await AccountAsync(moved: true);
    }

    [Fact]
    public async Task A_seller_who_vanishes_costs_the_buyer_nothing()
    {
        await _seller.StepAsync();
        await _buyer.StepAsync();
        await UntilAsync(() => Task.FromResult(_buyer.IsOver), _buyer);

        Assert.Equal(SwapPhase.Expired, _buyer.Phase);
        await MarketAgreesAsync(SwapState.Expired);
        await AccountAsync(moved: false);
    }

    [Fact]
    public async Task A_buyer_who_vanishes_before_locking_costs_the_seller_only_time()
    {
        await UntilAsync(() => Task.FromResult(_seller.Phase == SwapPhase.InitiatorLocked), _seller, _buyer);
        await UntilAsync(() => Task.FromResult(_seller.IsOver), _seller);

        Assert.Equal(SwapPhase.InitiatorRefunded, _seller.Phase);
        await MarketAgreesAsync(SwapState.InitiatorRefunded);
        await AccountAsync(moved: false);
    }

    [Fact]
    public async Task A_seller_who_never_reveals_sends_both_legs_back_with_the_server_killed_meanwhile()
    {
        await UntilAsync(() => Task.FromResult(_buyer.Phase == SwapPhase.ParticipantLocking), _seller, _buyer);
        await UntilAsync(() => Task.FromResult(_buyer.Phase == SwapPhase.Refunding), _buyer);
        await _market.KillAndRestartAsync();
        await UntilAsync(() => Task.FromResult(_buyer.Phase == SwapPhase.ParticipantRefunded), _buyer);
        await _market.KillAndRestartAsync();
        await UntilAsync(() => Task.FromResult(_seller.IsOver && _buyer.IsOver), _seller, _buyer);

        Assert.Equal(SwapPhase.Refunded, _seller.Phase);
        await MarketAgreesAsync(SwapState.Refunded);
        await AccountAsync(moved: false);
    }

    [Fact]
    public async Task A_second_lock_reorganised_out_stops_the_reveal_until_it_is_back()
    {
        await UntilAsync(
            () => Task.FromResult(_buyer.Phase == SwapPhase.ParticipantLocked
                && _buyer.Swap!.Swap.Preimage is null), _seller, _buyer);
        await _market.ReorganiseCoinsAsync(1);
        await UntilAsync(() => Task.FromResult(_seller.IsOver && _buyer.IsOver), _seller, _buyer);

        Assert.Contains(_buyer.Notices.Concat(_seller.Notices), notice => notice.Contains("SecondLockReorganised"));
        await MarketAgreesAsync(SwapState.Settled);
        await AccountAsync(moved: true);
    }

    private async Task KillEverythingAsync()
    {
        await _seller.DropAsync();
        await _buyer.DropAsync();
        await _market.KillAndRestartAsync();
        await _seller.OpenAsync();
        await _buyer.OpenAsync();
    }

    /// <summary>Gives the server a moment to see what the agents see, so that no state goes by unnoticed.</summary>
    private async Task SettleDownAsync()
    {
        for (var i = 0; i < 20; i++)
        {
            var state = (await StateAsync()).ToString();
            if (state == _seller.Phase.ToString() || state == _buyer.Phase.ToString())
            {
                return;
            }

            await Task.Delay(100);
        }
    }

    private async Task UntilAsync(Func<Task<bool>> holds, params ProofParty[] acting)
    {
        for (var step = 0; step < MostSteps; step++)
        {
            foreach (var party in acting)
            {
                await party.StepAsync();
            }

            if (await holds())
            {
                return;
            }

            await _market.PassAsync();
        }

        Assert.Fail("It did not come to pass.\n" + Story());
    }

    private async Task<SwapState> StateAsync() => (await _market.Api.GetSwapAsync(_swap)).Summary.State;

    /// <summary>The server, which saw nothing but the chains, says the same.</summary>
    private async Task MarketAgreesAsync(SwapState state)
    {
        for (var i = 0; i < 600 && await StateAsync() != state; i++)
        {
            await Task.Delay(100);
        }

        Assert.Equal(state, await StateAsync());
    }

    private async Task AccountAsync(bool moved)
    {
        var sats = Sats.Notional(Price, Quantity).Value;
        await _seller.AccountAsync(moved ? -Quantity.Units : 0, moved ? sats : 0);
        await _buyer.AccountAsync(moved ? Quantity.Units : 0, moved ? -sats : 0);
    }

    private string Story() => string.Join(
        '\n',
        _seller.Notices.TakeLast(30).Select(line => "seller: " + line)
            .Concat(_buyer.Notices.TakeLast(30).Select(line => "buyer: " + line)));
}
