using System.Globalization;
using System.Text.RegularExpressions;
using Market.Swaps.Tests.Machine;

namespace Market.Swaps.Tests.Words;

/// <summary>No sentence of any state says what the chains do not show.</summary>
public sealed partial class AllStatesTests
{
    private static readonly Role?[] Readers = [null, Role.Initiator, Role.Participant];
    private static readonly Role[] Legs = [Role.Initiator, Role.Participant];
    private static readonly List<KnownState> States = [.. AllStates.Generate()];

    // Written once for all tests that walk them. Most are the same as many others': each is kept once.
    private static readonly List<(Said[] Texts, Said[] OfSteps)> Texts = Write();

    private readonly record struct Said(string Text, Role? Reader);

    [Fact]
    public void Every_phase_and_reason_and_leg_is_walked()
    {
        Assert.Equal(Enum.GetValues<SwapPhase>(), States.Select(state => state.Swap.Phase).Distinct().Order());
        Assert.Equal(
            Enum.GetValues<FailureCode>(),
            States.Where(state => state.Swap.Failure is not null).Select(state => state.Swap.Failure!.Code).Distinct().Order());
        Assert.All(Legs, leg => Assert.Equal(
            Enum.GetValues<LegFacts>().Where(facts => leg == Role.Initiator || !AllStates.IsExpired(facts)),
            States.Select(state => state.Of(leg)).Distinct().Order()));
    }

    [Fact]
    public void An_earliest_time_is_from_and_a_deadline_is_by() => Walk((state, text, reader) =>
    {
        foreach (Match match in Times().Matches(text))
        {
            var at = TimeOf(match.Groups["time"].Value);
            var (from, by) = (match.Groups["from"].Success, match.Groups["by"].Success);
            var earliest = at == AllStates.Deadlines.Short || at == AllStates.Deadlines.Long;
            Require(earliest ? from && !by : by && !from, $"{match.Value}", state, text);
        }
    });

    [Fact]
    public void Who_can_still_take_a_leg_is_never_denied_it() => Walk((state, text, reader) =>
    {
        foreach (var leg in Legs)
        {
            var it = leg == Role.Initiator ? "them" : "it";
            if (CanClaim(state, leg))
            {
                Require(!text.Contains($"nobody else can take {it}"), "denied", state, text);
            }
            else
            {
                Require(!Claims(leg, reader).Any(text.Contains), "claims what it cannot", state, text);
            }

            if (IsSpent(state, leg) || !IsLocked(state, leg))
            {
                Require(!text.Contains($"can take {Goods(leg)} back"), "is gone", state, text);
                Require(!text.Contains($"nobody else can take {it}"), "is gone", state, text);
            }
        }
    }, steps: false);

    [Fact]
    public void A_swap_that_goes_back_says_who_can_still_take_each_leg()
    {
        foreach (var state in States.Where(state => state.Swap.Phase is SwapPhase.Refunding or SwapPhase.InitiatorRefunded
            or SwapPhase.ParticipantRefunded))
        {
            foreach (var reader in Readers)
            {
                var text = SwapWords.Of(state.Swap, state.Tips, reader);
                foreach (var leg in Legs.Where(leg => IsLocked(state, leg) && !IsSpent(state, leg)))
                {
                    Require(text.Contains($"can take {Goods(leg)} back"), "the owner", state, text);
                    Require(CanClaim(state, leg) == Claims(leg, reader).Any(text.Contains), "the other", state, text);
                }
            }
        }
    }

