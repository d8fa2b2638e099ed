using static Market.Swaps.Vocabulary;

namespace Market.Swaps;

/// <summary>Where one leg is, and who can still take it: from its payment, what spends it, its locktime and the preimage.</summary>
internal sealed class LegWords(Swap swap, SwapTips tips, Vocabulary words)
{
    /// <summary>True while the counterparty of the one who locked the leg can take it: it is in a block, no block has spent it, and
    /// the counterparty knows the preimage, which has no time limit.</summary>
    public bool CanBeClaimed(Role leg) => swap.FundingOf(leg) is { InBlock: true, SpentAs: null }
        && (leg == Role.Participant || swap.Preimage is not null);

    /// <summary>The leg in one or two sentences.</summary>
    public string Describe(Role leg) => swap.FundingOf(leg) switch
    {
        null when Condition.NeverSeen(swap, leg) => $"{words.Head(leg)} {words.Verb(leg, "are", "is")} not locked.",
        null => $"{Capital(words.Owner(leg))} lock is seen no more; until its coins are spent elsewhere it could be sent again.",
        { SpentAs: SpendKind.Claim } => $"{Capital(words.Party(leg.Other()))} has claimed {words.Goods(leg)}{Depth(leg)}.",
        { SpentAs: SpendKind.Refund } => $"{Capital(words.Party(leg))} has {words.Goods(leg)} back{Depth(leg)}.",
        { InBlock: false } => $"{Capital(words.Owner(leg))} lock is in no block yet.",
        { Spend: { } spend } => Join(OnItsWay(leg, spend), WhoCanTake(leg)),
        _ => WhoCanTake(leg),
    };

    /// <summary>Who can take a leg that is locked in a block and spent in none.</summary>
    private string WhoCanTake(Role leg)
    {
        var (owner, other, goods) = (words.Party(leg), words.Party(leg.Other()), words.Goods(leg));
        var back = $"{Capital(owner)} can take {goods} back {words.FromLocktime(leg)}";
        if (CanBeClaimed(leg))
        {
            return $"{back}; until then and until that is done, {other} can claim {words.Them(leg)} with the secret.";
        }

        return $"{back}. While the secret is not public, nobody else can take {words.Them(leg)}.";
    }

    private string OnItsWay(Role leg, Spend spend) => spend.Kind == SpendKind.Claim
        ? $"{Capital(words.Owner(leg.Other()))} claim of {words.Goods(leg)} is on its way, in no block yet."
        : $"{Capital(words.Goods(leg))} {words.Verb(leg, "are", "is")} on the way back to {words.Party(leg)}, in no block yet.";

    private string Depth(Role leg)
    {
        var (have, need) = (swap.SpendConfirmationsOf(leg, tips), swap.Plan.BuriedOf(leg));
        return have < need ? $" ({have} of {need} confirmations)" : " for good";
    }
}
