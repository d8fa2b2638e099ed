using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Rpc;
using Market.Contracts;
using Market.Swaps;
using Market.Swaps.Agent;
using Market.Testing.Chains;

namespace Market.Api.Tests.Proof;

/// <summary>
/// A whole swap between processes: the server, its database, two traders that validate both chains themselves. At the
/// end every satoshi and every share is where it should be.
/// </summary>
public abstract class ProofScene(PostgresFixture postgres) : IAsyncDisposable
{
    protected const int MostSteps = 500;
    private const int Others = 8;
    private const byte SellerNumber = 31;
    private protected const byte BuyerNumber = 32;

    /// <summary>What a share costs.</summary>
    protected Price Price { get; set; } = new(98_000);

    /// <summary>How much is sold.</summary>
    protected Quantity Quantity { get; set; } = new(10 * Quantity.UnitsPerShare);

    /// <summary>Shares that the seller mines beforehand.</summary>
    protected int Mined { get; set; } = 1;

    private protected ProofMarket Market { get; private set; } = null!;

    private protected ProofParty Seller { get; private set; } = null!;

    private protected ProofParty Buyer { get; private set; } = null!;

    /// <summary>How the seller's order comes to the market; by his own desk where null.</summary>
    protected Func<Task>? Sells { get; set; }

