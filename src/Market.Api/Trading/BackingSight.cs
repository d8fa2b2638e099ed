using Market.Api.Data;
using Market.Bitcoin;
using Market.Chains;
using Market.Trading;

namespace Market.Api.Trading;

/// <summary>What was seen of a coin that stands behind an order, or did, with what the order's own swaps ask of its side.</summary>
/// <param name="Order">The order.</param>
/// <param name="Chain">The coin's chain.</param>
/// <param name="Legs">The order's legs on it.</param>
public abstract record BackingSight(OrderId Order, ChainKind Chain, OwnLegs Legs)
{
    /// <summary>The coin was spent. What is merged with shares of another series is of the oldest: no change of it stands behind
    /// the order.</summary>
    public sealed record Spent(
        OrderId Order, ChainKind Chain, OwnLegs Legs, OutPoint Coin, Transaction Spender, bool IsMerged = false)
        : BackingSight(Order, Chain, Legs)
    {
        /// <summary>A swap of the order's account spent it, of whichever order: then the change of a proved coin takes its place.
        /// </summary>
        public bool IsOwn { get; init; }

        /// <summary>Scripts of other proved coins of the account that it spent with this one: change to any of them is of all.
        /// </summary>
        public IReadOnlyList<Script> Scripts { get; init; } = [];
    }

    /// <summary>The coin's proof has expired, or was of no proved coin any more. Of orders that draw on it alone.</summary>
    public sealed record Lapsed(OrderId Order, ChainKind Chain, OwnLegs Legs, OutPoint Coin) : BackingSight(Order, Chain, Legs);

    /// <summary>The coin is gone, and nothing that funds one of the order's swaps spends it.</summary>
    public sealed record Lost(OrderId Order, ChainKind Chain, OwnLegs Legs, OutPoint Coin) : BackingSight(Order, Chain, Legs);

    /// <summary>The coin was the change of an own funding that is no more. Nobody spent it.</summary>
    public sealed record Undone(
        OrderId Order, ChainKind Chain, OwnLegs Legs, OutPoint Coin, IReadOnlyList<Transaction> Fundings)
        : BackingSight(Order, Chain, Legs);

    /// <summary>A dearer funding took the place of the one that spent the coin; its change is unspent, and of the series.</summary>
    public sealed record Replaced(OrderId Order, ChainKind Chain, OwnLegs Legs, Backing Before, Transaction Spender)
        : BackingSight(Order, Chain, Legs)
    {
        /// <summary>As of what was spent.</summary>
        public IReadOnlyList<Script> Scripts { get; init; } = [];

        /// <summary>Coins of the order that are not there now, as the former funding's change.</summary>
        public IReadOnlyList<OutPoint> Gone { get; init; } = [];
    }
}

/// <summary>What an order's side locks in one of its swaps.</summary>
/// <param name="Script">The contract's script; null until the terms are fixed.</param>
/// <param name="Amount">Satoshis or base units.</param>
/// <param name="Funding">The output that locks it, once seen.</param>
/// <param name="Expected">True while the swap still waits for that lock.</param>
public sealed record OwnLeg(Script? Script, long Amount, OutPoint? Funding, bool Expected);

/// <summary>The legs that an order's side locks in its swaps that are not closed, as they were read at one moment.</summary>
/// <param name="Legs">The legs.</param>
/// <param name="Newest">The order's newest trade at that moment; 0 where it had none.</param>
public sealed record OwnLegs(IReadOnlyList<OwnLeg> Legs, long Newest)
{
    /// <summary>Whether a transaction funds one of them.</summary>
    public bool AreFundedBy(Transaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return Legs.Any(leg => leg.Script is { } script && transaction.Outputs.Any(o => o.ScriptPubKey == script));
    }
}