    [Fact]
    public void What_is_said_of_a_lock_or_a_spend_is_on_its_chain() => Walk((state, text, reader) =>
    {
        foreach (var leg in Legs)
        {
            var (owner, other) = (Party(leg, reader), Party(leg.Other(), reader));
            var facts = state.Of(leg);
            Said($"{other} has claimed {Goods(leg)}", IsClaimed(state, leg));
            Said($"{owner} has {Goods(leg)} back", facts is LegFacts.RefundInBlock or LegFacts.RefundBuried);
            Said($"{Owner(leg, reader)} lock is in no block", facts is LegFacts.InMempool or LegFacts.Missing);
            Said($"{Owner(leg, reader)} lock is seen no more", facts is LegFacts.Missing);
            Said($"{owner} has locked {Goods(leg)}", IsLocked(state, leg));
            Said($"{Goods(leg)} {(leg == Role.Initiator ? "are" : "is")} not locked",
                IsNotLocked(facts));
            var isElse = OthersLocked(state, leg) is not null;
            Said($"{Goods(leg)} {(leg == Role.Initiator ? "are" : "is")} not locked.", !isElse);
            Said($"{Goods(leg)} {(leg == Role.Initiator ? "were" : "was")} not locked.", !isElse);
            Said($"to lock {Goods(leg)}, ", !isElse);
            Said($"{Goods(leg)} {(leg == Role.Initiator ? "are" : "is")} on the way back", facts is LegFacts.RefundInMempool);
            Said($"claim of {Goods(leg)} is on its way", facts is LegFacts.ClaimInMempool);
        }

        Said("secret is public", state.Swap.Preimage is not null);
        Said("secret is not public", state.Swap.Preimage is null);
        Said("before anything was locked", Legs.All(leg => state.Of(leg) == LegFacts.Never));
        var isAnythingElse = Legs.Any(leg => OthersLocked(state, leg) is not null);
        Said("Nothing is locked", !isAnythingElse);
        Said("nothing is locked any more", !isAnythingElse);
        Said("Both legs are claimed", Legs.All(leg => IsClaimed(state, leg)));
        Said("bury both claims", Legs.All(leg => IsClaimed(state, leg)));
        Said("is not the agreed amount", Legs.Any(leg => state.Of(leg) is LegFacts.OtherAmount or LegFacts.TooLittle));
        Said("does not state the swap's terms", Legs.Any(leg => state.Of(leg) == LegFacts.WithoutTerms));
        Said("Both legs are locked", Legs.All(leg => IsLocked(state, leg)));

        void Said(string words, bool holds) =>
            Require(holds || !text.Contains(words, StringComparison.OrdinalIgnoreCase), words, state, text);
    });

    [Fact]
    public void Shares_that_expired_are_said_to_have_and_nobody_is_waited_for_to_take_them()
    {
        foreach (var state in States.Where(state => AllStates.IsExpired(state.First)))
        {
            foreach (var reader in Readers)
            {
                var text = SwapWords.Of(state.Swap, state.Tips, reader);
                Require(text.Contains("The shares have expired where they were locked: nobody can claim them or take them back."),
                    "not told", state, text);
                var unseen = $"{Owner(Role.Initiator, reader)} lock is seen no more";
                Require(!text.Contains("Waiting for") && !text.Contains(unseen, StringComparison.OrdinalIgnoreCase),
                    "waits", state, text);
            }

            foreach (var step in SwapWords.Steps(state.Swap, state.Tips).Where(step => step.Leg == Role.Initiator))
            {
                Require(step.State is TimelineState.Failed && step.Deadline is null, "waits", state, step.Title);
            }
        }
    }

    [Fact]
    public void Why_it_failed_is_what_the_chains_show() => Walk((state, text, reader) =>
    {
        foreach (var leg in Legs)
        {
            var lockBy = leg == Role.Initiator ? AllStates.Deadlines.InitiatorLockBy : AllStates.Deadlines.ParticipantLockBy;
            Said($"{Party(leg, reader)} did not lock", IsNotLocked(state.Of(leg))
                && state.Tips.Latest > lockBy);
            Said($"{Owner(leg, reader)} lock was not deep enough", IsLocked(state, leg) && DepthThen(state, leg)
                < state.Swap.Plan.ConfirmationsOf(leg));
            var depth = DepthThen(state, leg);
            Said($"{Owner(leg, reader)} lock was not seen", depth == 0);
        }

        Said($"{Party(Role.Initiator, reader)} did not claim {Goods(Role.Participant)}",
            state.Swap.Preimage is null && Legs.All(leg => IsLocked(state, leg)
                && DepthThen(state, leg) >= state.Swap.Plan.ConfirmationsOf(leg))
            && state.Tips.Latest > AllStates.Deadlines.RevealBy);

        void Said(string words, bool holds) =>
            Require(holds || !text.Contains(words, StringComparison.OrdinalIgnoreCase), words, state, text);
    });

