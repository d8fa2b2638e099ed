using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Chains;
using Market.Client.Agent;
using Market.Contracts;
using Market.Swaps;

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
        var ground = await BeginOnNodeAsync(kind);
        await UntilAsync(() => Task.FromResult(Buyer.Phase == SwapPhase.ParticipantLocked), Seller, Buyer);
        await Market.KillAndRestartAsync();
        await UntilAsync(() => Task.FromResult(Seller.IsOver && Buyer.IsOver), Seller, Buyer);

        await MarketAgreesAsync(SwapState.Settled);
        await AccountAsync(moved: true);
        await LegsAreOnTheNodeAsync(ground, OwnTransactionOf(Seller, OwnTransactionKind.Claim));
    }

    [Theory, MemberData(nameof(Nodes))]
    public async Task Both_legs_go_back_on_a_real_node_where_the_seller_never_reveals(string kind)
    {
        var ground = await BeginOnNodeAsync(kind);
        await UntilAsync(() => Task.FromResult(Buyer.Phase == SwapPhase.ParticipantLocked), Seller, Buyer);
        await UntilAsync(Stride, () => Task.FromResult(Buyer.Phase == SwapPhase.ParticipantRefunded), Buyer);
        await UntilAsync(Stride, () => Task.FromResult(Seller.IsOver && Buyer.IsOver), Seller, Buyer);

        Assert.Equal(SwapPhase.Refunded, Seller.Phase);
        await MarketAgreesAsync(SwapState.Refunded);
        await AccountAsync(moved: false);
        await LegsAreOnTheNodeAsync(ground, OwnTransactionOf(Buyer, OwnTransactionKind.Refund));
    }

    private async Task<NodeGround> BeginOnNodeAsync(string kind)
    {
        var ground = new NodeGround(kind, Treasury);
        await BeginAsync(ground, () => ground.Options);
        return ground;
    }

    private static TxId[] OwnTransactionOf(ProofParty party, OwnTransactionKind kind) =>
        [.. party.Swap!.Transactions.Where(known => known.Kind == kind
            && party.Swap.Swap.ChainOf(known.Leg) == SwapChain.Coin).Select(known => known.TxId)];

    /// <summary>The node itself says so, whatever the market and its parties say.</summary>
    private async Task LegsAreOnTheNodeAsync(NodeGround ground, TxId[] spends)
    {
        var funding = Buyer.Swap!.Newest(OwnTransactionKind.Funding, Role.Participant)!;
        var locked = await ground.Rpc.FindTransactionAsync(funding.TxId);
        Assert.NotNull(locked!.Block);
        var confirmed = 0;
        foreach (var spend in spends)
        {
            if (await ground.Rpc.FindTransactionAsync(spend) is { Block: not null } found)
            {
                Assert.Contains(found.Transaction.Inputs, input => input.PreviousOutput == funding.OutPoint);
                confirmed++;
            }
        }

        Assert.Equal(1, confirmed);
    }
}
