using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains;
using Market.Client.Wallets;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Recovery;

/// <summary>What a seed's search of the chains came to.</summary>
/// <param name="Swaps">Swaps that may not be over: for the journal.</param>
/// <param name="Highest">The highest number of the counter that is on the chain; null where none is.</param>
/// <param name="NextIndex">The first number of the counter that is surely fresh.</param>
/// <param name="Over">Swaps found that are long over, with nothing left in their contracts.</param>
/// <param name="Unsure">Purchases of <paramref name="Swaps"/> whose own lock is not seen: one may have been handed out.</param>
public sealed record RecoveredSwaps(
    ImmutableArray<AgentSwap> Swaps, uint? Highest, uint NextIndex, int Over, ImmutableArray<AgentSwap> Unsure);

/// <summary>Finds swaps and addresses of a seed on both chains, with nothing but the seed (law 11).</summary>
public static class SwapRecovery
{
    // Later than this after T_long, what is in neither contract any more stays where it went.
    private const long OverAfter = 7 * 24 * 60 * 60;

    // By so much the two chains' median times may differ: header time pushed ahead on either, and a slow hour.
    private const long ClocksApart = 6 * 60 * 60;

    // Addresses of bitcoin looked at beyond the last one used: there is no history of addresses to go by, and each swap
    // takes one or two.
    private const uint LeastCoinGap = 100;
    private const uint AddressesOfASwap = 3;

    /// <summary>Searches. Addresses found in use are noted in the wallet's file at once.</summary>
    /// <param name="wallet">Keys, file and both chains.</param>
    /// <param name="network">The network's name.</param>
    /// <param name="bornAt">When the seed was made, Unix seconds; 0 where that is not known.</param>
    /// <param name="from">The sharechain's height below which all is known; null where nothing is.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ChainUnavailableException">A chain does not answer: nothing is certain then.</exception>
    public static async Task<RecoveredSwaps> FindAsync(
        Wallet wallet,
        string network,
        long bornAt = 0,
        int? from = null,
        IProgress<RecoveryProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        var walk = new SharechainWalk(wallet.Keys, wallet.On(ChainKind.Sharechain), progress);
        await walk.RunAsync(bornAt, from, cancellation).ConfigureAwait(false);
        walk.Addresses.Apply(wallet.File);
        var found = walk.Swaps.Found;
        if (from is null)
        {
            await wallet.FindAddressesAsync(
                ChainKind.Mainchain, LeastCoinGap + AddressesOfASwap * (uint)found.Length, cancellation).ConfigureAwait(false);
        }

        var live = await LiveAsync(wallet, found, cancellation).ConfigureAwait(false);
        var swaps = await AdoptAsync(wallet, live, network, progress, cancellation).ConfigureAwait(false);
        return new RecoveredSwaps(
            swaps, walk.Swaps.Highest, walk.Swaps.Next, found.Length - live.Count, [.. swaps.Where(IsUnsure)]);
    }

    /// <summary>True for a purchase whose own lock was not surely seen: one may have been handed out, and wait somewhere.</summary>
    internal static bool IsUnsure(AgentSwap swap) => swap.Role == Role.Participant && swap.Refused == SwapAdoption.NoLockSeen
        && swap.Transactions.All(known => known.Kind != OwnTransactionKind.Funding || known.Leg != Role.Participant
            || known.Spends.IsEmpty);

    private static async Task<List<FoundSwap>> LiveAsync(
        Wallet wallet, ImmutableArray<FoundSwap> found, CancellationToken cancellation)
    {
        var time = Math.Min(
            (await wallet.On(ChainKind.Sharechain).GetTipAsync(cancellation).ConfigureAwait(false)).MedianTimePast,
            (await wallet.On(ChainKind.Mainchain).GetTipAsync(cancellation).ConfigureAwait(false)).MedianTimePast);
        var live = new List<FoundSwap>();
        foreach (var swap in found)
        {
            if (time < swap.Terms.Long.UnixSeconds + OverAfter
                || await HoldsAsync(wallet, swap, Role.Initiator, cancellation).ConfigureAwait(false)
                || await HoldsAsync(wallet, swap, Role.Participant, cancellation).ConfigureAwait(false))
            {
                live.Add(swap);
            }
        }

        return live;
    }

    private static async Task<bool> HoldsAsync(Wallet wallet, FoundSwap swap, Role leg, CancellationToken cancellation) =>
        (await wallet.On(leg == Role.Initiator ? ChainKind.Sharechain : ChainKind.Mainchain)
            .GetCoinsAsync(swap.Terms.ContractOf(leg).ScriptPubKey, cancellation).ConfigureAwait(false)).Length > 0;

    private static async Task<ImmutableArray<AgentSwap>> AdoptAsync(
        Wallet wallet, List<FoundSwap> live, string network, IProgress<RecoveryProgress>? progress, CancellationToken cancellation)
    {
        if (live.Count == 0)
        {
            return [];
        }

        var (shares, coins) = (wallet.On(ChainKind.Sharechain), wallet.On(ChainKind.Mainchain));
        var heights = new Dictionary<FoundSwap, int>();
        foreach (var swap in live)
        {
            heights[swap] = await ChainTimes.FirstHeightAsync(coins, swap.Time - ClocksApart, cancellation).ConfigureAwait(false);
        }

        var locks = new OwnLocks(wallet);
        await locks.FindSalesAsync(live, cancellation).ConfigureAwait(false);
        await locks.FindPurchasesAsync(live, heights.Values.Min(), progress, cancellation).ConfigureAwait(false);
        var tips = new SwapTips(
            View(await shares.GetTipAsync(cancellation).ConfigureAwait(false)),
            View(await coins.GetTipAsync(cancellation).ConfigureAwait(false)),
            0);
        var (rules, instrument) = (TradedInstrument.RulesOf(network, shares), TradedInstrument.IdOf(shares));
        return
        [
            .. live.Select(swap => SwapAdoption.Adopt(
                swap, SwapPlan.Of(rules, swap.Annotation.ParticipantAmount), instrument, heights[swap], locks.Of(swap),
                tips)),
        ];
    }

    private static TipView View(ChainHead head) => new(head.Height, head.MedianTimePast);
}
