using Market.Chains;
using Market.Swaps;

namespace Market.Client.Tests.Agent;

/// <summary>
/// Chains that show their blocks while it is not known what a transaction should pay, or whether they are up to date: the second
/// may hang on the other chain's node.
/// </summary>
public sealed class HalfMuteChainTests : IAsyncLifetime
{
    private Arena _arena = null!;

    private Party Seller => _arena.Seller;

    private Party Buyer => _arena.Buyer;

    public async ValueTask InitializeAsync() => _arena = await Arena.StartAsync();

    public ValueTask DisposeAsync() => _arena.DisposeAsync();

    [Theory]
    [InlineData("fees", false)]
    [InlineData("fees", true)]
    [InlineData("sources", false)]
    [InlineData("sources", true)]
    public async Task What_is_public_is_claimed_all_the_same(string what, bool hangs)
    {
        _arena.Match();
        await _arena.UntilAsync(() => Seller.Swap.Swap.Phase == SwapPhase.ParticipantLocked, Seller, Buyer);
        await _arena.UntilAsync(() => Seller.Swap.Swap.Phase == SwapPhase.Revealed, Seller);

        // Not even an answer from before is known.
        _arena.ChainPatience = TimeSpan.FromSeconds(2);
        Buyer.Restart();
        Silence(Buyer, what, hangs);
        await _arena.ToTheEndAsync();
        Assert.Equal(SwapPhase.Settled, Buyer.Swap.Swap.Phase);
        await _arena.AccountAsync(moved: true);
    }

    [Theory]
    [InlineData("fees")]
    [InlineData("sources")]
    public async Task Nothing_is_locked_meanwhile(string what)
    {
        _arena.Match();
        await _arena.UntilAsync(() => Seller.Agent.Swaps.Any(swap => swap.Locks().Any()), Seller, Buyer);
        Silence(Buyer, what, hangs: false);
        await _arena.UntilAsync(
            () => Buyer.Swap.Swap.Phase is SwapPhase.InitiatorLocked or SwapPhase.ParticipantLocking, Seller, Buyer);
        for (var step = 0; step < 10; step++)
        {
            await Buyer.StepAsync();
            await _arena.PassAsync();
        }

        Assert.Empty(Buyer.Swap.Locks());
        Buyer.Fate.AskedForFee = Buyer.Fate.AskedForSources = null;
        await _arena.UntilAsync(() => Buyer.Swap.Locks().Any(), Seller, Buyer);
    }

    private static void Silence(Party party, string what, bool hangs)
    {
        Func<CancellationToken, Task> silent = cancellation => hangs
            ? Task.Delay(Timeout.Infinite, cancellation)
            : throw new ChainUnavailableException("It does not know.");
        party.Fate.AskedForFee = what == "fees" ? silent : null;
        party.Fate.AskedForSources = what == "sources" ? silent : null;
    }
}
