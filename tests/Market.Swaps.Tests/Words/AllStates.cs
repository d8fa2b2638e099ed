using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Swaps.Tests.Machine;

namespace Market.Swaps.Tests.Words;

/// <summary>A leg as its chain may show it.</summary>
internal enum LegFacts
{
    Never,
    OtherAmount,
    WithoutTerms,
    TooLittle,
    Missing,
    InMempool,

    // Shares alone: as who looks at what can be spent has it, and as who looks at blocks.
    Expired,
    ExpiredInBlock,
    Shallow,
    Deep,
    PaidTwice,
    ClaimInMempool,
    ClaimInBlock,
    ClaimBuried,
    ClaimBuriedPaidTwice,
    RefundInMempool,
    RefundInBlock,
    RefundBuried,
}

/// <summary>One state: the swap, and what is known of it besides.</summary>
internal sealed record KnownState(Swap Swap, SwapTips Tips, LegFacts First, LegFacts Second)
{
    public LegFacts Of(Role leg) => leg == Role.Initiator ? First : Second;

    public override string ToString() =>
        $"{Swap.Phase}, first {First}, second {Second}, failed by {Swap.Failure}, preimage {Swap.Preimage is not null}, "
        + $"{Tips.Latest - Swap.MatchedAt} s after the match, at {Swap.TipsAtFailure}";
}

/// <summary>
/// Every state that a swap can stand in: each phase, with each leg as its chain may show it, each reason to fail, before and
/// after each deadline. Kept are those in which the machine stays where it is.
/// </summary>
internal static class AllStates
{
    private const int ShareHeight = 1_000;
    private const int CoinHeight = 200;
    private const int After = 1;

    private static readonly SwapPlan Plan = SwapPlan.Of(SwapRules.Devnet);
    private static readonly RevealedPreimage Secret = Preimage.Create(Bench.Bytes(7)).Reveal();
    private static readonly Swap Opened = WithTerms();

    public static Deadlines Deadlines => Opened.Deadlines!.Value;

    public static long KeysBy => Opened.MatchedAt + Plan.KeysWithin;

    public static IEnumerable<KnownState> Generate()
    {
        foreach (var phase in Enum.GetValues<SwapPhase>())
        {
            foreach (var (first, second) in Pairs(phase))
            {
                foreach (var state in Of(phase, first, second))
                {
                    var stays = SwapMachine.Decide(state.Swap, new SwapEvent.Tick(), state.Tips).Swap.Phase == phase;
                    if (stays)
                    {
                        yield return state;
                    }
                }
            }
        }
    }

    public static bool IsExpired(LegFacts facts) => facts is LegFacts.Expired or LegFacts.ExpiredInBlock;

    private static IEnumerable<(LegFacts, LegFacts)> Pairs(SwapPhase phase)
    {
        var all = phase == SwapPhase.Matched ? [LegFacts.Never] : Enum.GetValues<LegFacts>();
        return all.SelectMany(first => all.Where(second => !IsExpired(second)).Select(second => (first, second)));
    }

    private static IEnumerable<KnownState> Of(SwapPhase phase, LegFacts first, LegFacts second)
    {
        // A claim shows the preimage. One that was reorganised out, or its lock with it, has shown it too.
        var shown = new[] { first, second }.Any(leg =>
            leg is >= LegFacts.ClaimInMempool and <= LegFacts.ClaimBuriedPaidTwice);
        bool[] preimages = phase switch
        {
            SwapPhase.Revealed or SwapPhase.Claimed or SwapPhase.Settled => [true],
            SwapPhase.InitiatorRefunded or SwapPhase.ParticipantRefunded or SwapPhase.Refunded or SwapPhase.Faulted =>
                shown ? [true] : [true, false],
            // A claim ends each of these.
            _ => shown ? [] : [false],
        };
        foreach (var isPublic in preimages)
        {
            foreach (var failure in Failures(phase))
            {
                foreach (var now in Times(phase, failure))
                {
                    foreach (var then in failure is null ? [null] : Thens(failure, now))
                    {
                        yield return State(phase, first, second, isPublic, failure, now, then);
                    }
                }
            }
        }
    }

    private static IEnumerable<Failure?> Failures(SwapPhase phase)
    {
        if (phase is SwapPhase.Expired or SwapPhase.Refunding or SwapPhase.Refunded or SwapPhase.InitiatorRefunded
            or SwapPhase.ParticipantRefunded)
        {
            foreach (var code in Enum.GetValues<FailureCode>())
            {
                var keys = code is FailureCode.KeysMissing or FailureCode.Declined;
                yield return new Failure(code, keys ? Role.Participant : null);
                if (keys)
                {
                    yield return new Failure(code, null);
                }
            }
        }
        else
        {
            yield return null;
        }
    }

    /// <summary>Just before and just after each deadline, and with the chains' median times past each locktime.</summary>
    private static IEnumerable<long> Times(SwapPhase phase, Failure? failure)
    {
        long[] limits = phase == SwapPhase.Matched
            ? [KeysBy]
            : [
                Deadlines.InitiatorLockBy, Deadlines.ParticipantLockBy, Deadlines.RevealBy, Deadlines.Short,
                Deadlines.Short + MedianLag + After, Deadlines.Long, Deadlines.Long + MedianLag + After,
            ];
        return limits.SelectMany(limit => new[] { limit - After, limit + After }).Where(now => now >= Least(failure));
    }

    public const int MedianLag = 60;

