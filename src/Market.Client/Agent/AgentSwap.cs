using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Client.Wallets;
using Market.Contracts;
using Market.Swaps;

namespace Market.Client.Agent;

/// <summary>What a transaction of a swap is for.</summary>
public enum OwnTransactionKind
{
    /// <summary>Locks a leg: the own one, or the counterparty's, kept to be broadcast again.</summary>
    Funding,

    /// <summary>Takes the counterparty's leg.</summary>
    Claim,

    /// <summary>Takes the own leg back.</summary>
    Refund,

    /// <summary>Takes the coins of an own lock back that is in no block: it can be in none any more.</summary>
    Abandon,
}

/// <summary>A coin of the wallet that an own lock spends.</summary>
/// <param name="OutPoint">Its name.</param>
/// <param name="Value">Base units.</param>
/// <param name="Script">Its script.</param>
public sealed record SpentCoin(OutPoint OutPoint, Amount Value, Script Script);

/// <summary>A transaction written down before it was broadcast.</summary>
/// <param name="Kind">What for.</param>
/// <param name="Leg">The role whose leg it funds or spends.</param>
/// <param name="OutPoint">The payment that it spends; with a funding the payment that it makes.</param>
/// <param name="TxId">Its id.</param>
/// <param name="Hex">The transaction with its witness.</param>
/// <param name="SatsPerKvB">Its feerate.</param>
/// <param name="Attempt">0 for the first, one more for each replacement.</param>
/// <param name="MadeAt">The chain's height when it was made.</param>
/// <param name="SentAt">The chain's height when it was last broadcast with success, or of the block that it was last seen in where
/// that is higher; null before.</param>
/// <param name="TooCheap">The network refused its fee: the next is built with a higher one.</param>
public sealed record OwnTransaction(
    OwnTransactionKind Kind,
    Role Leg,
    OutPoint OutPoint,
    TxId TxId,
    string Hex,
    long SatsPerKvB,
    int Attempt,
    int MadeAt,
    int? SentAt,
    bool TooCheap = false)
{
    /// <summary>What an own lock spends, so that it can be replaced; empty with all others.</summary>
    public ImmutableArray<SpentCoin> Spends { get; init; } = [];

    /// <summary>With an own lock: the transaction as the wallet made it; null where its coins are not known.</summary>
    internal WalletTransaction? AsMade() => Spends.Length == 0
        ? null
        : new WalletTransaction(
            Transaction.Parse(Market.Bitcoin.Encoding.Hex.Decode(Hex)),
            [.. Spends.Select(coin => new SpendableCoin(coin.OutPoint, new TxOut(coin.Value, coin.Script)))]);
}

/// <summary>
/// One swap as its agent keeps it: written to disk before anything is broadcast, so that a crash between any two
/// steps resumes.
/// Holds no key and no unrevealed preimage but in a claim that is about to be broadcast.
/// </summary>
public sealed record AgentSwap
{
    /// <summary>The machine's record.</summary>
    public required Swap Swap { get; init; }

    /// <summary>The own role.</summary>
    public required Role Role { get; init; }

    /// <summary>The instrument traded.</summary>
    public required string Instrument { get; init; }

    /// <summary>Satoshis per whole share.</summary>
    public required long Price { get; init; }

    /// <summary>The own order that it came from.</summary>
    public string? ClientOrderId { get; init; }

    /// <summary>The sharechain's height when it was opened: no payment is lower.</summary>
    public required int ShareHeight { get; init; }

    /// <summary>The mainchain's height when it was opened: no payment is lower.</summary>
    public required int CoinHeight { get; init; }

    /// <summary>The transactions written down.</summary>
    public ImmutableArray<OwnTransaction> Transactions { get; init; } = [];

    /// <summary>Why the agent will not go on with it; it locks nothing then, and only takes back what it locked before.
    /// </summary>
    public string? Refused { get; init; }

    /// <summary>The script that what is claimed goes to, on the counterparty's chain, once one was given out.</summary>
    public Script? Destination { get; init; }

    /// <summary>The script that what is taken back goes to, on the own chain, once one was given out.</summary>
    public Script? WayBack { get; init; }

    /// <summary>The swap's id.</summary>
    public string Id => Swap.Id;

    /// <summary>The own side.</summary>
    public Side Side => Role == Role.Initiator ? Side.Sell : Side.Buy;

    /// <summary>An expired swap's own lock, broadcast and never seen again, is looked out for no longer.</summary>
    public bool LetGo { get; init; }

    /// <summary>Nothing is left to do.</summary>
    public bool IsOver => Swap.Terms is null
        ? Swap.Closed || Refused is not null
        : Swap.Closed && (LetGo || Swap.Phase != SwapPhase.Expired || Newest(OwnTransactionKind.Funding, Role) is null);

    /// <summary>The newest transaction of a kind for a leg; null where there is none.</summary>
    public OwnTransaction? Newest(OwnTransactionKind kind, Role leg, OutPoint? spends = null)
    {
        for (var i = Transactions.Length - 1; i >= 0; i--)
        {
            var candidate = Transactions[i];
            if (candidate.Kind == kind && candidate.Leg == leg && (spends is null || candidate.OutPoint == spends))
            {
                return candidate;
            }
        }

        return null;
    }
}
