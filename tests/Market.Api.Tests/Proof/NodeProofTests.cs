using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Api.Tests.Proof;

/// <summary>
/// Whole swaps with a Bitcoin node of somebody else's making as the mainchain: bcoin, and Bitcoin Core where it is
/// installed. The seller follows Bitcoin through the server and validates it; the buyer has the node for its own.
/// </summary>
public sealed class NodeProofTests(PostgresFixture postgres) : ProofScene(postgres)
{
    private const int Stride = 30;

    public static TheoryData<string> Nodes => ["bcoin", "bitcoind"];

    [Theory, MemberData(nameof(Nodes))]
    public async Task A_swap_settles_on_a_real_node_with_the_server_killed_on_the_way(string kind)
    {
        var ground = await BeginOnNodeAsync(kind, isAhead: true);
        await SecondLockIsSeenAsync();
        await Market.KillAndRestartAsync();
        await UntilAsync(() => Task.FromResult(Seller.IsOver && Buyer.IsOver), Seller, Buyer);

        await MarketAgreesAsync(SwapState.Settled);
        await AccountAsync(moved: true);
        await LegsAreOnTheNodeAsync(ground, OwnTransactionOf(Seller, OwnTransactionKind.Claim));
    }

    [Theory, MemberData(nameof(Nodes))]
    public async Task Both_legs_go_back_on_a_real_node_where_the_seller_never_reveals(string kind)
    {
        var ground = await BeginOnNodeAsync(kind, isAhead: false);

        // The seller is gone as soon as the second lock is sent: however many blocks come in between, it never sees it deep.
        await UntilAsync(() => Task.FromResult(
            Buyer.Swap?.Newest(OwnTransactionKind.Funding, Role.Participant) is { SentAt: not null }), Seller, Buyer);
        await UntilAsync(Stride, () => Task.FromResult(Buyer.Phase == SwapPhase.ParticipantRefunded), Buyer);
        await UntilAsync(Stride, () => Task.FromResult(Seller.IsOver && Buyer.IsOver), Seller, Buyer);

        Assert.Equal(SwapPhase.Refunded, Seller.Phase);
        await MarketAgreesAsync(SwapState.Refunded);
        await AccountAsync(moved: false);
        await LegsAreOnTheNodeAsync(ground, OwnTransactionOf(Buyer, OwnTransactionKind.Refund));
    }

    [Theory, MemberData(nameof(Nodes))]
    public async Task A_second_lock_that_a_real_node_reorganises_out_comes_back_and_the_swap_settles(string kind)
    {
        var ground = await BeginOnNodeAsync(kind, isAhead: false);
        await SecondLockIsSeenAsync();

        await SettlesThoughTheSecondLockIsReorganisedAsync();
        await LegsAreOnTheNodeAsync(ground, OwnTransactionOf(Seller, OwnTransactionKind.Claim));
    }

    [Fact]
    public async Task A_lock_that_waits_is_replaced_by_dearer_ones_in_a_real_mempool()
    {
        // Without an estimate 2 sat/vB are paid, and miners ask for twice as much.
        var ground = await BeginOnNodeAsync("bitcoind", isAhead: false, "-blockmintxfee=0.00004");
        await UntilAsync(() => Task.FromResult(Locks(Buyer).Length > 0), Seller, Buyer);
        var first = Locks(Buyer)[0];
        Assert.Contains(await ground.Rpc.GetMempoolAsync(), entry => entry.Transaction.Id == first.TxId);
        await UntilAsync(() => Task.FromResult(Locks(Buyer).Length > 1), Seller, Buyer);
        Assert.DoesNotContain(await ground.Rpc.GetMempoolAsync(), entry => entry.Transaction.Id == first.TxId);
        Assert.Contains(await ground.Rpc.GetMempoolAsync(), entry => entry.Transaction.Id == Locks(Buyer)[^1].TxId);

        await UntilAsync(() => Task.FromResult(Seller.IsOver && Buyer.IsOver), Seller, Buyer);
        Assert.InRange(Locks(Buyer)[^1].SatsPerKvB, 4_000, 10_000);
        Assert.InRange(Newest(Seller, OwnTransactionKind.Claim).SatsPerKvB, 4_000, 10_000);
        await MarketAgreesAsync(SwapState.Settled);
        await AccountAsync(moved: true);
        await LegsAreOnTheNodeAsync(ground, OwnTransactionOf(Seller, OwnTransactionKind.Claim));
        var back = await ground.Rpc.BroadcastAsync(Transaction.Parse(Convert.FromHexString(first.Hex)));
        Assert.Equal(BroadcastCode.MissingInputs, back.Code);
    }

    [Fact]
    public async Task A_lock_that_no_miner_takes_in_time_is_made_void_in_a_real_mempool()
    {
        // More than a lock is worth in fees.
        var ground = await BeginOnNodeAsync("bitcoind", isAhead: false, "-blockmintxfee=0.01");
        await UntilAsync(() => Task.FromResult(Locks(Buyer).Length > 0), Seller, Buyer);
        await UntilAsync(
            Stride,
            () => Task.FromResult(Buyer.Swap!.Newest(OwnTransactionKind.Conflict, Role.Participant) is { SentAt: not null }),
            Seller, Buyer);
        var back = Newest(Buyer, OwnTransactionKind.Conflict);
        Assert.Equal([back.TxId], (await ground.Rpc.GetMempoolAsync()).Select(entry => entry.Transaction.Id));
        foreach (var gone in Locks(Buyer))
        {
            var answer = await ground.Rpc.BroadcastAsync(Transaction.Parse(Convert.FromHexString(gone.Hex)));
            Assert.Equal(BroadcastCode.ReplacementTooCheap, answer.Code);
        }

        // A miner of its own mind takes it.
        await ground.Rpc.CallAsync("prioritisetransaction", default, back.TxId.ToString(), 0, Amount.Coin);
        await UntilAsync(Stride, () => Task.FromResult(Seller.IsOver && Buyer.IsOver), Seller, Buyer);
        Assert.Equal(0, (await ground.Rpc.CallAsync("getmempoolinfo")).GetProperty("size").GetInt32());
        Assert.Null(Buyer.Swap!.Swap.FundingOf(Role.Participant));
        Assert.Equal(SwapPhase.InitiatorRefunded, Seller.Phase);
        await MarketAgreesAsync(SwapState.InitiatorRefunded);
        await AccountAsync(moved: false);
    }

    private async Task<NodeGround> BeginOnNodeAsync(string kind, bool isAhead, params string[] more)
    {
        var ground = new NodeGround(kind, Treasury, isAhead, more) { OnItsTemplates = more.Length > 0 };
        await BeginAsync(ground, () => ground.Options);
        return ground;
    }

    // However many blocks come in between, the seller does not see it deep and reveals nothing.
    private async Task SecondLockIsSeenAsync()
    {
        await UntilAsync(() => Task.FromResult(Locks(Buyer).Length > 0), Seller, Buyer);
        await UntilAsync(() => Task.FromResult(Buyer.Phase == SwapPhase.ParticipantLocked), Buyer);
    }

    private static OwnTransaction[] Locks(ProofParty party) => party.Swap is not { } swap
        ? []
        : [.. swap.Transactions.Where(known => known is { Kind: OwnTransactionKind.Funding, SentAt: not null }
            && known.Leg == swap.Role)];

    private static OwnTransaction Newest(ProofParty party, OwnTransactionKind kind) => party.Swap!.Transactions.Last(
        known => known.Kind == kind && known.SentAt is not null && party.Swap.Swap.ChainOf(known.Leg) == SwapChain.Coin);
}
