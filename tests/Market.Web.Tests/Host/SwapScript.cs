using Market.Contracts;

namespace Market.Web.Tests.Host;

/// <summary>A recorded swap: what its detail says at each state, as the server would word it.</summary>
internal static class SwapScript
{
    private static readonly (SwapStepKey Key, string Title, ChainName? Chain, SwapActor Actor)[] Success =
    [
        (SwapStepKey.Matched, "Matched", null, SwapActor.Both),
        (SwapStepKey.SharesLocked, "Shares locked", ChainName.Sharechain, SwapActor.Seller),
        (SwapStepKey.CoinsLocked, "BTC locked", ChainName.Mainchain, SwapActor.Buyer),
        (SwapStepKey.CoinsClaimed, "BTC claimed, the secret is public", ChainName.Mainchain, SwapActor.Seller),
        (SwapStepKey.SharesClaimed, "Shares claimed", ChainName.Sharechain, SwapActor.Buyer),
        (SwapStepKey.Settled, "Settled", null, SwapActor.Miners),
    ];

    /// <summary>The states of the way of success, in order, with the steps that are done.</summary>
    public static readonly (SwapState State, int Done)[] Way =
    [
        (SwapState.Matched, 1),
        (SwapState.InitiatorLocking, 1),
        (SwapState.InitiatorLocked, 1),
        (SwapState.ParticipantLocking, 2),
        (SwapState.ParticipantLocked, 2),
        (SwapState.Revealed, 4),
        (SwapState.Claimed, 5),
        (SwapState.Settled, 6),
    ];