    [Fact]
    public void What_else_is_locked_is_said_with_its_amount_and_who_can_take_it()
    {
        foreach (var state in States)
        {
            foreach (var reader in Readers)
            {
                var text = SwapWords.Of(state.Swap, state.Tips, reader);
                foreach (var leg in Legs)
                {
                    Told(state, leg, reader, text);
                    Told(state, leg, reader, SwapWords.OfLeg(state.Swap, state.Tips, leg, reader));
                }
            }

            foreach (var step in SwapWords.Steps(state.Swap, state.Tips))
            {
                Require(step.Title != "Ended before anything was locked" || Legs.All(leg => OthersLocked(state, leg) is null),
                    "locked", state, step.Title);
            }
        }

        static void Told(KnownState state, Role leg, Role? reader, string text)
        {
            var (owner, other) = (Party(leg, reader), Party(leg.Other(), reader));
            if (OthersLocked(state, leg) is not { } amount)
            {
                Require(!Regex.IsMatch(text, $": {owner} can take (that payment|those payments) back"), "is not", state, text);
                return;
            }

            var isMany = amount.EndsWith("in all", StringComparison.Ordinal);
            Require(text.Contains(isMany ? $"2 other payments of {amount} are locked: {owner} can take those payments back "
                : $"Another payment of {amount} is locked: {owner} can take that payment back "), "not told", state, text);
            var canClaim = leg == Role.Participant || state.Swap.Preimage is not null;
            Require(canClaim == text.Contains($"{other} can claim {(isMany ? "those payments" : "that payment")} with the secret"),
                "the other", state, text);
        }
    }

    [Fact]
    public void A_failed_swap_says_why()
    {
        foreach (var state in States.Where(state => state.Swap.Failure is not null))
        {
            var without = SwapWords.Of(state.Swap with { Failure = null }, state.Tips);
            var text = SwapWords.Of(state.Swap, state.Tips);
            Require(text.Length > without.Length, "no reason", state, text);
        }
    }

    [Fact]
    public void A_settled_swap_says_nothing_of_taking_back() => Walk((state, text, _) => Require(
        state.Swap.Phase != SwapPhase.Settled || Legs.Any(leg => OthersLocked(state, leg) is not null)
            || !text.Contains("back", StringComparison.OrdinalIgnoreCase), "back", state, text));

    [Fact]
    public void Only_a_party_is_addressed() => Walk((state, text, reader) =>
    {
        Require(text.Length > 0 && char.IsUpper(text[0]) && text[^1] == '.', "no sentence", state, text);
        Require(reader is not null || !text.Contains("your", StringComparison.OrdinalIgnoreCase), "addressed", state, text);
        Require(!text.Contains("  ") && !text.Contains(".."), "spelling", state, text);
    });

    [Fact]
    public void Nothing_is_said_twice() => Walk((state, text, _) =>
    {
        var sentences = text.Split(". ", StringSplitOptions.TrimEntries).Select(sentence => sentence.TrimEnd('.')).ToList();
        Require(
            sentences.TrueForAll(sentence => sentences.Count(other => other.StartsWith(sentence, StringComparison.Ordinal)) == 1),
            "twice", state, text);
    });

    [Fact]
    public void A_label_is_short_and_says_what_the_chains_show()
    {
        foreach (var state in States)
        {
            var label = SwapWords.Label(state.Swap, state.Tips);
            Require(label.Length is > 0 and <= 18 && char.IsLower(label[0]) | label.StartsWith("BTC", StringComparison.Ordinal)
                && label[^1] != '.', "no label", state, label);
            Require(label != "seller claims" || Legs.All(leg => IsLocked(state, leg)), "nothing to claim", state, label);
            Require(label != "both claimed" || Legs.All(leg => IsClaimed(state, leg)), "not claimed", state, label);
            Require(label != "claims confirming" || !Legs.All(leg => IsClaimed(state, leg)), "claimed", state, label);
            Require(label != "shares expired" || AllStates.IsExpired(state.First), "not expired", state, label);
            Require(label != "secret public" || state.Swap.Preimage is not null, "not public", state, label);
        }

        var phases = States.Select(state => (state.Swap.Phase, Label: SwapWords.Label(state.Swap, state.Tips))).Distinct().ToList();
        Assert.All(
            phases.Where(pair => pair.Label != "shares expired").GroupBy(pair => pair.Label), same => Assert.Single(same));
    }

