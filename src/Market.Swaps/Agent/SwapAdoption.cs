using System.Collections.Immutable;
using System.Security.Cryptography;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Swaps.Agent;

/// <summary>An own lock that a chain shows.</summary>
/// <param name="Transaction">The transaction.</param>
/// <param name="OutPoint">Its output that pays the contract.</param>
/// <param name="Height">Of its block; null in the mempool.</param>
/// <param name="Spends">The wallet's coins that it spends; empty where the chain does not tell their value.</param>
public sealed record SeenLock(Transaction Transaction, OutPoint OutPoint, int? Height, ImmutableArray<SpentCoin> Spends);

/// <summary>
/// Makes the journal's entry of a swap that was found on the chains (law 11). What stands there was agreed when it was locked:
/// it is adopted, not judged anew.
/// </summary>
public static class SwapAdoption
{
    /// <summary>
    /// Why nothing more is locked in a swap whose own lock is not seen: one may have been handed out before, and waits somewhere
    /// (law 1).
    /// </summary>
    public const string NoLockSeen =
        "found again from the seed alone: whether its lock was handed out before is not known, so nothing more is locked";

    private const int NameBytes = 12;

    /// <summary>Blocks by which a lock may have moved in a reorganisation.</summary>
    private const int DeepestReorganisation = 100;

    /// <summary>The entry.</summary>
    /// <param name="found">What the sharechain tells.</param>
    /// <param name="plan">The network's plan for the amount.</param>
    /// <param name="instrument">The instrument traded.</param>
    /// <param name="coinHeight">The mainchain's height before which nothing of it can be there.</param>
    /// <param name="own">The own lock; null where none is seen that this wallet signed.</param>
    /// <param name="tips">Both chains' heights.</param>
    public static AgentSwap Adopt(
        FoundSwap found, SwapPlan plan, string instrument, int coinHeight, SeenLock? own, SwapTips tips)
    {
        var swap = Opened(found, plan);
        var height = found.Height ?? tips.Share.Height;
        var transactions = ImmutableArray<OwnTransaction>.Empty;
        if (found.Role == Role.Participant)
        {
            transactions = transactions.Add(Written(Role.Initiator, found.Lock, found.OutPoint, height));
        }

        if (own is not null)
        {
            var at = own.Height ?? tips.Of(swap.ChainOf(found.Role)).Height;
            transactions = transactions.Add(
                Written(found.Role, own.Transaction, own.OutPoint, at) with { Spends = own.Spends });
        }

        return new AgentSwap
        {
            Swap = swap,
            Role = found.Role,
            KeyIndex = found.KeyIndex,
            IsFound = true,
            Instrument = instrument,
            Price = PriceOf(swap),
            ShareHeight = Math.Max(0, height - DeepestReorganisation),
            CoinHeight = coinHeight,
            Transactions = transactions,
            LocksResolved = own is null,
            Refused = own is null or { Spends.IsEmpty: true } ? NoLockSeen : null,
        };
    }

    /// <summary>The name that a swap goes by whose market is not known: of its terms and what is locked, so that it is the same
    /// at each search.</summary>
    public static string NameOf(FoundSwap found)
    {
        ArgumentNullException.ThrowIfNull(found);
        var terms = found.Annotation.ToOutput().ScriptPubKey;
        var amount = BitConverter.GetBytes(found.InitiatorAmount.Sats);
        return $"found-{Hex.Encode(SHA256.HashData([.. terms.Span, .. amount])[..NameBytes])}";
    }

    /// <summary>
    /// Of what was found, what is to be driven beside what the journal knows. A counterparty, or whoever saw its terms, may lock a
    /// little to them, or to others with the same hash and keys: that hides no swap. Of those that share the own leg's contract one
    /// sees to that leg, and the others claim only; of those that would claim the very same payment the one with an own lock does.
    /// </summary>
    /// <param name="known">What the journal knows: it knows better, by whatever name.</param>
    /// <param name="found">What was found.</param>
    public static ImmutableArray<AgentSwap> Beside(IEnumerable<AgentSwap> known, IEnumerable<AgentSwap> found)
    {
        ArgumentNullException.ThrowIfNull(found);
        var all = known.Where(swap => swap.Swap.Terms is not null).ToList();
        var beside = ImmutableArray.CreateBuilder<AgentSwap>();
        foreach (var swap in found.OrderByDescending(HasLock))
        {
            var other = swap.Role.Other();
            if (all.Exists(one => IsSameLeg(one, swap, other) && (HasLock(one) || IsSameLeg(one, swap, swap.Role))))
            {
                continue;
            }

            var shares = all.Exists(one => one.Role == swap.Role && ContractOf(one, one.Role) == ContractOf(swap, swap.Role));
            var next = shares ? swap with { ClaimsOnly = true } : swap;
            all.Add(next);
            beside.Add(next);
        }

        return beside.ToImmutable();
    }

    private static bool HasLock(AgentSwap swap) => swap.Locks().Any(known =>
        known.Transaction.Outputs.Contains(swap.Swap.Terms!.ContractOf(swap.Role).FundingOutput(swap.Swap.AmountOf(swap.Role))));

    private static bool IsSameLeg(AgentSwap one, AgentSwap other, Role leg) => one.Role == other.Role
        && ContractOf(one, leg) == ContractOf(other, leg) && one.Swap.AmountOf(leg) == other.Swap.AmountOf(leg);

    private static Script ContractOf(AgentSwap swap, Role leg) => swap.Swap.Terms!.ContractOf(leg).ScriptPubKey;

    // The machine is told what it would have heard at the time of the agreement, and then of the lock: what is late by now,
    // the next look at the chains tells it.
    private static Swap Opened(FoundSwap found, SwapPlan plan)
    {
        var terms = found.Terms;
        var agreedAt = terms.Short.UnixSeconds - plan.ShortSpan;
        var then = new SwapTips(new TipView(0, agreedAt), new TipView(0, agreedAt), agreedAt);
        var swap = Swap.Open(NameOf(found), found.InitiatorAmount, found.Annotation.ParticipantAmount, agreedAt, plan);
        swap = SwapMachine.Decide(swap, new SwapEvent.TermsFixed(terms), then).Swap;
        var seen = new SwapEvent.FundingSeen(Role.Initiator, found.OutPoint, found.InitiatorAmount, found.Height);
        return SwapMachine.Decide(swap, seen, then).Swap;
    }

    private static OwnTransaction Written(Role leg, Transaction transaction, OutPoint outPoint, int height) => new(
        OwnTransactionKind.Funding, leg, outPoint, transaction.Id, transaction.ToHex(), 0, 0, height, height);

    // The greatest price whose notional it may be; for people only.
    private static long PriceOf(Swap swap) => (long)Int128.Min(
        (Int128)swap.ParticipantAmount.Sats * Amount.Coin / Math.Max(1, swap.InitiatorAmount.Sats), long.MaxValue);
}
