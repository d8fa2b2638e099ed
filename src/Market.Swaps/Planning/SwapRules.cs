using Market.Bitcoin;

namespace Market.Swaps;

/// <summary>How a chain moves, as far as swaps are concerned.</summary>
/// <param name="SpacingSeconds">Mean seconds between blocks.</param>
/// <param name="Confirmations">Least depth at which a funding counts as locked: reorganisations of more are not expected.</param>
/// <param name="Buried">Least depth at which a claim or refund counts as final.</param>
/// <param name="AheadSeconds">How far ahead of the clock consensus lets a block's time be.</param>
/// <param name="BlockWorth">What the work of one block earns elsewhere, in satoshis: what a reorganisation by one block
/// costs.</param>
public sealed record ChainPace(int SpacingSeconds, int Confirmations, int Buried, int AheadSeconds, Amount BlockWorth)
{
    /// <summary>Two days of Bitcoin's blocks.</summary>
    public const int MostConfirmations = 288;

    /// <summary>No swap asks for more: beyond, an order is too large for its chain.</summary>
    public int Most { get; init; } = MostConfirmations;

    /// <summary>Seconds within which so many blocks come but for one chance in a thousand.</summary>
    public int Within(int confirmations) => ConfirmationTime.Quantile(confirmations, SpacingSeconds);

    /// <summary>The depth at which undoing a lock costs more than what it would steal.</summary>
    /// <param name="worth">What is at stake, in satoshis.</param>
    public int ConfirmationsFor(Amount worth) =>
        (int)Math.Clamp(worth.Sats / Math.Max(1, BlockWorth.Sats) + 1, Confirmations, Most);
}

/// <summary>What the planner derives every time of a swap from.</summary>
public sealed record SwapRules
{
    // A subsidy that holds for years: depths of both parties are the same on both sides of a halving.
    private const int WorthAtHeight = 1_050_000;

    private const int Minute = 60;
    private const int FreeSpacing = 10;

    // A sharechain of real Bitcoin counts as a hundredth of its hashrate.
    private const int PoolShare = 100;

    /// <summary>The sharechain.</summary>
    public required ChainPace Share { get; init; }

    /// <summary>The mainchain.</summary>
    public required ChainPace Coin { get; init; }

    /// <summary>Shares expire: a swap of them must be over before.</summary>
    public bool SharesExpire { get; init; }

    /// <summary>Seconds within which both parties give their keys after the match.</summary>
    public required int KeysWithinSeconds { get; init; }

    /// <summary>Seconds within which the initiator broadcasts its lock once the terms are fixed.</summary>
    public required int LockWithinSeconds { get; init; }

    /// <summary>Seconds that a running agent may take from seeing a block to its transaction's being relayed.</summary>
    public required int ReactionSeconds { get; init; }

    /// <summary>Times a claim may have to be replaced with a higher fee before it confirms.</summary>
    public required int FeeBumpRounds { get; init; }

    /// <summary>Seconds by which clocks and the times of honest blocks may differ.</summary>
    public required int ClockSkewSeconds { get; init; }

    /// <summary>Seconds by which the clocks of two agents may differ.</summary>
    public required int AgentSkewSeconds { get; init; }

    /// <summary>Seconds that an honest party may be offline while its claim is due.</summary>
    public required int OfflineSeconds { get; init; }

    /// <summary>Spans are rounded up to multiples of this.</summary>
    public required int RoundSeconds { get; init; }

    /// <summary>Bitcoin's mainnet with a sharechain of the same pace: T_short 12 h, T_long 24 h, reveal margin 2 h.</summary>
    public static SwapRules Mainnet { get; } = Of(NetworkProfile.Of("mainnet"));

    /// <summary>The development chains: the same rules in minutes.</summary>
    public static SwapRules Devnet { get; } = Of(NetworkProfile.Of("devnet"));

    /// <summary>
    /// The rules of a network: what its chains are gives paces, header times and what undoing a block costs; networks whose blocks
    /// are free run in minutes, all others in hours. Shares of another row than the network's own have another pace: their rules
    /// are those of the network with that row as its sharechain.
    /// </summary>
    /// <param name="network">The network, with the sharechain whose shares are swapped.</param>
    public static SwapRules Of(NetworkProfile network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var free = network.BlocksAreFree;
        var worth = network.WorthOfBlock(free ? 0 : WorthAtHeight).Sats;
        var share = worth * network.ShareSpacing / network.Spacing / (free ? 1 : PoolShare);
        return new SwapRules
        {
            Share = new ChainPace(
                network.ShareSpacing, free ? 3 : 6, free ? 3 : 6, network.ShareMaxFutureSeconds, new Amount(share))
            {
                Most = free ? ChainPace.MostConfirmations : MostOf(network),
            },

            // Where blocks are free they are made as often as they are wanted, whatever spacing the rules aim at.
            Coin = new ChainPace(
                free ? Math.Min(network.Spacing, FreeSpacing) : network.Spacing, free ? 2 : 3, free ? 2 : 6,
                    network.MaxFutureSeconds, new Amount(worth)),
            SharesExpire = network.SharesExpire,
            KeysWithinSeconds = free ? 30 : 30 * Minute,
            LockWithinSeconds = free ? 30 : 60 * Minute,
            ReactionSeconds = free ? 5 : 30 * Minute,
            FeeBumpRounds = 2,
            ClockSkewSeconds = free ? 5 : 120 * Minute,
            AgentSkewSeconds = free ? 5 : Minute,
            OfflineSeconds = free ? 60 : 120 * Minute,
            RoundSeconds = free ? 15 : 120 * Minute,
        };
    }

    // As long as two days of Bitcoin's blocks: blocks that come faster are worth less each, and an amount asks for more of them.
    private static int MostOf(NetworkProfile network) => Math.Min(
        ConfirmationTime.MostConfirmations, ChainPace.MostConfirmations * network.Spacing / network.ShareSpacing);
}