    public static string Hex(string seed) =>
        Convert.ToHexStringLower(
            System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(seed))
        );

    public static SwapDetail At(
        string id,
        SwapState state,
        DateTimeOffset matched,
        DateTimeOffset now,
        long version,
        Price price,
        Quantity quantity
    )
    {
        var steps = Steps(id, state, matched, now);
        var done = steps.Count(s => s.State == SwapStepState.Done);
        var current = steps.FirstOrDefault(s => s.State == SwapStepState.Current);
        var outcome = Outcome(state);
        var notional = Sats.Notional(price, quantity);
        var claimed = state is SwapState.Revealed or SwapState.Claimed or SwapState.Settled;
        var refunded = state is SwapState.Refunded or SwapState.InitiatorRefunded;
        return new SwapDetail
        {
            Summary = new SwapSummary
            {
                Id = id,
                Instrument = "P2SHARE-BTC",
                TradeId = "t-" + id[^4..],
                State = state,
                Label = state.ToString().ToLowerInvariant(),
                Outcome = outcome,
                Price = price,
                Quantity = quantity,
                Notional = notional,
                CreatedAt = matched,
                UpdatedAt = now,
                Actor = current?.Actor ?? SwapActor.Nobody,
                Deadline = current?.Deadline,
                StepsDone = done,
                StepsTotal = steps.Count,
                Version = version,
                Sentence = Sentence(state, outcome),
            },
            KeysGiven = state == SwapState.Matched ? [] : [SwapRole.Seller, SwapRole.Buyer],
            Terms = state is SwapState.Matched or SwapState.Expired
                ? null
                : Terms(id, matched, price, quantity, notional),
            ShareLeg = new SwapLeg
            {
                Chain = ChainName.Sharechain,
                Amount = new Sats(quantity.Units),
                Address = state is SwapState.Matched or SwapState.Expired ? null : "dshr1q" + Hex(id + "sa")[..38],
                Funding = state is SwapState.Matched or SwapState.Expired ? null : Hex(id + "sf") + ":0",
                FundingConfirmations = new SwapConfirmations
                {
                    Have = done > 1 ? 3 : 1,
                    Need = 3,
                },
                Claim = state is SwapState.Claimed or SwapState.Settled ? Hex(id + "sc") : null,
                Refund = refunded ? Hex(id + "sr") : null,
                SpendConfirmations = claimed || refunded ? new SwapConfirmations { Have = 2, Need = 3 } : null,
            },
            CoinLeg = new SwapLeg
            {
                Chain = ChainName.Mainchain,
                Amount = notional,
                Address = state is SwapState.Matched or SwapState.Expired ? null : "bcrt1q" + Hex(id + "ca")[..38],
                Funding = done > 2 || state == SwapState.ParticipantLocked ? Hex(id + "cf") + ":1" : null,
                FundingConfirmations = new SwapConfirmations { Have = done > 2 ? 2 : 0, Need = 2 },
                Claim = claimed ? Hex(id + "cc") : null,
                Refund = state == SwapState.Refunded ? Hex(id + "cr") : null,
                SpendConfirmations = claimed || refunded ? new SwapConfirmations { Have = 1, Need = 2 } : null,
            },
            Steps = steps,
            Preimage = claimed ? Hex(id + "preimage") : null,
        };
    }

    private static SwapOutcome Outcome(SwapState state) =>
        state switch
        {
            SwapState.Settled => SwapOutcome.Settled,
            SwapState.Expired => SwapOutcome.Expired,
            SwapState.Refunded or SwapState.InitiatorRefunded =>
                SwapOutcome.Refunded,
            SwapState.Faulted => SwapOutcome.Faulted,
            _ => SwapOutcome.Moving,
        };

    private static string Sentence(SwapState state, SwapOutcome outcome) =>
        outcome switch
        {
            SwapOutcome.Settled => "Both sides have what they bought.",
            SwapOutcome.Expired => "The seller did not lock in time. Nothing was locked, nobody lost anything.",
            SwapOutcome.Refunded => "The buyer did not lock in time. The shares went back to the seller, "
                + "and 4,900,000 sat to the buyer at 2 sat/vB.",
            SwapOutcome.Faulted => "A transaction that the rules exclude was seen on the mainchain.",
            _ => Waiting(state),
        };

    private static string Waiting(SwapState state) =>
        state switch
        {
            SwapState.Matched => "Waiting for the keys of both parties.",
            SwapState.InitiatorLocking => "Waiting for the seller to lock the shares.",
            SwapState.InitiatorLocked => "The shares' lock is seen; waiting for its confirmations.",
            SwapState.ParticipantLocking => "Waiting for the buyer to lock BTC.",
            SwapState.ParticipantLocked => "The BTC lock is seen; waiting for its confirmations.",
            SwapState.Revealed => "The secret is public. Waiting for the buyer to claim the shares.",
            _ => "Both have claimed; waiting until the claims are buried.",
        };

    private static List<SwapStep> Steps(string id, SwapState state, DateTimeOffset matched, DateTimeOffset now)
    {
        if (state is SwapState.Expired or SwapState.InitiatorRefunded or SwapState.Refunded or SwapState.Faulted)
            return Ended(id, state, matched);
        var done = Way.Single(w => w.State == state).Done;
        var steps = new List<SwapStep>();
        for (var i = 0; i < Success.Length; i++)
        {
            var (key, title, chain, actor) = Success[i];
            var stands =
                i < done ? SwapStepState.Done
                : i == done ? SwapStepState.Current
                : SwapStepState.Future;
            var current = stands == SwapStepState.Current;
            var seen =
                stands == SwapStepState.Done
                || (current && state is SwapState.InitiatorLocked or SwapState.ParticipantLocked);
            steps.Add(
                new SwapStep
                {
                    Key = key,
                    Title = title,
                    State = stands,
                    Actor = actor,
                    Chain = chain,
                    Time = stands == SwapStepState.Done ? matched.AddSeconds(8 * i) : null,
                    TransactionId = chain is not null && seen ? Hex(id + key) : null,
                    Confirmations = chain is null
                        ? null
                        : new SwapConfirmations
                        {
                            Have =
                                stands == SwapStepState.Done ? 3
                                : current && seen ? 1
                                : 0,
                            Need = 3,
                        },
                    Deadline =
                        current && actor != SwapActor.Miners
                            ? new SwapDeadline
                            {
                                Time = now.AddMinutes(2.5),
                                Chain = ChainName.Mainchain,
                                EstimatedHeight = 9325,
                            }
                            : null,
                    Sentence = current ? Waiting(state) : null,
                    IfNobodyActs = current
                        ? "Nothing is lost: the BTC come back to the buyer at 14:40 UTC or later and the shares "
                            + "to the seller at 14:43 UTC or later, by themselves."
                        : null,
                }
            );
        }
        return steps;
    }

    private static List<SwapStep> Ended(string id, SwapState state, DateTimeOffset matched)
    {
        SwapStep Step(
            SwapStepKey key,
            string title,
            SwapStepState stands,
            ChainName? chain,
            string? sentence,
            int at
        ) =>
            new()
            {
                Key = key,
                Title = title,
                State = stands,
                Actor = SwapActor.Nobody,
                Chain = chain,
                Sentence = sentence,
                Time = stands == SwapStepState.Done ? matched.AddSeconds(at) : null,
                TransactionId = stands == SwapStepState.Done && chain is not null ? Hex(id + key) : null,
                Confirmations =
                    stands == SwapStepState.Done && chain is not null
                        ? new SwapConfirmations { Have = 3, Need = 3 }
                        : null,
            };
        var matchedStep = Step(SwapStepKey.Matched, "Matched", SwapStepState.Done, null, null, 0);
        var sharesLocked = Step(
            SwapStepKey.SharesLocked,
            "Shares locked",
            SwapStepState.Done,
            ChainName.Sharechain,
            null,
            9
        );
        return state switch
        {
            SwapState.Expired =>
            [
                matchedStep,
                Step(
                    SwapStepKey.SharesLocked,
                    "Shares locked",
                    SwapStepState.Failed,
                    null,
                    "The seller did not lock before 14:20:00 UTC.",
                    0
                ),
                Step(
                    SwapStepKey.Expired,
                    "Expired",
                    SwapStepState.Done,
                    null,
                    "Nothing was locked, so nothing had to come back.",
                    60
                ),
            ],
            SwapState.Faulted =>
            [
                matchedStep,
                sharesLocked,
                Step(
                    SwapStepKey.Faulted,
                    "Faulted",
                    SwapStepState.Failed,
                    null,
                    "The share leg was spent by a transaction that is neither the claim nor the refund.",
                    0
                ),
            ],
            _ =>
            [
                matchedStep,
                sharesLocked,
                Step(
                    SwapStepKey.CoinsLocked,
                    "BTC locked",
                    SwapStepState.Failed,
                    null,
                    "The buyer did not lock before 14:22:00 UTC.",
                    0
                ),
                Step(
                    SwapStepKey.SharesRefunded,
                    "Shares back with the seller",
                    SwapStepState.Done,
                    ChainName.Sharechain,
                    "The shares came back by themselves after their locktime.",
                    400
                ),
            ],
        };
    }

    private static SwapTerms Terms(string id, DateTimeOffset matched, Price price, Quantity quantity, Sats notional)
    {
        SwapLegTerms Leg(ChainName chain, Sats amount, double minutes) =>
            new()
            {
                Chain = chain,
                Amount = amount,
                ClaimKey = "02" + Hex(id + chain + "c"),
                RefundKey = "03" + Hex(id + chain + "r"),
                Locktime = matched.AddMinutes(minutes).ToUnixTimeSeconds(),
                WitnessScript = "2102" + Hex(id + chain) + Hex("w"),
                ScriptPubKey = "0020" + Hex(id + chain + "s"),
                Address = "bcrt1q" + Hex(id + chain)[..38],
                RequiredConfirmations = 3,
                BuriedConfirmations = 3,
            };
        return new SwapTerms
        {
            SwapId = id,
            Instrument = "P2SHARE-BTC",
            Network = "devnet",
            Price = price,
            Quantity = quantity,
            Notional = notional,
            PaymentHash = Hex(id + "hash"),
            PayoutScript = "0014" + Hex(id)[..40],
            ShareLeg = Leg(ChainName.Sharechain, new Sats(quantity.Units), 6),
            CoinLeg = Leg(ChainName.Mainchain, notional, 3),
            Deadlines = new SwapDeadlines
            {
                InitiatorLockBy = matched.AddMinutes(1).ToUnixTimeSeconds(),
                ParticipantLockBy = matched.AddMinutes(2).ToUnixTimeSeconds(),
                RevealBy = matched.AddMinutes(2.5).ToUnixTimeSeconds(),
            },
        };
    }
}
