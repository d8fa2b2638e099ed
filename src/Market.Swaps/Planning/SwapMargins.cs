using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Swaps;

/// <summary>One part of a span of a swap's clock.</summary>
/// <param name="Name">What takes the time.</param>
/// <param name="Seconds">How long it may take.</param>
/// <param name="Why">Why it is in the sum, for people.</param>
public sealed record SwapMargin(string Name, int Seconds, string Why);

/// <summary>
/// The sums that a swap's clock is made of, part by part: the one place where they stand, which plans are computed and people
/// are told from. Times of confirmations are those within which they come but for one chance in a thousand.
/// </summary>
/// <param name="rules">The chains and allowances.</param>
/// <param name="worth">What is at stake, in satoshis: the deeper the locks must be.</param>
/// <param name="initiatorChain">The chain that the initiator locks on.</param>
public sealed class SwapMargins(SwapRules rules, Amount worth = default, SwapChain initiatorChain = SwapChain.Share)
{
    /// <summary>Blocks of the claiming chain by which median time past lags behind the clock.</summary>
    private const int MedianLagBlocks = 6;

    private ChainPace First => initiatorChain == SwapChain.Share ? rules.Share : rules.Coin;

    private ChainPace Second => initiatorChain == SwapChain.Share ? rules.Coin : rules.Share;

    /// <summary>Depth at which the initiator's leg counts as locked.</summary>
    public int InitiatorConfirmations => First.ConfirmationsFor(worth);

    /// <summary>Depth at which the participant's leg counts as locked.</summary>
    public int ParticipantConfirmations => Second.ConfirmationsFor(worth);

    /// <summary>Depth at which what spends the initiator's leg counts as final.</summary>
    public int InitiatorBuried => Math.Max(First.Buried, InitiatorConfirmations);

    /// <summary>Depth at which what spends the participant's leg counts as final.</summary>
    public int ParticipantBuried => Math.Max(Second.Buried, ParticipantConfirmations);

    /// <summary>Seconds within which the participant's lock is deep.</summary>
    public int ParticipantDeepSeconds => Second.Within(ParticipantConfirmations);

    /// <summary>What the initiator needs from the last moment to reveal until T_short.</summary>
    public ImmutableArray<SwapMargin> Reveal() =>
    [
        new("claim in a block", Second.Within(1),
            "the claim that reveals is in a block before the participant may take its leg back"),
        new("reaction", rules.ReactionSeconds, "a running agent sees a block and sends its transaction"),
    ];

    /// <summary>What there must be from the fixing of the terms until T_short.</summary>
    public ImmutableArray<SwapMargin> Short() =>
    [
        new("initiator's lock sent", rules.LockWithinSeconds, "the initiator broadcasts its lock"),
        new("initiator's lock deep", First.Within(InitiatorConfirmations), $"its {InitiatorConfirmations} confirmations"),
        new("reaction", rules.ReactionSeconds, "the participant sees that and broadcasts its own"),
        new("participant's lock deep", ParticipantDeepSeconds, $"its {ParticipantConfirmations} confirmations"),
        new("reveal", RoundUp(Sum(Reveal())), "the initiator's time to claim, rounded up"),
        new("clock skew", rules.ClockSkewSeconds,
            "clocks differ, and deadlines are compared with whatever is latest of clock and chains"),
    ];

    /// <summary>
    /// What there must be between T_short and T_long: an initiator that waits may claim until the participant's refund is in a
    /// block; from that moment the participant must still have its own claim buried before the initiator may take its leg back.
    /// </summary>
    public ImmutableArray<SwapMargin> Delta() =>
    [
        new("median-time lag", Second.Within(MedianLagBlocks),
            "the participant's refund waits for the claiming chain's median time, which lags by 6 blocks"),
        new("refund in a block", Second.Within(1), "until then the initiator may still claim"),
        new("claim deep", First.Within(InitiatorConfirmations),
            $"the participant's claim and its {InitiatorConfirmations} confirmations"),
        new("fee rises", rules.FeeBumpRounds * First.Within(1), $"that claim is replaced {rules.FeeBumpRounds} times"),
        new("reorganisation", InitiatorConfirmations * First.SpacingSeconds, "and mined again after one as deep as is expected"),
        new("header time ahead", First.AheadSeconds,
            "consensus lets a miner push the refunding chain's time so far ahead of the clock"),
        new("clock skew", rules.AgentSkewSeconds, "the agents' clocks differ"),
        new("away", rules.OfflineSeconds, "so long the participant may be off while its claim is due"),
    ];

    /// <summary>
    /// What shares that expire must surely live on after the locktime of their leg: until then whoever claims them is done, and
    /// from then on who locked them takes them back.
    /// </summary>
    public ImmutableArray<SwapMargin> Expiry() =>
    [
        new("median-time lag", rules.Share.Within(MedianLagBlocks),
            "the refund of shares waits for their chain's median time, which lags by 6 blocks"),
        new("refund in a block", rules.Share.Within(1), "until then they can expire where they are locked"),
        new("fee rises", rules.FeeBumpRounds * rules.Share.Within(1), $"that refund is replaced {rules.FeeBumpRounds} times"),
        new("reorganisation", rules.Share.ConfirmationsFor(worth) * rules.Share.SpacingSeconds,
            "and mined again after one as deep as is expected"),
        new("reaction", rules.ReactionSeconds, "a running agent sees that it may, and sends it"),
        new("clock skew", rules.AgentSkewSeconds, "the agents' clocks differ"),
        new("away", rules.OfflineSeconds, "so long the seller may be off while its refund is due"),
    ];

    /// <summary>The seconds of a sum.</summary>
    public static int Sum(ImmutableArray<SwapMargin> margins) => margins.Sum(margin => margin.Seconds);

    /// <summary>Seconds rounded up as plans are.</summary>
    public int RoundUp(int seconds) =>
        checked((seconds + rules.RoundSeconds - 1) / rules.RoundSeconds * rules.RoundSeconds);
}
