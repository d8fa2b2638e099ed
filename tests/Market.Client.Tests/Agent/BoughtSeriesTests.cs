using Market.Chains;
using Market.Sharechain;
using Market.Swaps;

namespace Market.Client.Tests.Agent;

/// <summary>Law 16: whoever buys shares of an expiry series pays for none that are older, whatever market and seller say.</summary>
public sealed class BoughtSeriesTests : IAsyncLifetime
{
    private const string Older = "P2POOLV2-0-BTC";
    private const string Newer = "P2POOLV2-1-BTC";

    // The seller mines the first two blocks, which are of series 0; a swap fits many times into what is left to either.
    private static readonly SharechainProfile Row = SharechainProfile.Find("p2poolv2-devnet")! with
    {
        SeriesLength = 8,
        Issuance = SharechainProfiles.P2ShareDevnet.Issuance,
        Payout = new PayoutDesign.Window(100_000_000, 20_000, 20),
    };

    private Arena _arena = null!;

    private Party Seller => _arena.Seller;

    private Party Buyer => _arena.Buyer;

    public async ValueTask InitializeAsync() => _arena = await Arena.StartAsync(row: Row);

    public ValueTask DisposeAsync() => _arena.DisposeAsync();

    [Theory]
    [InlineData(Older, 1)]
    [InlineData(Newer, 8)]
    public async Task The_journal_knows_the_series_from_the_own_order(string ordered, int leastRoot)
    {
        Match(sold: Older, bought: ordered);
        await _arena.UntilAsync(() => Buyer.Agent.Swaps.Count > 0, Seller, Buyer);

        Assert.Equal((leastRoot, 1), (Buyer.Swap.LeastRoot, Seller.Swap.LeastRoot));
    }

    [Fact]
    public async Task Shares_of_the_series_that_was_bought_are_paid()
    {
        Match(sold: Older, bought: Older);
        await _arena.ToTheEndAsync();

        Assert.Equal((SwapPhase.Settled, SwapPhase.Settled), (Seller.Swap.Swap.Phase, Buyer.Swap.Swap.Phase));
        await _arena.AccountAsync(moved: true);
    }

    [Fact]
    public async Task Shares_of_an_older_series_are_not_paid_and_go_back()
    {
        Match(sold: Older, bought: Newer);
        await _arena.ToTheEndAsync();

        // They were paid into the contract, and are not the lock.
        Assert.True(Assert.Single(Buyer.Swap.Swap.PaymentsOf(Role.Initiator)).IsStray);
        Assert.Null(Buyer.Swap.Swap.FundingOf(Role.Initiator));
        Assert.Empty(Buyer.Swap.Locks());
        Assert.Contains(Buyer.Notices, notice => notice.Contains(AgentWords.OthersAreOlder, StringComparison.Ordinal));
        Assert.Equal(SwapPhase.InitiatorRefunded, Seller.Swap.Swap.Phase);
        await _arena.AccountAsync(moved: false);
        Assert.Equal(0, await Buyer.TotalAsync(ChainKind.Sharechain));
    }

    // A market that matches a seller of one series with a buyer of another tells each that it is theirs.
    private void Match(string sold, string bought)
    {
        _arena.Exchange.InstrumentOf = account => account == Seller.Account ? sold : bought;
        _arena.Match(sold, bought);
    }
}
