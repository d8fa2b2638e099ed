using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Market.Bitcoin;

namespace Market.Swaps.Agent;

/// <summary>What a transaction of a swap is for.</summary>
public enum OwnTransactionKind
{
    /// <summary>Locks a leg: the own one, or the counterparty's, kept to be broadcast again.</summary>
    Funding,

    /// <summary>Takes the counterparty's leg.</summary>
    Claim,

    /// <summary>Takes the own leg back.</summary>
    Refund,

    /// <summary>Spends the coins of an own lock that is in no block elsewhere: once buried, the lock is conflicted for
    /// good.</summary>
    Conflict,

    /// <summary>Spends the change of an own lock at a fee that pays for both, where nodes do not replace the lock.</summary>
    Child,
}

/// <summary>A coin of the wallet that an own transaction spends.</summary>
/// <param name="OutPoint">Its name.</param>
/// <param name="Value">Base units.</param>
/// <param name="Script">Its script.</param>
public sealed record SpentCoin(OutPoint OutPoint, Amount Value, Script Script);

/// <summary>
/// A transaction written down before it was broadcast. From then on it counts as known to everybody: whoever was given it may
/// bring it into a block as long as the coins that it spends are not spent, and buried, otherwise.
/// </summary>
/// <param name="Kind">What for.</param>
/// <param name="Leg">The role whose leg it funds or spends.</param>
/// <param name="OutPoint">The payment that it spends; with a funding the payment that it makes.</param>
/// <param name="TxId">Its id.</param>
/// <param name="Hex">The transaction with its witness.</param>
/// <param name="SatsPerKvB">Its feerate.</param>
/// <param name="Attempt">0 for the first, one more for each replacement.</param>
/// <param name="MadeAt">The chain's height when it was made.</param>
/// <param name="SentAt">The chain's height when a node last took it, or of the block that it was last seen in where that is higher;
/// null where no node is known to have taken it.</param>
/// <param name="TooCheap">A node refused its fee: it is replaced at once by one that pays more.</param>
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
    private Transaction? _parsed;

    /// <summary>The wallet's coins that it spends; empty with claims, refunds and the counterparty's lock.</summary>
    public ImmutableArray<SpentCoin> Spends { get; init; } = [];

    /// <summary>The transaction.</summary>
    [JsonIgnore]
    public Transaction Transaction => _parsed ??= Transaction.Parse(Market.Bitcoin.Encoding.Hex.Decode(Hex));

    /// <summary>What it pays; only where it spends coins of the wallet.</summary>
    [JsonIgnore]
    public Amount Fee => new(Spends.Sum(coin => coin.Value.Sats) - Transaction.Outputs.Sum(output => output.Value.Sats));

    /// <inheritdoc/>
    public bool Equals(OwnTransaction? other) => other is not null
        && (Kind, Leg, OutPoint, TxId, SatsPerKvB, Attempt, MadeAt, SentAt, TooCheap)
            == (other.Kind, other.Leg, other.OutPoint, other.TxId, other.SatsPerKvB, other.Attempt, other.MadeAt, other.SentAt,
                other.TooCheap)
        && Hex == other.Hex && Spends.SequenceEqual(other.Spends);

    /// <inheritdoc/>
    public override int GetHashCode() => TxId.GetHashCode();
}
