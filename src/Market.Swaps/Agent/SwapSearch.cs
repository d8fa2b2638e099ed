using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;

namespace Market.Swaps.Agent;

/// <summary>A swap of one's own that a transaction of the sharechain tells of.</summary>
/// <param name="KeyIndex">The number that its keys derive from.</param>
/// <param name="Role">The own role.</param>
/// <param name="Annotation">Its terms.</param>
/// <param name="Lock">The initiator's lock, which carries them.</param>
/// <param name="Height">The lock's height on the sharechain; null in the mempool.</param>
/// <param name="Time">Median time past of the lock's block, or of the tip: Unix seconds.</param>
public sealed record FoundSwap(
    uint KeyIndex, Role Role, SwapAnnotation Annotation, Transaction Lock, int? Height, long Time)
{
    /// <summary>The payment that the annotation describes.</summary>
    public OutPoint OutPoint => new(Lock.Id, Annotation.Index);

    /// <summary>Base units that the initiator locked.</summary>
    public Amount InitiatorAmount => Lock.Outputs[Annotation.Index].Value;

    /// <summary>The terms, with the payout script that stands beside.</summary>
    public AgreedTerms Terms { get; } = Annotation.ToTerms(PayoutOf(Lock, Annotation.Index));

    private static Script? PayoutOf(Transaction transaction, byte index)
    {
        foreach (var output in transaction.Outputs)
        {
            if (PayoutAnnotation.TryRead(output, out var at, out var script) && at == index)
            {
                return script;
            }
        }

        return null;
    }
}

/// <summary>
/// Finds the swaps of a seed on the sharechain (laws 10 and 11): annotations that name both keys of one of its numbers, and, where
/// they name it as the initiator, its hash too. Pure: it is shown transactions, in the order of their blocks.
/// </summary>
/// <param name="keysOf">The public keys of a number: claim and refund.</param>
/// <param name="hashOf">The payment hash of a number.</param>
public sealed class SwapSearch(Func<uint, (PublicKey Claim, PublicKey Refund)> keysOf, Func<uint, PaymentHash> hashOf)
{
    /// <summary>
    /// An agent gives no number out that is so far beyond the highest one which is on the chain: else a market that opens swaps
    /// which never lock could lead it to where no search looks.
    /// </summary>
    public const uint MostUnlocked = 1_000;

    /// <summary>What the counter goes on by after a search: more than could have been given out and left no trace.</summary>
    public const uint Jump = MostUnlocked;

    /// <summary>Numbers looked for beyond the highest found: the jump of three restores in a row, none of which locked anything,
    /// and what the agent may give out after.</summary>
    public const uint Gap = 3 * Jump + MostUnlocked;

    // Once a key was seen, anybody can write annotations that name it. Each locks shares to it: those that lock most are kept.
    private const int MostOfOneNumber = 256;

    private readonly Dictionary<PublicKey, uint> _claims = [];
    private readonly Dictionary<PublicKey, uint> _refunds = [];
    private readonly Dictionary<(uint Index, Role Role), Dictionary<(SwapAnnotation Terms, Amount Locked), FoundSwap>> _found = [];
    private uint _end;

    /// <summary>The highest number found; null where none was.</summary>
    public uint? Highest { get; private set; }

    /// <summary>The first number that is surely fresh.</summary>
    public uint Next => (Highest is { } highest ? highest + 1 : 0) + Jump;

    /// <summary>What was found, in the order of the numbers.</summary>
    public ImmutableArray<FoundSwap> Found =>
    [
        .. _found.Values.SelectMany(same => same.Values)
            .OrderBy(swap => swap.KeyIndex).ThenBy(swap => swap.Height ?? int.MaxValue),
    ];

    /// <summary>Takes a transaction in. Where the same amount is locked to the same terms several times over, the first in a block
    /// stands: another amount is another swap, since anybody may pay a little to terms that he has seen.</summary>
    /// <param name="transaction">Of the sharechain.</param>
    /// <param name="height">Of its block; null in the mempool.</param>
    /// <param name="time">Median time past there, Unix seconds.</param>
    public void Look(Transaction transaction, int? height, long time)
    {
        if (SwapAnnotation.OfLock(transaction) is not { } annotation)
        {
            return;
        }

        Extend();
        if (NumberOf(annotation.InitiatorClaim, annotation.InitiatorRefund) is { } first && hashOf(first) == annotation.Hash)
        {
            Keep(new FoundSwap(first, Role.Initiator, annotation, transaction, height, time));
        }

        if (NumberOf(annotation.ParticipantClaim, annotation.ParticipantRefund) is { } second)
        {
            Keep(new FoundSwap(second, Role.Participant, annotation, transaction, height, time));
        }
    }

    private void Keep(FoundSwap swap)
    {
        if (!_found.TryGetValue((swap.KeyIndex, swap.Role), out var same))
        {
            _found[(swap.KeyIndex, swap.Role)] = same = [];
        }

        Highest = Math.Max(Highest ?? 0, swap.KeyIndex);
        var key = (swap.Annotation, swap.InitiatorAmount);
        if (same.TryGetValue(key, out var before))
        {
            if (before.Height is null && swap.Height is not null)
            {
                same[key] = swap;
            }

            return;
        }

        same[key] = swap;
        if (same.Count > MostOfOneNumber)
        {
            same.Remove(same.MinBy(pair => pair.Value.InitiatorAmount.Sats).Key);
        }
    }

    private uint? NumberOf(PublicKey claim, PublicKey refund) =>
        _claims.TryGetValue(claim, out var index) && _refunds.TryGetValue(refund, out var other) && index == other ? index : null;

    private void Extend()
    {
        var end = Math.Min((Highest is { } highest ? highest + 1 : 0) + Gap, KeyPath.Hardened);
        for (; _end < end; _end++)
        {
            var (claim, refund) = keysOf(_end);
            _claims[claim] = _end;
            _refunds[refund] = _end;
        }
    }
}
