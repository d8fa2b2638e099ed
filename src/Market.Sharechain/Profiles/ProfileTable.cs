using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>A parameter of a row in words.</summary>
/// <param name="Name">The parameter, such as "target spacing".</param>
/// <param name="Value">Its value, with its unit.</param>
public readonly record struct ProfileParameter(string Name, string Value);

/// <summary>A row as a person reads it: what <see cref="SharechainProfile"/> says, and nothing beside.</summary>
public static class ProfileTable
{
    /// <summary>All parameters that rows differ in, in the same order for every row.</summary>
    public static ImmutableArray<ProfileParameter> Of(SharechainProfile profile) =>
    [
        new("enforced", profile.IsEnforced ? "whole" : "not yet: no chain runs on this row"),
        new("target spacing", $"{profile.TargetSpacing} s"),
        new("issuance", profile.Issuance.Words + (profile.Weak is null ? "" : ", half of it to the block")),
        new("supply", $"at most {Amount.MaxMoney / Amount.Coin} shares"),
        new("payout", profile.Payout.Words),
        new("expiry", profile.Window is null ? "none" : "when the window has passed an output's oldest source"),
        new("series", profile.SeriesLength is { } length ? $"of {length} blocks, each traded by itself" : "none"),
        new("sharebase maturity", profile.IsTransferable ? $"{profile.Maturity} blocks" : "never transferable"),
        new("uncles", profile.Uncles is { } uncles
            ? $"{uncles.Most}, {uncles.Depth} back, {uncles.UnclePercent} of 100 to the uncle"
            : "none"),
        new("weak shares", profile.Weak is { } weak
            ? $"{weak.Most}, from 1/{weak.Ease} of the work, {weak.MostWork} shares' work a block"
            : "none"),
        new("late work", profile.Late is { } late
            ? $"{late.Race} to {late.Window} Bitcoin blocks above, for {late.Term}, "
                + (late.Ease == 1 ? "of a block's work" : $"of 1/{late.Ease} of a block's work")
            : "none"),
        new("outputs", profile.WholeOutput is { } whole ? $"all of {whole.Sats} units"
            : $"of {profile.LeastOutput.Sats} units and more; what a sharebase pays first, and for named shares, of any amount"),
        new("transactions a block", profile.MaxTransactions == int.MaxValue ? "as many as fit" : $"{profile.MaxTransactions}"),
        new("scripts", profile.Features == ScriptFlags.None
            ? "as Bitcoin's"
            : "as Bitcoin's, with " + string.Join(", ", ScriptProposal.Of(profile.Features).Select(proposal => proposal.Name))),
        new("genesis", profile.GenesisId.ToString()),
    ];
}
