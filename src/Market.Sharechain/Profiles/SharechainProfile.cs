using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

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
    public required IssuanceRule Issuance { get; init; }

    /// <summary>The issuance by height.</summary>
    /// <exception cref="NotSupportedException">The row mints by work.</exception>
    public IssuanceSchedule Schedule => (Issuance as IssuanceRule.ByHeight)?.Schedule
        ?? throw new NotSupportedException($"{Name} mints by work: no height tells how much.");

    /// <summary>A sharebase of height h may be spent at height h + this and after; where it may be spent at all.</summary>
    public required int Maturity { get; init; }

    /// <summary>False where a sharebase is never spent: shares cannot change hands.</summary>
    public bool IsTransferable { get; init; } = true;

    /// <summary>Who is paid.</summary>
    public required PayoutDesign Payout { get; init; }

    /// <summary>Shareholders drawn a block, who share its reward equally (K); 0 where none is drawn.</summary>
    public int Winners => Payout switch
    {
        PayoutDesign.Drawn drawn => drawn.Winners,
        PayoutDesign.Redeemed => 1,
        _ => 0,
    };

    /// <summary>The window; null where shares never expire.</summary>
    public PayoutDesign.Window? Window => Payout as PayoutDesign.Window;

    /// <summary>
    /// Blocks of root heights that the market takes as one good (<see cref="Series"/>); null in rows whose shares never expire or
    /// do not change hands. No rule of consensus.
    /// </summary>
    public int? SeriesLength { get; init; }

    /// <summary>Uncles; null for none.</summary>
    public UncleRule? Uncles { get; init; }

    /// <summary>Weak shares; null for none.</summary>
    public WeakRule? Weak { get; init; }

    /// <summary>Late work; null where none is registered.</summary>
    public LateRule? Late { get; init; } = new(6, 144, 52_560, 1);

    /// <summary>Base units that every output has which can be spent; null where any amount is allowed.</summary>
    public Amount? WholeOutput { get; init; }

    /// <summary>
    /// Base units that every output has at least which can be spent: nodes keep each in memory until it is. Of a sharebase its
    /// first, and those that pay the makers of named shares, may have less: what they hold is told by the work.
    /// </summary>
    public Amount LeastOutput { get; init; } = new(294);

    /// <summary>
    /// Proposed rules of scripts that are active besides Bitcoin's. Bitcoin has none of them: what is paid there to a script that
    /// means to be held by one is anybody's, so whoever holds shares by such a script annotates it with another.
    /// </summary>
    public ScriptFlags Features { get; init; }

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

    /// <summary>Human-readable part of addresses (BIP173); no other row has the same.</summary>
    public required string AddressPrefix { get; init; }

    /// <summary>How its addresses are written.</summary>
    public Network Addresses =>
        (IsDevnet ? Network.SharechainDevnet : Network.Sharechain) with { Bech32Hrp = AddressPrefix };

    /// <summary>
    /// True where this build enforces every rule of the row. A row without that holds the design's figures for
    /// comparison; no chain runs on it.
    /// </summary>
    public bool IsEnforced { get; init; }

    /// <summary>The header's version: 2 where it has the fields of weak shares.</summary>
    public uint HeaderVersion => Weak is null ? ShareHeader.PlainVersion : ShareHeader.WeakVersion;

    /// <summary>Every row.</summary>
    public static ImmutableArray<SharechainProfile> All => SharechainProfiles.All;

    /// <summary>The row of a name; null where there is none.</summary>
    public static SharechainProfile? Find(string name) =>
        All.FirstOrDefault(profile => string.Equals(profile.Name, name, StringComparison.Ordinal));

    /// <summary>The row that a network's market trades: test networks, whose blocks cost nothing, have the devnet's.</summary>
    /// <param name="network">A network's name (<see cref="NetworkProfile"/>).</param>
    /// <exception cref="NotSupportedException">There is no network of that name.</exception>
    public static SharechainProfile Of(string network) =>
        Find(NetworkProfile.Of(network).Sharechain) ?? throw new InvalidOperationException($"{network} names no sharechain.");

    /// <summary>The row of a design on a network: test networks, whose blocks cost nothing, have its devnet.</summary>
    /// <param name="network">A network's name (<see cref="NetworkProfile"/>).</param>
    /// <param name="design">A design's name, such as "p2share".</param>
    /// <returns>Null where there is no such design.</returns>
    /// <exception cref="NotSupportedException">There is no network of that name.</exception>
    public static SharechainProfile? Of(string network, string design) =>
        Of(network).IsDevnet ? Find(design + NetworkProfile.DevnetMark) : Find(design) is { IsDevnet: false } row ? row : null;

    /// <summary>
    /// A network with this row as its sharechain: its own name, spacing and time ahead in place of those of the network's own
    /// row. What is planned by a network's figures, such as the clocks of swaps, is planned by these.
    /// </summary>
    /// <param name="network">The network.</param>
    public NetworkProfile On(NetworkProfile network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network with
        {
            Sharechain = Name,
            ShareSpacing = TargetSpacing,
            ShareMaxFutureSeconds = MaxFutureSeconds,
            SharesExpire = Window is not null,
        };
    }

    /// <summary>The name of the design that this is a row of: the same on all networks.</summary>
    public string Design => IsDevnet ? Name[..^NetworkProfile.DevnetMark.Length] : Name;

    /// <summary>True for a row in small numbers, of test networks.</summary>
    public bool IsDevnet => Name.EndsWith(NetworkProfile.DevnetMark, StringComparison.Ordinal);

    /// <summary>
    /// Why shares of this row are not swapped for bitcoin, in words; null where they are. A swap locks any amount for hours and
    /// expects to find it there.
    /// </summary>
    public string? WhyNotTraded => this switch
    {
        { IsEnforced: false } => "its rules are not enforced whole yet",
        { IsTransferable: false } => "its shares do not change hands",
        { Window: not null, SeriesLength: null } => "its shares expire, and nothing tells which of them are one good",
        { Payout: PayoutDesign.Redeemed } => "the output that wins is bought back, also one that stands behind an order",
        { WholeOutput: not null } => "its outputs are all of one size, so that what locks or claims them has no fee and no change",
        _ => null,
    };

    /// <summary>What the ledger asks of this chain's transactions; of a block besides what its sharebase mints
    /// (<see cref="Due"/>).</summary>
    /// <param name="scripts">Verifies scripts, of Bitcoin's rules: the row's own are added here.</param>
    public LedgerRules Rules(IScriptRules scripts) => new(
        IsTransferable ? Maturity : int.MaxValue, MaxWeight, MaxSigOpCost, Due(Amount.Zero), true, WitnessCommitmentRule.Elsewhere,
        Features == ScriptFlags.None ? scripts : scripts.With(Features))
    {
        OutputAmount = WholeOutput,
        LeastOutput = LeastOutput,
    };

    /// <summary>An issuance of just so much, whatever the height: which block mints how much is told by <see cref="Minting"/>.
    /// </summary>
    public static IssuanceSchedule Due(Amount minted) => new(minted, int.MaxValue);
}
