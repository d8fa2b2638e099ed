using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>What a node keeps of every share it knows: enough to check its children's headers.</summary>
/// <param name="Id">The share's id.</param>
/// <param name="Header">The header.</param>
/// <param name="MainHeight">Height of the mainchain block that its proof builds on; 0 in genesis.</param>
/// <param name="HighestMainHeight">The highest of that height and its ancestors': what rule 5 counts from.</param>
/// <param name="AnchorHeight">Height of the block that ASERT counts from after this one.</param>
/// <param name="AnchorTime">That block's time, Unix seconds.</param>
/// <param name="AnchorBits">Its bits as ASERT's reference.</param>
public sealed record ShareInfo(
    ShareId Id, ShareHeader Header, int MainHeight, int HighestMainHeight, int AnchorHeight, uint AnchorTime,
    CompactTarget AnchorBits)
{
    /// <summary>
    /// Lowest root height of outputs that are not expired for the share after this one (<see cref="Sharechain.WindowStart"/>); 0 in
    /// rows whose shares never expire.
    /// </summary>
    public int WindowStart { get; init; }

    /// <summary>Bits of the mainchain header that proves it, by which the window's work is reckoned; in rows whose shares expire.
    /// </summary>
    public CompactTarget MainBits { get; init; }

    /// <summary>The first block's.</summary>
    public static ShareInfo OfGenesis(SharechainProfile profile) =>
        new(profile.GenesisId, profile.Genesis, 0, 0, 0, profile.Genesis.Time, profile.Genesis.Bits);

    /// <summary>Shares up to and with this one that were mainchain blocks, and that the mainchain has not decided about; of rows
    /// that redeem.</summary>
    public ImmutableArray<PendingBlock> Pending { get; init; } = [];

    /// <summary>What the mainchain said about this share.</summary>
    public ShareFacts Facts { get; init; } = ShareFacts.None;

    /// <summary>A child's, given where its proof builds.</summary>
    /// <param name="id">The child's id.</param>
    /// <param name="header">The child's header.</param>
    /// <param name="mainHeight">Height of the mainchain block that its proof builds on.</param>
    /// <param name="profile">The chain's profile.</param>
    public ShareInfo Child(ShareId id, ShareHeader header, int mainHeight, SharechainProfile profile)
    {
        var child = this with
        {
            Id = id,
            Header = header,
            MainHeight = mainHeight,
            HighestMainHeight = Math.Max(HighestMainHeight, mainHeight),
            Facts = ShareFacts.None,
        };
        return profile.ReanchorAfter is { } gap && header.Time > (long)Header.Time + gap
            ? child with
            {
                AnchorHeight = (int)header.Height,
                AnchorTime = header.Time,
                AnchorBits = profile.Genesis.Bits,
            }
            : child;
    }

    /// <summary>The bits that the block after this one must have (rule 2).</summary>
    public CompactTarget NextBits(SharechainProfile profile) => Asert.Next(
        AnchorBits,
        (long)Header.Time - AnchorTime + profile.TargetSpacing,
        Header.Height - AnchorHeight,
        profile.TargetSpacing,
        profile.AsertHalfLife,
        profile.EasiestBits);
}