    [Fact]
    public void A_step_has_the_time_of_its_own_phase_and_no_other()
    {
        foreach (var state in States)
        {
            foreach (var step in SwapWords.Steps(state.Swap, state.Tips).Where(step => step.Time is not null))
            {
                SwapPhase[] own = step.Key switch
                {
                    TimelineKey.Matched => [SwapPhase.Matched],
                    TimelineKey.SharesLocked => [SwapPhase.InitiatorLocked],
                    TimelineKey.CoinsLocked => [SwapPhase.ParticipantLocked],
                    TimelineKey.CoinsClaimed => [SwapPhase.Revealed],
                    TimelineKey.SharesClaimed => [SwapPhase.Claimed],
                    TimelineKey.Settled => [SwapPhase.Settled],
                    TimelineKey.Expired => [SwapPhase.Expired],
                    TimelineKey.CoinsRefunded => [SwapPhase.ParticipantRefunded],
                    TimelineKey.SharesRefunded => [SwapPhase.InitiatorRefunded],
                    _ => [SwapPhase.Faulted],
                };
                Require(own.Any(phase => AllStates.AtOf(phase) == step.Time), $"{step.Key} at {step.Time}", state, step.Title);
                var leg = step.Leg;
                Require(leg is null || Happened(state, leg.Value, step.Key), $"{step.Key} did not happen", state, step.Title);
            }
        }
    }

    [Fact]
    public void At_most_one_step_is_current_and_it_tells_deadlines_from_earliest_times()
    {
        foreach (var state in States)
        {
            var steps = SwapWords.Steps(state.Swap, state.Tips);
            var current = steps.Where(step => step.State == TimelineState.Current).ToList();
            Require(current.Count <= 1, "two current", state, "");
            Require(steps.Where(step => step.State == TimelineState.Done).All(step =>
                step.Key is not (TimelineKey.CoinsClaimed or TimelineKey.SharesClaimed) || IsClaimed(state, step.Leg!.Value)),
                "claimed in no block", state, "");
            Require(steps.Where(step => step.State != TimelineState.Current)
                .All(step => step is { Deadline: null, Earliest: null, IfNobodyActs: null }), "not current", state, "");
            foreach (var step in current)
            {
                Require(step.Sentence is not null, "says nothing", state, step.Title);
                var isBack = step.Key is TimelineKey.CoinsRefunded or TimelineKey.SharesRefunded;
                Require(!isBack || step.Deadline is null, "by", state, step.Title);
                Require(isBack || step.Earliest is null, "from", state, step.Title);
                Require(!isBack || step.TxId is not null || step.Earliest is not null, "no earliest", state, step.Title);
            }
        }
    }

    private static bool Happened(KnownState state, Role leg, TimelineKey key) => key switch
    {
        TimelineKey.SharesLocked or TimelineKey.CoinsLocked => IsLocked(state, leg),
        TimelineKey.SharesClaimed or TimelineKey.CoinsClaimed => state.Of(leg) == LegFacts.ClaimInMempool
            || IsClaimed(state, leg),
        _ => state.Of(leg) is LegFacts.RefundInBlock or LegFacts.RefundBuried,
    };

    /// <summary>Every text of every state for every reader.</summary>
    private static void Walk(Action<KnownState, string, Role?> check, bool steps = true)
    {
        for (var i = 0; i < States.Count; i++)
        {
            var (texts, ofSteps) = Texts[i];
            foreach (var said in texts)
            {
                check(States[i], said.Text, said.Reader);
            }

            foreach (var said in steps ? ofSteps : [])
            {
                check(States[i], said.Text, said.Reader);
            }
        }
    }

    private static List<(Said[] Texts, Said[] OfSteps)> Write()
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        return [.. States.Select(state => ((Said[])[.. Readers.SelectMany(reader => OfReader(state, reader))], OfSteps(state)))];

