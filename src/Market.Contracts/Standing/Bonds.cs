namespace Market.Contracts;

/// <summary>Which way coins are at stake.</summary>
public enum BondKind
{
    /// <summary>Locked by the bond's script until a time: wsh(and_v(v:pk(KEY),after(T))).</summary>
    Locked,

    /// <summary>Burned for the account: OP_RETURN push("burn" and the account's 32 bytes), with value.</summary>
    Burned,
}

/// <summary>Says that coins on a chain are an account's stake.</summary>
public sealed record ProveBond
{
    /// <summary>The chain: mainchain, or a sharechain as in paths.</summary>
    public required string Chain { get; init; }

    /// <summary>The output: txid:index.</summary>
    public required string Coin { get; init; }

    /// <summary>Which way.</summary>
    public required BondKind Kind { get; init; }

    /// <summary>Of locked coins: the lock's compressed public key, 66 hex digits.</summary>
    public string? Key { get; init; }

    /// <summary>Of locked coins: the lock's time, Unix seconds.</summary>
    public long? Locktime { get; init; }

    /// <summary>Of locked coins: BIP322's simple form by the lock's key, for its P2WPKH, over the bond's text.</summary>
    public string? Signature { get; init; }
}

/// <summary>Coins at stake that count for an account.</summary>
public sealed record Bond
{
    /// <summary>The account: hex of its x-only key.</summary>
    public required string Account { get; init; }

    /// <summary>The chain's own name: the network's, or the sharechain's.</summary>
    public required string Chain { get; init; }

    /// <summary>The output: txid:index.</summary>
    public required string Coin { get; init; }

    /// <summary>Which way.</summary>
    public required BondKind Kind { get; init; }

    /// <summary>V = (c (e^(rT) - 1))^1.3 as it stood at the newest blocks, c in satoshi, r 1.5 % a year, T the time left: a whole
    /// number as
    /// a decimal string.</summary>
    public required string Value { get; init; }

    /// <summary>From when on it counts no more.</summary>
    public required DateTimeOffset Until { get; init; }
}
