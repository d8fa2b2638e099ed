using static Market.Swaps.Vocabulary;

namespace Market.Swaps;

/// <summary>Where one leg is, and who can still take it: from its payment, what spends it, its locktime and the preimage.</summary>
internal sealed class LegWords(Swap swap, SwapTips tips, Vocabulary words)
{
    private readonly Role? _gone = swap.ExpiredLeg;

    /// <summary>True while the counterparty of the one who locked the leg can take it: it is in a block, no block has spent it, and
    /// the counterparty knows the preimage, which has no time limit.</summary>
    public bool CanBeClaimed(Role leg) => swap.FundingOf(leg) is { InBlock: true, SpentAs: null }
        && leg != _gone && IsSecretKnownTo(leg.Other());

    /// <summary>The leg in a few sentences, with what else is locked in its contract.</summary>
    public string Describe(Role leg) => Join(Lock(leg), Others(leg));

    /// <summary>
    /// What a block shows paid to the leg's contract besides its lock, and who can take that: it is there until its owner takes it
    /// back, though it is not the agreed amount, does not state the terms or is one too many. Null for nothing.
    /// </summary>
    public string? Others(Role leg)
    {
        var others = words.OthersLocked(leg);
        if (others.Count == 0)
        {
            return null;
        }

        var amount = words.Sum(leg, others);
        var (what, it) = others.Count == 1
            ? ($"Another payment of {amount} is locked", "that payment")
            : ($"{others.Count} other payments of {amount} in all are locked", "those payments");
        var back = $"{what}: {words.Party(leg)} can take {it} back {words.FromLocktime(leg)}";
        return IsSecretKnownTo(leg.Other())
            ? $"{back}; until then and until that is done, {words.Party(leg.Other())} can claim {it} with the secret."
            : $"{back}.";
    }

    /// <summary>The leg's lock in one or two sentences.</summary>
    public string Lock(Role leg) => swap.FundingOf(leg) switch
    {
        null when Condition.NeverSeen(swap, leg) => words.NotLocked(leg),
        not { SpentAs: not null } when leg == _gone =>
            $"{words.Head(leg)} have expired where they were locked: nobody can claim them or take them back.",
        null => $"{Capital(words.Owner(leg))} lock is seen no more; until its coins are spent elsewhere it could be sent again.",
        { SpentAs: SpendKind.Claim } => $"{Capital(words.Party(leg.Other()))} has claimed {words.Goods(leg)}{Depth(leg)}.",
        { SpentAs: SpendKind.Refund } => $"{Capital(words.Party(leg))} has {words.Goods(leg)} back{Depth(leg)}.",
        { InBlock: false } => $"{Capital(words.Owner(leg))} lock is in no block yet.",
        { Spend: { } spend } => Join(OnItsWay(leg, spend), WhoCanTake(leg)),
        _ => WhoCanTake(leg),
    };

    private bool IsSecretKnownTo(Role role) => role == Role.Initiator || swap.Preimage is not null;

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