        IEnumerable<Said> OfReader(KnownState state, Role? reader) => Legs
            .Select(leg => SwapWords.OfLeg(state.Swap, state.Tips, leg, reader))
            .Prepend(SwapWords.Of(state.Swap, state.Tips, reader))
            .Select(text => new Said(Once(text), reader));

        Said[] OfSteps(KnownState state) =>
        [
            .. SwapWords.Steps(state.Swap, state.Tips).SelectMany(step => new[] { step.Sentence, step.IfNobodyActs })
                .OfType<string>().Select(text => new Said(Once(text), null)),
        ];

        string Once(string text) => known.TryGetValue(text, out var same) ? same : known[text] = text;
    }

    private static bool IsLocked(KnownState state, Role leg) => state.Of(leg) >= LegFacts.Shallow;

    private static bool IsSpent(KnownState state, Role leg) => IsClaimed(state, leg)
        || state.Of(leg) is LegFacts.RefundInBlock or LegFacts.RefundBuried;

    private static bool IsClaimed(KnownState state, Role leg) => state.Of(leg)
        is LegFacts.ClaimInBlock or LegFacts.ClaimBuried or LegFacts.ClaimBuriedPaidTwice;

    private static bool IsNotLocked(LegFacts facts) =>
        facts is LegFacts.Never or LegFacts.OtherAmount or LegFacts.WithoutTerms or LegFacts.TooLittle;

    /// <summary>What is locked besides a leg's lock, in words; null for nothing.</summary>
    private static string? OthersLocked(KnownState state, Role leg) => state.Swap.Terms is null ? null : state.Of(leg) switch
    {
        LegFacts.OtherAmount => leg == Role.Initiator ? "49.99999999 shares" : "4,899,999 sat",
        LegFacts.WithoutTerms => leg == Role.Initiator ? "50 shares" : "4,900,000 sat",
        LegFacts.TooLittle => leg == Role.Initiator ? "0.000006 shares" : "600 sat",
        LegFacts.PaidTwice or LegFacts.ClaimBuriedPaidTwice =>
            leg == Role.Initiator ? "150 shares in all" : "14,700,000 sat in all",
        _ => null,
    };

    /// <summary>The initiator has the preimage; the participant once a chain has shown it. No claim has a time limit.</summary>
    private static bool CanClaim(KnownState state, Role leg) => IsLocked(state, leg) && !IsSpent(state, leg)
        && (leg == Role.Participant || state.Swap.Preimage is not null);

    private static int DepthThen(KnownState state, Role leg)
    {
        var tips = state.Swap.TipsAtFailure ?? state.Tips;
        return state.Swap.FundingOf(leg)?.Confirmations(tips.Of(state.Swap.ChainOf(leg)).Height) ?? 0;
    }

    private static string Goods(Role leg) => leg == Role.Initiator ? "the shares" : "the BTC";

    private static string Party(Role role, Role? reader) =>
        role == reader ? "your agent" : role == Role.Initiator ? "the seller" : "the buyer";

    private static string Owner(Role role, Role? reader) => role == reader ? "your" : Party(role, reader) + "'s";

    private static string[] Claims(Role leg, Role? reader)
    {
        var (other, it) = (Party(leg.Other(), reader), leg == Role.Initiator ? "them" : "it");
        return [$"{other} can claim {it}", $"{other} can claim {Goods(leg)}", $"{Big(other)} can claim {Goods(leg)}"];
    }

    private static string Big(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static long TimeOf(string clock)
    {
        // All deadlines of the plan fall within a day of the match.
        var start = DateTimeOffset.FromUnixTimeSeconds(Bench.Start);
        var time = start.Date + TimeSpan.Parse(clock, CultureInfo.InvariantCulture);
        return new DateTimeOffset(time, TimeSpan.Zero).ToUnixTimeSeconds();
    }

    private static void Require(bool holds, string what, KnownState state, string text)
    {
        if (!holds)
        {
            Assert.Fail($"{what}\n  {state}\n  {text}");
        }
    }

    [GeneratedRegex(@"(?<from>from |median time has passed )?(?<by>by )?(?<time>\d\d:\d\d(:\d\d)?) UTC(?<on> on)?")]
    private static partial Regex Times();
}
