using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>Looks up what the mainchain says about a share (<see cref="ShareFacts"/>).</summary>
internal static class MainFacts
{
    /// <summary>The facts; null where the mainchain is not known well enough (yet), and the share has to wait.</summary>
    /// <param name="block">The share; rules 1 to 5 hold.</param>
    /// <param name="parent">Its parent.</param>
    /// <param name="profile">The chain's profile.</param>
    /// <param name="mainchain">The mainchain as this node sees it.</param>
    public static ShareFacts? Of(ShareBlock block, ShareInfo parent, SharechainProfile profile, IMainchainView mainchain)
    {
        if (mainchain.Find(block.Proof.MainHeader.Previous) is not { } from)
        {
            return null;
        }

        var settled = ImmutableArray.CreateBuilder<SettledBlock>();
        foreach (var pending in Due(parent, from.Height, profile))
        {
            if (mainchain.Ancestor(from.Id, pending.MainHeight) is not { } active)
            {
                return null;
            }

            settled.Add(new SettledBlock(pending.Share, active == pending.MainBlock));
        }

        var late = ImmutableArray.CreateBuilder<LateWork>();
        foreach (var registration in Registrations(block, profile))
        {
            var refusal = LateChecks.Check(registration, from, profile.Late!, mainchain, out var work);
            if (refusal == LateRefusal.Unknown)
            {
                return null;
            }

            if (work is not null)
            {
                late.Add(work);
            }
        }

        return settled.Count == 0 && late.Count == 0
            ? ShareFacts.None
            : new ShareFacts(settled.ToImmutable(), late.ToImmutable());
    }

    /// <summary>The mainchain heights that <see cref="Of"/> asks about; of late work the lowest.</summary>
    public static ImmutableArray<int> HeightsAsked(
        ShareBlock block, ShareInfo? parent, SharechainProfile profile, int mainHeight)
    {
        var asked = parent is null ? [] : Due(parent, mainHeight, profile).Select(pending => pending.MainHeight);
        return Registrations(block, profile).Any()
            ? [.. asked.Append(Math.Max(0, mainHeight - profile.Late!.Window - 1)).Distinct()]
            : [.. asked.Distinct()];
    }

    /// <summary>What a share's transactions carry as late work.</summary>
    public static IEnumerable<LateRegistration> Registrations(ShareBlock block, SharechainProfile profile) =>
        profile.Late is null ? [] : LateRegistration.ReadAll(block);

    /// <summary>What is pending after a share.</summary>
    public static ImmutableArray<PendingBlock> Pending(
        ShareInfo parent, ShareInfo share, BlockHeader mainHeader, SharechainProfile profile)
    {
        if (profile.Payout is not PayoutDesign.Redeemed)
        {
            return [];
        }

        var left = share.Facts.Settled.IsEmpty
            ? parent.Pending
            : parent.Pending.RemoveAll(pending => share.Facts.Settled.Any(settled => settled.Share == pending.Share));
        return mainHeader.MeetsOwnTarget
            ? left.Add(new PendingBlock(share.Id, share.MainHeight + 1, mainHeader.Id))
            : left;
    }

    private static IEnumerable<PendingBlock> Due(ShareInfo parent, int mainHeight, SharechainProfile profile) =>
        profile.Payout is PayoutDesign.Redeemed rule
            ? parent.Pending.Where(pending => mainHeight - pending.MainHeight >= rule.MainDepth)
            : [];
}
