using Market.Bitcoin;
using Market.Client.Strategies;
using Market.Contracts;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Tests.Strategies;

/// <summary>What own transactions of a swap cost, by who gave what and by how it ended.</summary>
public sealed class SwapCostsTests
{
    private const long Units = 1_000_000;
    private const long Satoshis = 20_000;

    [Theory]
    // The newest lock paid 30, the newest claim 500, and the refund 70.
    [InlineData(Role.Initiator, SwapOutcome.Settled, 500, 30)]
    [InlineData(Role.Initiator, SwapOutcome.Refunded, 0, 100)]
    [InlineData(Role.Initiator, SwapOutcome.Expired, 0, 0)]
    [InlineData(Role.Initiator, SwapOutcome.Faulted, 0, 0)]
    [InlineData(Role.Participant, SwapOutcome.Settled, 30, 500)]
    [InlineData(Role.Participant, SwapOutcome.Refunded, 100, 0)]
    public void Are_counted_on_the_chain_that_they_were_paid_on(Role role, SwapOutcome outcome, long coins, long shares)
    {
        var isSeller = role == Role.Initiator;
        var (given, got) = isSeller ? (Units, Satoshis) : (Satoshis, Units);
        var other = isSeller ? Role.Participant : Role.Initiator;
        var swap = SwapOf(
            role,
            Made(OwnTransactionKind.Funding, role, given, spends: given + 10),
            Made(OwnTransactionKind.Funding, role, given, spends: given + 30),
            Made(OwnTransactionKind.Claim, other, got - 200),
            Made(OwnTransactionKind.Claim, other, got - 500),
            Made(OwnTransactionKind.Refund, role, given - 70));
        Assert.Equal(new SwapCosts(new(coins), new(shares)), SwapCosts.Of(swap, outcome));
    }

    [Fact]
    public void Are_nought_where_nothing_was_made_and_where_the_coins_of_a_lock_are_not_known()
    {
        Assert.Equal(new SwapCosts(default, default), SwapCosts.Of(SwapOf(Role.Initiator), SwapOutcome.Settled));
        var found = SwapOf(Role.Initiator, Made(OwnTransactionKind.Funding, Role.Initiator, Units));
        Assert.Equal(new SwapCosts(default, default), SwapCosts.Of(found, SwapOutcome.Refunded));
    }

    private static AgentSwap SwapOf(Role role, params OwnTransaction[] transactions) => new()
    {
        Swap = Market.Swaps.Swap.Open("s1", new Amount(Units), new Amount(Satoshis), 1_800_000_000, SwapPlan.Of(SwapRules.Devnet)),
        Role = role,
        KeyIndex = 1,
        Instrument = "P2SHARE-BTC",
        Price = 2_000_000,
        ShareHeight = 1,
        CoinHeight = 2,
        Transactions = [.. transactions],
    };

    private static OwnTransaction Made(OwnTransactionKind kind, Role leg, long pays, long? spends = null)
    {
        var coin = new OutPoint(new TxId(Hash256.Zero), 0);
        var transaction = new Transaction(2, [new TxIn(coin, Script.Empty, 0)], [new TxOut(new Amount(pays), Script.Empty)], 0);
        return new OwnTransaction(
            kind, leg, new OutPoint(transaction.Id, 0), transaction.Id, transaction.ToHex(), 0, 0, 7, 7)
        {
            Spends = spends is { } sats ? [new SpentCoin(coin, new Amount(sats), Script.Empty)] : [],
        };
    }
}