    /// <summary>The swap's id.</summary>
    protected string Swap { get; private set; } = "";

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Market is not null)
        {
            await Seller.DisposeAsync();
            await Buyer.DisposeAsync();
            await Market.DisposeAsync();
        }
    }

    /// <summary>Whom the seller's sharebases pay.</summary>
    private protected Script Sharebase =>
        ProofParty.FirstScript(SellerNumber, ChainKind.Sharechain, Market.Ground.Sharechain);

    /// <summary>What the buyer has before anything is traded.</summary>
    protected static Script Treasury => ProofParty.FirstScript(BuyerNumber, ChainKind.Mainchain);

    /// <summary>A swap just matched, on another sharechain of the devnet beside its own.</summary>
    private protected Task BeginOnAsync(string sharechain) => BeginAsync(
        new EmbeddedGround(ProofParty.FirstScript(BuyerNumber, ChainKind.Mainchain, sharechain), sharechain));

    /// <summary>A swap just matched, on the devnet's chains.</summary>
    private protected Task BeginOnDevnetAsync() => BeginAsync(new EmbeddedGround(Treasury));

    /// <summary>A swap just matched.</summary>
    private protected async Task BeginAsync(ProofGround ground, Func<RpcOptions>? buyersNode = null)
    {
        await MineAsync(ground, buyersNode);
        await MatchAsync();
    }

    /// <summary>A market whose chains pay the seller shares.</summary>
    private protected async Task MineAsync(ProofGround ground, Func<RpcOptions>? buyersNode = null)
    {
        Market = await ProofMarket.StartAsync(await postgres.NewDatabaseAsync(), ground);
        Seller = new ProofParty(Market, SellerNumber, Side.Sell);
        Buyer = new ProofParty(Market, BuyerNumber, Side.Buy) { Node = buyersNode?.Invoke() };
        for (var share = 0; share < Mined + Others; share++)
        {
            // At the pace aimed at: what blocks come faster, shares expire sooner.
            await Market.LetPassAsync(ProofMarket.ShareSpacing);
            await Market.MineSharesAsync(1, share < Mined ? Sharebase : null);
        }
    }

    /// <summary>The two place their orders, which meet.</summary>
    private protected async Task MatchAsync()
    {
        await Seller.OpenAsync();
        await Buyer.OpenAsync();
        await Seller.CatchUpAsync();
        await Buyer.CatchUpAsync();
        await Seller.NoteAsync();
        await Buyer.NoteAsync();
        await Eventually.TrueAsync(
            async () => (await Market.Api.GetInstrumentAsync(Market.Ground.Instrument)).Status == InstrumentStatus.Open,
            "the market takes orders");
        await (Sells?.Invoke() ?? Seller.PlaceAsync(Price, Quantity));
        await Buyer.PlaceAsync(Price, Quantity);
        var swaps = await Market.Api.GetSwapsAsync();
        Swap = Seller.SwapId = Buyer.SwapId = Assert.Single(swaps.Items).Id;
    }

    protected async Task KillEverythingAsync()
    {
        await Seller.DropAsync();
        await Buyer.DropAsync();
        await Market.KillAndRestartAsync();
        await Seller.OpenAsync();
        await Buyer.OpenAsync();
    }

    /// <summary>Gives the server a moment to see what the agents see, so that no state goes by unnoticed.</summary>
    protected async Task SettleDownAsync()
    {
        for (var i = 0; i < 20; i++)
        {
            var state = (await StateAsync()).ToString();
            if (state == Seller.Phase.ToString() || state == Buyer.Phase.ToString())
            {
                return;
            }

            await Task.Delay(100);
        }
    }

    private protected Task UntilAsync(Func<Task<bool>> holds, params ProofParty[] acting) =>
        UntilAsync(ProofMarket.ShareSpacing, holds, acting);

    /// <summary>Lets the parties act until both legs are locked deep enough. The buyer looks first: what it sees is how it stands
    /// before the seller shows the secret.</summary>
    private protected Task UntilBothAreLockedAsync() =>
        UntilAsync(() => Task.FromResult(Buyer.Phase == SwapPhase.ParticipantLocked), Buyer, Seller);

    /// <summary>Lets the parties act and time pass until something holds.</summary>
    private protected async Task UntilAsync(int stride, Func<Task<bool>> holds, params ProofParty[] acting)
    {
        for (var step = 0; step < MostSteps; step++)
        {
            // The next one's step may be what ends it.
            foreach (var party in acting)
            {
                await party.StepAsync();
                if (await holds())
                {
                    return;
                }
            }

            if (acting.Length == 0 && await holds())
            {
                return;
            }

            await Market.PassAsync(stride);
        }

        Assert.Fail("It did not come to pass.\n" + Story());
    }

    /// <summary>The one trade counts from the moment both legs are locked, and not before.</summary>
    protected async Task TapeFollowsAsync()
    {
        var status = Assert.Single((await Market.Api.GetTradesAsync(Market.Ground.Instrument)).Items).Status;
        // The swap is read after its trade: what it shows may be later, never earlier.
        var state = await StateAsync();
        if (state < SwapState.ParticipantLocked)
        {
            Assert.Equal(TradeStatus.Pending, status);
        }
    }

    protected async Task<SwapState> StateAsync() => (await Market.Api.GetSwapAsync(Swap)).Summary.State;

    /// <summary>The server, which saw nothing but the chains, says the same.</summary>
    protected async Task MarketAgreesAsync(SwapState state)
    {
        for (var i = 0; i < 600 && await StateAsync() != state; i++)
        {
            await Task.Delay(100);
        }

        Assert.Equal(state, await StateAsync());
        if ((await Market.Api.GetSwapAsync(Swap)).Summary.Outcome is var outcome && outcome != SwapOutcome.Moving)
        {
            await TapeAgreesAsync(outcome == SwapOutcome.Settled);
        }
    }

    /// <summary>A trade that settled is the last price; one whose swap failed leaves nothing but itself, withdrawn.</summary>
    private async Task TapeAgreesAsync(bool settled)
    {
        var wanted = settled ? TradeStatus.Final : TradeStatus.Withdrawn;
        async Task<TradeStatus> StatusAsync() =>
            Assert.Single((await Market.Api.GetTradesAsync(Market.Ground.Instrument)).Items).Status;
        for (var i = 0; i < 600 && await StatusAsync() != wanted; i++)
        {
            await Task.Delay(100);
        }

        Assert.Equal(wanted, await StatusAsync());
        var ticker = await Market.Api.GetTickerAsync(Market.Ground.Instrument);
        Assert.Equal((settled ? Price : (Price?)null, settled ? 1 : 0), (ticker.Last, ticker.Trades));
    }

    protected async Task AccountAsync(bool moved)
    {
        var sats = Sats.Notional(Price, Quantity).Value;
        await Seller.AccountAsync(moved ? -Quantity.Units : 0, moved ? sats : 0);
        await Buyer.AccountAsync(moved ? Quantity.Units : 0, moved ? -sats : 0);
    }

    /// <summary>The second lock leaves the chain for a block: who looks is told, and the swap settles all the same.</summary>
    protected async Task SettlesThoughTheSecondLockIsReorganisedAsync()
    {
        await Market.Ground.ReorganiseCoinsAsync(Buyer.Swap!.Swap.FundingOf(Role.Participant)!.Height!.Value);
        await UntilAsync(() => Task.FromResult(Seller.IsOver && Buyer.IsOver), Seller, Buyer);

        Assert.Contains(
            Buyer.Notices.Concat(Seller.Notices), notice => notice.Contains(SwapWords.Of(SwapAlarm.SecondLockReorganised)));
        await MarketAgreesAsync(SwapState.Settled);
        await AccountAsync(moved: true);
    }

    /// <summary>What a party sent of a kind on Bitcoin, each version of it.</summary>
    private protected static TxId[] OwnTransactionOf(ProofParty party, OwnTransactionKind kind) =>
        [.. party.Swap!.Transactions.Where(known => known.Kind == kind
            && party.Swap.Swap.ChainOf(known.Leg) == SwapChain.Coin).Select(known => known.TxId)];

    /// <summary>The node's own blocks say so, whatever the market and its parties say.</summary>
    private protected async Task LegsAreOnTheNodeAsync(NodeGround ground, TxId[] spends)
    {
        var funding = Buyer.Swap!.Newest(OwnTransactionKind.Funding, Role.Participant)!;
        var spent = new List<TxId>();
        for (var height = (await ground.Rpc.GetTipAsync()).Height; ; height--)
        {
            Assert.True(height > 0, $"No block of the node has the lock {funding.TxId}.");
            var id = await ground.Rpc.GetBlockIdAsync(height);
            var transactions = (await ground.Rpc.GetFullBlockAsync(new BlockId(id!.Value)))!.Transactions;
            spent.AddRange(transactions.Where(found => found.Inputs.Any(input => input.PreviousOutput == funding.OutPoint))
                .Select(found => found.Id));
            if (transactions.Any(found => found.Id == funding.TxId))
            {
                break;
            }
        }

        Assert.Contains(Assert.Single(spent), spends);
    }

    protected string Story() => string.Join(
        '\n',
        Seller.Notices.TakeLast(30).Select(line => "seller: " + line)
            .Concat(Buyer.Notices.TakeLast(30).Select(line => "buyer: " + line)));
}