    private static long Least(Failure? failure) => failure?.Code switch
    {
        FailureCode.InitiatorDidNotLock => Deadlines.InitiatorLockBy + After,
        FailureCode.InitiatorLockedLate or FailureCode.ParticipantDidNotLock => Deadlines.ParticipantLockBy + After,
        FailureCode.ParticipantLockedLate or FailureCode.NotRevealed => Deadlines.RevealBy + After,
        _ => 0,
    };

    /// <summary>When it was given up: as soon as it could be, with the locks then lower, or only now; or that is not
    /// known.</summary>
    private static IEnumerable<SwapTips?> Thens(Failure failure, long now)
    {
        yield return null;
        if (failure.Code is FailureCode.KeysMissing or FailureCode.Declined or FailureCode.TakenBack)
        {
            // Told by their code: when they were found does not matter.
            yield break;
        }

        yield return TipsAt(now, 0);
        yield return TipsAt(Math.Max(Least(failure), Opened.MatchedAt), 2);
        yield return TipsAt(Math.Max(Least(failure), Opened.MatchedAt), 50);
    }

    private static KnownState State(
        SwapPhase phase, LegFacts first, LegFacts second, bool isPublic, Failure? failure, long now, SwapTips? then)
    {
        var swap = phase == SwapPhase.Matched
            ? Swap.Open("s1", Bench.Shares, Bench.Sats, Bench.Start, Plan)
            : Opened with { InitiatorPayments = Pay(Role.Initiator, first), ParticipantPayments = Pay(Role.Participant, second) };
        if (failure?.Code == FailureCode.KeysMissing)
        {
            swap = swap with { Terms = phase == SwapPhase.Expired ? null : swap.Terms };
        }

        return new KnownState(
            swap with
            {
                Phase = phase,
                Preimage = isPublic ? Secret : null,
                Failure = failure,
                TipsAtFailure = then,
                History = Histories(phase),
            },
            TipsAt(now, 0), first, second);
    }

    /// <summary>Each phase at a second of its own, so that a step's time tells where it was taken from.</summary>
    private static ImmutableArray<PhaseEntry> Histories(SwapPhase phase) =>
        [.. Enum.GetValues<SwapPhase>().Where(entered => entered <= phase).Select(entered =>
            new PhaseEntry(entered, AtOf(entered)))];

    public static long AtOf(SwapPhase phase) => Bench.Start + 7 * (int)phase;

    private static SwapTips TipsAt(long now, int blocksBefore) => new(
        new TipView(ShareHeight - blocksBefore, now - MedianLag), new TipView(CoinHeight - blocksBefore, now - MedianLag), now);

    private static ImmutableArray<Payment> Pay(Role leg, LegFacts facts)
    {
        var (tip, deep) = (leg == Role.Initiator ? ShareHeight : CoinHeight, Plan.ConfirmationsOf(leg));
        var amount = leg == Role.Initiator ? Bench.Shares : Bench.Sats;
        var (funding, spend) = (OutPointOf(leg, 1), OutPointOf(leg, 2).TxId);
        Payment Locked(Spend? spent = null) => new(funding, amount, tip - 20, spent);
        Spend As(SpendKind kind, int? depth) => new(spend, kind, depth is { } blocks ? tip - blocks + 1 : null);
        var buried = Plan.BuriedOf(leg);
        Payment[] Again() =>
            [new(OutPointOf(leg, 3), amount, tip - 1), new(OutPointOf(leg, 4), new Amount(amount.Sats * 2), tip - 1)];
        return facts switch
        {
            LegFacts.Never => [],
            LegFacts.OtherAmount => [new Payment(funding, new Amount(amount.Sats - 1), tip - 20)],
            // Of the agreed amount and not the lock; of others like it one is in no block and one went back already.
            LegFacts.WithoutTerms =>
            [
                new Payment(funding, amount, tip - 20, IsStray: true), new Payment(OutPointOf(leg, 3), amount, null, IsStray: true),
                new Payment(OutPointOf(leg, 4), amount, tip - 20, As(SpendKind.Refund, buried), IsStray: true),
            ],
            // Not worth a transaction, so that nobody waits for it.
            LegFacts.TooLittle => [new Payment(funding, new Amount(600), tip - 20)],
            LegFacts.Missing => [new Payment(funding, amount, null, null, Missing: true)],
            LegFacts.InMempool => [new Payment(funding, amount, null)],
            LegFacts.Expired => [new Payment(funding, amount, null, null, Missing: true) { IsExpired = true }],
            LegFacts.ExpiredInBlock => [Locked(null) with { IsExpired = true }],
            LegFacts.Shallow => [new Payment(funding, amount, tip - deep + 2)],
            LegFacts.Deep => [new Payment(funding, amount, tip - deep + 1)],
            LegFacts.PaidTwice => [new Payment(funding, amount, tip - deep + 1), .. Again()],
            LegFacts.ClaimInMempool => [Locked(As(SpendKind.Claim, null))],
            LegFacts.ClaimInBlock => [Locked(As(SpendKind.Claim, 1))],
            LegFacts.ClaimBuried => [Locked(As(SpendKind.Claim, buried))],
            LegFacts.ClaimBuriedPaidTwice => [Locked(As(SpendKind.Claim, buried)), .. Again()],
            LegFacts.RefundInMempool => [Locked(As(SpendKind.Refund, null))],
            LegFacts.RefundInBlock => [Locked(As(SpendKind.Refund, 1))],
            _ => [Locked(As(SpendKind.Refund, buried))],
        };
    }

    private static OutPoint OutPointOf(Role leg, int number) =>
        new(new TxId(Hash256.DoubleSha256([(byte)leg, (byte)number])), 0);

    private static Swap WithTerms() => new Bench().WithKeys().Swap;
}
