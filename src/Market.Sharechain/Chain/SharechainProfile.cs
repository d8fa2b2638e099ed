using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>How the reward of a mainchain block is handed out.</summary>
public enum PayoutKind
{
    /// <summary>One or more shareholders drawn at random by weight take all.</summary>
    RandomShareholder,

    /// <summary>The holders of a window of the newest work share it (PPLNS).</summary>
    Window,

    /// <summary>As <see cref="RandomShareholder"/>, and the winning output is destroyed.</summary>
    RandomRedeemed,
}

/// <summary>A design of sharechain: one validator, and a row of parameters for each. Immutable.</summary>
public sealed record SharechainProfile
{
    /// <summary>The row's name, such as "p2share-devnet".</summary>
    public required string Name { get; init; }

    /// <summary>Seconds between shares that the difficulty aims at.</summary>
    public required int TargetSpacing { get; init; }

    /// <summary>ASERT's half life in seconds.</summary>
    public required int AsertHalfLife { get; init; }

    /// <summary>No target is easier.</summary>
    public required CompactTarget EasiestBits { get; init; }

    /// <summary>
    /// Where a block comes more than so many seconds after its parent it becomes ASERT's new anchor, with genesis'
    /// bits: a devnet that was switched off does not owe the blocks of the night. Null: genesis is the only anchor.
    /// </summary>
    public int? ReanchorAfter { get; init; }

    /// <summary>The first block. It has no transactions and no proof.</summary>
    public required ShareHeader Genesis { get; init; }

    /// <summary>The first block's id.</summary>
    public ShareId GenesisId => ShareId.Of(Genesis, null);

    /// <summary>Base units minted a block.</summary>
    public required IssuanceSchedule Issuance { get; init; }

    /// <summary>A sharebase of height h may be spent at height h + this and after.</summary>
    public required int Maturity { get; init; }

    /// <summary>Who is paid.</summary>
    public required PayoutKind Payout { get; init; }

    /// <summary>Shareholders drawn a block, who share its reward equally (K).</summary>
    public int Winners { get; init; } = 1;

    /// <summary>Blocks after which shares expire; null for never.</summary>
    public int? WindowBlocks { get; init; }

    /// <summary>Holders paid from a window; null for all.</summary>
    public int? WindowHolders { get; init; }

    /// <summary>Uncles a block may name.</summary>
    public int MaxUncles { get; init; }

    /// <summary>Transactions a block may have, sharebase included.</summary>
    public int MaxTransactions { get; init; } = int.MaxValue;

    /// <summary>Weight units a block may have.</summary>
    public int MaxWeight { get; init; } = 1_000_000;

    /// <summary>Signature operations a block may have, at their cost (BIP141).</summary>
    public int MaxSigOpCost { get; init; } = 80_000;

    /// <summary>Seconds that a header may be ahead of the local clock.</summary>
    public int MaxFutureSeconds { get; init; } = 120;

    /// <summary>Mainchain blocks that a share may build below the highest that an ancestor built on.</summary>
    public int MainLag { get; init; } = 3;

    /// <summary>
    /// Blocks below the tip whose work a branch must reach before its shares are asked for or kept. No rule of consensus: a
    /// branch that grows is weighed again.
    /// </summary>
    public int ReorgBound { get; init; } = 288;

    /// <summary>Human-readable part of addresses (BIP173).</summary>
    public required string AddressPrefix { get; init; }

    /// <summary>
    /// True where this build enforces every rule of the row. A row without that holds the design's figures for
    /// comparison; no chain runs on it.
    /// </summary>
    public bool IsEnforced { get; init; }

    /// <summary>Every row.</summary>
    public static ImmutableArray<SharechainProfile> All =>
        [SharechainProfiles.P2Share, SharechainProfiles.P2ShareDevnet, SharechainProfiles.P2PoolV2,
            SharechainProfiles.P2Pool, SharechainProfiles.P2ShareRedeem];

    /// <summary>The row of a name; null where there is none.</summary>
    public static SharechainProfile? Find(string name) =>
        All.FirstOrDefault(profile => string.Equals(profile.Name, name, StringComparison.Ordinal));

    /// <summary>The row that a network's market trades: test networks, whose blocks cost nothing, have the devnet's.</summary>
    /// <param name="network">A network's name (<see cref="NetworkProfile"/>).</param>
    /// <exception cref="NotSupportedException">There is no network of that name.</exception>
    public static SharechainProfile Of(string network) =>
        Find(NetworkProfile.Of(network).Sharechain) ?? throw new InvalidOperationException($"{network} names no sharechain.");

    /// <summary>What the ledger asks of this chain's transactions.</summary>
    public LedgerRules Rules(IScriptRules scripts) => new(
        Maturity, MaxWeight, MaxSigOpCost, Issuance, true, WitnessCommitmentRule.Elsewhere, scripts);
}

/// <summary>The rows of <see cref="SharechainProfile"/>.</summary>
public static class SharechainProfiles
{
    private const int Day = 86_400;

    /// <summary>Shares that never expire, 50 a block; one random shareholder takes all.</summary>
    public static SharechainProfile P2Share { get; } = new()
    {
        Name = "p2share",
        TargetSpacing = 600,
        AsertHalfLife = 2 * Day,
        EasiestBits = new CompactTarget(0x1d00ffff),
        Genesis = GenesisOf(1_798_761_600, 0x1d00ffff),
        Issuance = IssuanceSchedule.Bitcoin,
        Maturity = 100,
        Payout = PayoutKind.RandomShareholder,
        AddressPrefix = "shr",
        IsEnforced = true,
    };

    /// <summary>The same rules in seconds.</summary>
    public static SharechainProfile P2ShareDevnet { get; } = P2Share with
    {
        Name = "p2share-devnet",
        TargetSpacing = 2,
        AsertHalfLife = 60,
        EasiestBits = new CompactTarget(0x2000ffff),
        ReanchorAfter = 600,
        Genesis = GenesisOf(1_767_225_600, 0x1f0fffff),
        Maturity = 5,
        AddressPrefix = "dshr",
    };

    /// <summary>A window of the newest work, paid to its 20 largest holders; uncles.</summary>
    public static SharechainProfile P2PoolV2 { get; } = P2Share with
    {
        Name = "p2poolv2",
        TargetSpacing = 10,
        Maturity = 6_048,
        Payout = PayoutKind.Window,
        WindowBlocks = 120_960,
        WindowHolders = 20,
        MaxUncles = 3,
        MaxTransactions = 100,
        IsEnforced = false,
    };

    /// <summary>A window of the newest work, paid to every holder.</summary>
    public static SharechainProfile P2Pool { get; } = P2Share with
    {
        Name = "p2pool",
        TargetSpacing = 30,
        Maturity = 8_640,
        Payout = PayoutKind.Window,
        WindowBlocks = 8_640,
        IsEnforced = false,
    };

    /// <summary>As p2share, and the winning output is bought back.</summary>
    public static SharechainProfile P2ShareRedeem { get; } = P2Share with
    {
        Name = "p2share-redeem",
        Payout = PayoutKind.RandomRedeemed,
        IsEnforced = false,
    };

    private static ShareHeader GenesisOf(uint time, uint bits) =>
        new(1, default, [], 0, time, new CompactTarget(bits), Hash256.Zero, Hash256.Zero);
}
