namespace Market.Swaps;

/// <summary>How a chain moves, as far as swaps are concerned.</summary>
/// <param name="SpacingSeconds">Mean seconds between blocks.</param>
/// <param name="Confirmations">Depth at which a funding counts as locked: reorganisations of more are not
/// expected.</param>
/// <param name="Buried">Depth at which a claim or refund counts as final.</param>
public sealed record ChainPace(int SpacingSeconds, int Confirmations, int Buried)
{
    /// <summary>Seconds within which so many blocks come but for one chance in a thousand.</summary>
    public int Within(int confirmations) => ConfirmationTime.Quantile(confirmations, SpacingSeconds);
}

/// <summary>What the planner derives every time of a swap from.</summary>
public sealed record SwapRules
{
    /// <summary>The sharechain.</summary>
    public required ChainPace Share { get; init; }

    /// <summary>The mainchain.</summary>
    public required ChainPace Coin { get; init; }

    /// <summary>Seconds within which both parties give their keys after the match.</summary>
    public required int KeysWithinSeconds { get; init; }

    /// <summary>Seconds within which the initiator broadcasts its lock once the terms are fixed.</summary>
    public required int LockWithinSeconds { get; init; }

    /// <summary>Seconds that a running agent may take from seeing a block to its transaction's being relayed.</summary>
    public required int ReactionSeconds { get; init; }

    /// <summary>Times a claim may have to be replaced with a higher fee before it confirms.</summary>
    public required int FeeBumpRounds { get; init; }

    /// <summary>Seconds by which clocks and block times may differ.</summary>
    public required int ClockSkewSeconds { get; init; }

    /// <summary>Seconds that an honest party may be offline while its claim is due.</summary>
    public required int OfflineSeconds { get; init; }

    /// <summary>Spans are rounded up to multiples of this.</summary>
    public required int RoundSeconds { get; init; }

    /// <summary>Bitcoin's mainnet with a sharechain of the same pace: T_short 12 h, T_long 24 h, reveal margin 2
    /// h.</summary>
    public static SwapRules Mainnet { get; } = new()
    {
        Share = new ChainPace(600, 6, 6),
        Coin = new ChainPace(600, 3, 6),
        KeysWithinSeconds = 30 * 60,
        LockWithinSeconds = 60 * 60,
        ReactionSeconds = 30 * 60,
        FeeBumpRounds = 2,
        ClockSkewSeconds = 2 * 60 * 60,
        OfflineSeconds = 3 * 60 * 60,
        RoundSeconds = 2 * 60 * 60,
    };

    /// <summary>The development chains: the same rules in minutes.</summary>
    public static SwapRules Devnet { get; } = new()
    {
        Share = new ChainPace(2, 3, 3),
        Coin = new ChainPace(10, 2, 2),
        KeysWithinSeconds = 30,
        LockWithinSeconds = 30,
        ReactionSeconds = 5,
        FeeBumpRounds = 2,
        ClockSkewSeconds = 5,
        OfflineSeconds = 60,
        RoundSeconds = 15,
    };

    /// <summary>The rules of a network by its name: "devnet" and "regtest" run in minutes, all others in
    /// hours.</summary>
    public static SwapRules Of(string network) => network is "devnet" or "regtest" ? Devnet : Mainnet;
}
