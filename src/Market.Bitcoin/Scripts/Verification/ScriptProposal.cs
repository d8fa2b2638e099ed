using System.Collections.Immutable;

namespace Market.Bitcoin;

/// <summary>A proposed soft fork of scripts that a chain may have before Bitcoin does.</summary>
/// <param name="Name">The proposal, such as "BIP119".</param>
/// <param name="Flag">What activates it.</param>
public sealed record ScriptProposal(string Name, ScriptFlags Flag)
{
    /// <summary>Every proposal that the interpreter knows, in order of their numbers.</summary>
    public static ImmutableArray<ScriptProposal> All { get; } =
    [
        new("BIP118", ScriptFlags.ANYPREVOUT),
        new("BIP119", ScriptFlags.DEFAULT_CHECK_TEMPLATE_VERIFY_HASH),
        new("BIP347", ScriptFlags.OP_CAT),
        new("BIP348", ScriptFlags.CHECKSIGFROMSTACK),
        new("BIP349", ScriptFlags.INTERNALKEY),
        new("BIP446", ScriptFlags.TEMPLATEHASH),
    ];

    /// <summary>Those that flags activate.</summary>
    /// <param name="flags">Any flags.</param>
    public static ImmutableArray<ScriptProposal> Of(ScriptFlags flags) =>
        [.. All.Where(proposal => (flags & proposal.Flag) != 0)];
}
