using Market.Api.Chains;
using Market.Api.Data;
using Market.Bitcoin;
using Market.Contracts;
using Market.Swaps;

namespace Market.Api.Settlement;

/// <summary>Shows a swap as the wire does: legs, terms, and the timeline with what is waited for. Pure but for the
/// network's names.</summary>
public sealed class SwapView(ChainPair chains, string network)
{
    /// <summary>Everything about a swap.</summary>
    /// <param name="row">What was traded.</param>
    /// <param name="swap">The machine's state.</param>
    /// <param name="tips">The chains now.</param>
    public SwapDetail Detail(SwapRow row, Swap swap, SwapTips tips)
    {
        var steps = new SwapTimeline(swap, tips, chains).Steps();
        return new SwapDetail
        {
            Summary = Summary(row, swap, tips, steps),
            KeysGiven = [.. new[] { SwapRole.Seller, SwapRole.Buyer }.Where(r => swap.KeysOf(RoleOf(r)) is not null)],
            Terms = Terms(row, swap),
            ShareLeg = Leg(swap, swap.RoleOn(SwapChain.Share), tips),
            CoinLeg = Leg(swap, swap.RoleOn(SwapChain.Coin), tips),
            Steps = steps,
            Preimage = swap.Preimage?.ToString(),
        };
    }

    /// <summary>How it stands, as lists tell it: without the legs and the terms, whose scripts and addresses cost most.</summary>
    /// <param name="row">What was traded.</param>
    /// <param name="swap">The machine's state.</param>
    /// <param name="tips">The chains now.</param>
    public SwapSummary Summary(SwapRow row, Swap swap, SwapTips tips) =>
        Summary(row, swap, tips, new SwapTimeline(swap, tips, chains).Steps());

    private static SwapSummary Summary(SwapRow row, Swap swap, SwapTips tips, List<SwapStep> steps)
    {
        var current = steps.FirstOrDefault(s => s.State == SwapStepState.Current);
        return new SwapSummary
        {
            Id = row.Id,
            Instrument = row.Instrument,
            TradeId = DecimalStrings.Format(row.TradeId),
            State = StateOf(swap.Phase),
            Label = SwapWords.Label(swap, tips),
            Outcome = OutcomeOf(swap.Phase),
            Price = new Price(row.Price),
            Quantity = new Quantity(row.Quantity),
            Notional = new Sats(row.Notional),
            CreatedAt = row.CreatedAt,
            UpdatedAt = row.UpdatedAt,
            Actor = current?.Actor ?? SwapActor.Nobody,
            Deadline = current?.Deadline,
            Earliest = current?.Earliest,
            StepsDone = steps.Count(s => s.State is SwapStepState.Done),
            StepsTotal = steps.Count,
            Sentence = SwapWords.Of(swap, tips),
            Version = swap.Version,
        };
    }

    /// <summary>The machine's role of a party: the seller initiates.</summary>
    public static Role RoleOf(SwapRole role) => role == SwapRole.Seller ? Role.Initiator : Role.Participant;

    /// <summary>A phase on the wire: the names are the same.</summary>
    public static SwapState StateOf(SwapPhase phase) => Enum.Parse<SwapState>(phase.ToString());

    /// <summary>A phase in one word.</summary>
    public static SwapOutcome OutcomeOf(SwapPhase phase) => phase switch
    {
        SwapPhase.Settled => SwapOutcome.Settled,
        SwapPhase.Refunded or SwapPhase.InitiatorRefunded => SwapOutcome.Refunded,
        SwapPhase.Expired => SwapOutcome.Expired,
        SwapPhase.Faulted => SwapOutcome.Faulted,
        _ => SwapOutcome.Moving,
    };

    /// <summary>A leg's chain on the wire.</summary>
    public static ChainName NameOf(SwapChain chain) =>
        chain == SwapChain.Share ? ChainName.Sharechain : ChainName.Mainchain;

    private SwapTerms? Terms(SwapRow row, Swap swap)
    {
        if (swap.Terms is not { } terms || swap.Deadlines is not { } deadlines) return null;
        return new SwapTerms
        {
            SwapId = row.Id,
            Instrument = row.Instrument,
            Network = network,
            Price = new Price(row.Price),
            Quantity = new Quantity(row.Quantity),
            Notional = new Sats(row.Notional),
            PaymentHash = terms.Hash.ToString(),
            ShareLeg = LegTerms(swap, terms, swap.RoleOn(SwapChain.Share)),
            CoinLeg = LegTerms(swap, terms, swap.RoleOn(SwapChain.Coin)),
            PayoutScript = (terms.Initiator.PayoutScript ?? terms.Participant.PayoutScript ?? Script.Empty).ToString(),
            Deadlines = new SwapDeadlines
            {
                InitiatorLockBy = deadlines.InitiatorLockBy,
                ParticipantLockBy = deadlines.ParticipantLockBy,
                RevealBy = deadlines.RevealBy,
            },
        };
    }

    private SwapLegTerms LegTerms(Swap swap, AgreedTerms terms, Role role)
    {
        var contract = terms.ContractOf(role);
        var name = NameOf(swap.ChainOf(role));
        return new SwapLegTerms
        {
            Chain = name,
            Amount = new Sats(swap.AmountOf(role).Sats),
            ClaimKey = contract.ClaimKey.ToString(),
            RefundKey = contract.RefundKey.ToString(),
            Locktime = contract.Locktime.UnixSeconds,
            WitnessScript = contract.WitnessScript.ToString(),
            ScriptPubKey = contract.ScriptPubKey.ToString(),
            Address = contract.AddressOn(chains.AddressesOf(name)).ToString(),
            RequiredConfirmations = swap.Plan.ConfirmationsOf(role),
            BuriedConfirmations = swap.Plan.BuriedOf(role),
        };
    }

    private SwapLeg Leg(Swap swap, Role role, SwapTips tips)
    {
        var name = NameOf(swap.ChainOf(role));
        var funding = swap.FundingOf(role);
        var spend = funding?.Spend;
        return new SwapLeg
        {
            Chain = name,
            Amount = new Sats(swap.AmountOf(role).Sats),
            Address = swap.Terms?.ContractOf(role).AddressOn(chains.AddressesOf(name)).ToString(),
            Sentence = SwapWords.OfLeg(swap, tips, role),
            Funding = funding?.OutPoint.ToString(),
            FundingConfirmations = new SwapConfirmations
            {
                Have = swap.ConfirmationsOf(role, tips),
                Need = swap.Plan.ConfirmationsOf(role),
            },
            Claim = spend is { Kind: SpendKind.Claim } ? spend.TxId.ToString() : null,
            Refund = spend is { Kind: SpendKind.Refund } ? spend.TxId.ToString() : null,
            SpendConfirmations = spend is null ? null : new SwapConfirmations
            {
                Have = swap.SpendConfirmationsOf(role, tips),
                Need = swap.Plan.BuriedOf(role),
            },
        };
    }
}
