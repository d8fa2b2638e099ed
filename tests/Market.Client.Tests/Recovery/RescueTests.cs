using Market.Chains;
using Market.Client.Agent;
using Market.Client.Recovery;
using Market.Client.Tests.Agent;
using Market.Contracts;
using Market.Swaps;

namespace Market.Client.Tests.Recovery;

public sealed class RescueTests : IAsyncLifetime
{
    private const int MostSteps = 1_000;
    private const long MostFees = 100_000;

    private readonly List<string> _said = [];
    private Arena _arena = null!;

    public async ValueTask InitializeAsync() => _arena = (await Arena.StartAsync()).Match();

    public ValueTask DisposeAsync() => _arena.DisposeAsync();

    // The phrase, both chains and nothing else: the other side goes on, or is gone for good.
    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public async Task It_ends_every_swap_and_brings_all_home(bool seller, bool otherActs)
    {
        await _arena.UntilAsync(
            () => _arena.Buyer.Agent.Swaps.Count > 0 && _arena.Buyer.Swap.Swap.Phase == SwapPhase.ParticipantLocked,
            _arena.Seller, _arena.Buyer);
        var (lost, other) = seller ? (_arena.Seller, _arena.Buyer) : (_arena.Buyer, _arena.Seller);
        lost.LoseAll(withoutMarket: true);
        using var journal = SwapJournal.Open(Path.Combine(_arena.Folder, "rescue.journal"), Devnet.Chains);
        var rescue = RescueOf(lost, journal);

        var seen = await rescue.LookAsync(default);
        Assert.False(Assert.Single(seen.Swaps).IsOver);
        Assert.Empty(await _arena.Shares.GetMempoolAsync());
        Assert.Empty(await _arena.Main.GetMempoolAsync());

        for (var step = 0; !await rescue.IsOverAsync(default); step++)
        {
            Assert.True(step < MostSteps, string.Join('\n', _said));
            if (step == MostSteps / 2)
            {
                // What the other side leaves locked is waited for an hour.
                _arena.Clock.Advance(TimeSpan.FromHours(2));
            }

            await rescue.StepAsync(default);
            if (otherActs)
            {
                await other.StepAsync();
            }

            await _arena.PassAsync();
        }

        await SweepAsync(rescue.SweepOf(ChainKind.Sharechain));
        await SweepAsync(rescue.SweepOf(ChainKind.Mainchain));
        var report = await rescue.ReportAsync(journal.Swaps, default);
        Assert.True(Assert.Single(report.Swaps).IsOver);
        AssertNothingLost(report, seller);
        Assert.Contains(_said, text => text.Contains("found on the chains: 1", StringComparison.Ordinal));
    }

    private Rescue RescueOf(Party party, SwapJournal journal) => new(
        party.Wallet, journal, MessageExchange.Network, 0, _arena.Clock, notice => _said.Add(notice.Text));

    // Coins that were there are all at fresh addresses after it: none of what was signed before can spend one.
    private async Task SweepAsync(CoinSweep sweep)
    {
        for (var step = 0; !await sweep.StepAsync(default); step++)
        {
            Assert.True(step < MostSteps, sweep.Trouble);
            await _arena.PassAsync();
        }
    }

    // Where the other side is gone, a seller in time has claimed the sats and leaves the shares to the buyer; a buyer has its
    // sats back.
    private void AssertNothingLost(RescueReport report, bool seller)
    {
        var (shares, sats) = (Arena.Quantity.Units, Sats.Notional(Arena.Price, Arena.Quantity).Value);
        var before = _arena.Before;
        var (ownShares, ownSats) = seller ? (before.SellerShares, before.SellerSats) : (before.BuyerShares, before.BuyerSats);
        var moved = seller ? (ownShares - shares, ownSats + sats) : (ownShares + shares, ownSats - sats);
        Assert.True(
            IsNear((ownShares, ownSats), report) || IsNear(moved, report),
            $"{report.Shares.Total.Sats - ownShares} shares, {report.Sats.Total.Sats - ownSats} sats\n{string.Join('\n', _said)}");
    }

    private static bool IsNear((long Shares, long Sats) expected, RescueReport report) =>
        IsNear(expected.Shares, report.Shares.Total.Sats) && IsNear(expected.Sats, report.Sats.Total.Sats);

    private static bool IsNear(long expected, long actual) => actual <= expected && actual >= expected - MostFees;
}
