using Market.Bitcoin;

namespace Market.Swaps.Agent;

/// <summary>
/// The secrets of swaps, by a number that the agent counts up itself: no two swaps ever share one, whatever the market calls them
/// (law 10). Callers dispose what they get.
/// </summary>
public interface ISwapKeys
{
    /// <summary>Claims the counterparty's leg.</summary>
    PrivateKey ClaimKey(uint index);

    /// <summary>Takes the own leg back.</summary>
    PrivateKey RefundKey(uint index);

    /// <summary>What opens the swap, where the agent initiates it.</summary>
    Preimage PreimageOf(uint index);
}

/// <summary>Builds and signs claims and refunds of a swap.</summary>
public static class SwapSpends
{
    /// <summary>Makes a claim or a refund; null where what is left would be dust.</summary>
    /// <param name="own">The swap.</param>
    /// <param name="act">What is asked for: a claim or a refund.</param>
    /// <param name="keys">The swap's secrets.</param>
    /// <param name="destination">Where it goes.</param>
    /// <exception cref="InvalidOperationException">A claim by a participant before the preimage is public.</exception>
    public static MadeTransaction? Make(AgentSwap own, AgentAct.Make act, ISwapKeys keys, Script destination)
    {
        var (contract, payment) = (own.Swap.Terms!.ContractOf(act.Leg), act.Spends!);
        Transaction? transaction;
        if (act.Kind == OwnTransactionKind.Refund)
        {
            using var key = keys.RefundKey(own.KeyIndex);
            transaction = contract.Refund(payment.OutPoint, payment.Amount, key, destination, act.Rate);
        }
        else
        {
            using var key = keys.ClaimKey(own.KeyIndex);
            var preimage = own.Swap.Preimage ?? Reveal(own, keys);
            transaction = contract.Claim(payment.OutPoint, payment.Amount, key, preimage, destination, act.Rate);
        }

        return transaction is null ? null : new MadeTransaction(transaction, []);
    }

    /// <summary>What a party gives for a swap, from its secrets.</summary>
    /// <param name="keys">The secrets.</param>
    /// <param name="index">The swap's number.</param>
    /// <param name="role">The own role.</param>
    /// <param name="payout">Where rewards go meanwhile; of whoever locks shares.</param>
    public static PartyKeys KeysOf(ISwapKeys keys, uint index, Role role, Script? payout)
    {
        using var claim = keys.ClaimKey(index);
        using var refund = keys.RefundKey(index);
        if (role == Role.Participant)
        {
            return new PartyKeys(claim.PublicKey, refund.PublicKey, null, payout);
        }

        using var preimage = keys.PreimageOf(index);
        return new PartyKeys(claim.PublicKey, refund.PublicKey, preimage.Hash, payout);
    }

    private static RevealedPreimage Reveal(AgentSwap own, ISwapKeys keys)
    {
        if (own.Role != Role.Initiator)
        {
            throw new InvalidOperationException("Only the initiator has a preimage to reveal.");
        }

        using var preimage = keys.PreimageOf(own.KeyIndex);
        return preimage.Reveal();
    }
}
