namespace Market.Contracts;

/// <summary>Where a proved coin stands.</summary>
public enum OutpointState
{
    /// <summary>On its chain, and no order draws on it.</summary>
    Free,

    /// <summary>On its chain, and orders draw on it.</summary>
    Ordered,

    /// <summary>A swap of the account that is not closed has locked it.</summary>
    InSwap,

    /// <summary>Spent elsewhere, in a block or waiting for one.</summary>
    Spent,

    /// <summary>Its transaction is not on the chain any more, and does not wait for it either. It counts again once it
    /// is.</summary>
    Gone,

    /// <summary>Its proof has expired; it can be proved again.</summary>
    Expired,
}

/// <summary>Coins that orders of the account may draw on from now on, each proved by its address. All of them are taken, or
/// none.</summary>
public sealed record ProveOutpoints
{
    /// <summary>The most outpoints in one request.</summary>
    public const int Most = 20;

    /// <summary>The most that an account may have proved.</summary>
    public const int MostOfAccount = 200;

    /// <summary>The longest time until a proof expires, in days.</summary>
    public const int MostDays = 90;

    /// <summary>Their chain: mainchain, sharechain where there is one, or a sharechain's own name.</summary>
    public required string Chain { get; init; }

    /// <summary>Until when orders may stand on them, in whole milliseconds, within 90 days.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The coins; the address of each signs <see cref="OutpointsText"/>.</summary>
    public required IReadOnlyList<OutpointProof> Outpoints { get; init; }
}

/// <summary>Coins that were proved, and where they stand.</summary>
public sealed record ProvedOutpoints
{
    /// <summary>The coins, in the order in which they were sent.</summary>
    public required IReadOnlyList<ProvedOutpoint> Outpoints { get; init; }
}

/// <summary>A coin that orders of the account may draw on, and where it stands.</summary>
public sealed record ProvedOutpoint
{
    /// <summary>"txid:index".</summary>
    public required string Outpoint { get; init; }

    /// <summary>Its chain: mainchain, or the sharechain's own name.</summary>
    public required string Chain { get; init; }

    /// <summary>What it is of: BTC, or a sharechain's shares.</summary>
    public required string Asset { get; init; }

    /// <summary>What it holds: satoshis or base units, a whole number.</summary>
    public required string Value { get; init; }

    /// <summary>Where it stands.</summary>
    public required OutpointState State { get; init; }

    /// <summary>How much of it orders draw on; what swaps that they matched still need is in it.</summary>
    public required string Promised { get; init; }

    /// <summary>How much of it another order may draw on.</summary>
    public required string Free { get; init; }

    /// <summary>The orders that draw on it.</summary>
    public required IReadOnlyList<OutpointOrder> Orders { get; init; }

    /// <summary>In a swap: which one.</summary>
    public string? SwapId { get; init; }

    /// <summary>True for what a swap left of a proved coin: it is proved as that was.</summary>
    public required bool Change { get; init; }

    /// <summary>When it was proved.</summary>
    public required DateTimeOffset ProvedAt { get; init; }

    /// <summary>Until when orders may stand on it; then they are made smaller, or cancelled.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>What an order draws on a proved coin.</summary>
public sealed record OutpointOrder
{
    /// <summary>The order's instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>The market's id of it.</summary>
    public required string Id { get; init; }

    /// <summary>The client's id of it.</summary>
    public required string ClientOrderId { get; init; }

    /// <summary>How much of the coin: satoshis or base units, a whole number.</summary>
    public required string Amount { get; init; }
}

/// <summary>What an account has shown that it holds, by asset. The market holds none of it.</summary>
public sealed record Balances
{
    /// <summary>BTC first, then each sharechain's shares.</summary>
    public required IReadOnlyList<AssetBalance> Assets { get; init; }
}

/// <summary>What an account has shown that it holds of one asset, in satoshis or base units, as whole numbers.</summary>
public sealed record AssetBalance
{
    /// <summary>BTC, or the sharechain's shares.</summary>
    public required string Asset { get; init; }

    /// <summary>Its chain: mainchain, or the sharechain's own name.</summary>
    public required string Chain { get; init; }

    /// <summary>Proved, unspent, and promised to no order.</summary>
    public required string Free { get; init; }

    /// <summary>Promised to orders: parts of proved coins, and coins whose proof came with an order.</summary>
    public required string Ordered { get; init; }

    /// <summary>Locked by the account in swaps that are not over.</summary>
    public required string InSwap { get; init; }
}
