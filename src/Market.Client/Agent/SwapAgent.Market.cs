using Market.Bitcoin;
using Market.Chains;
using Market.Client.Api;
using Market.Contracts;
using Market.Swaps;

namespace Market.Client.Agent;

/// <content>What the agent asks the market: which swaps there are, and their terms.</content>
public sealed partial class SwapAgent
{
    private const int SwapsAtOnce = 100;
    private const int FillsLookedAt = 200;
    private const int LongestId = 64;
    private const int DeepestReorganisation = 20;

    private async Task SyncWithMarketAsync(CancellationToken cancellation)
    {
        if (_market is null)
        {
            return;
        }

        try
        {
            var moving = await _market.GetSwapsAsync(true, SwapOutcome.Moving, SwapsAtOnce, null, cancellation)
                .ConfigureAwait(false);
            foreach (var summary in moving.Items)
            {
                await SyncAsync(summary, cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is MarketUnavailableException or MarketApiException)
        {
            Say(AgentNoticeKind.Unreachable, null, e.Message);
        }

        ExpireUnbound();
    }

    private async Task SyncAsync(SwapSummary summary, CancellationToken cancellation)
    {
        AgentSwap? known;
        lock (_swaps)
        {
            known = _swaps.GetValueOrDefault(summary.Id);
        }

        if (known is { IsOver: true } or { Refused: not null } or { Swap.Terms: not null })
        {
            return;
        }

        try
        {
            var detail = await _market!.GetSwapAsync(summary.Id, cancellation).ConfigureAwait(false);
            known ??= await OpenAsync(detail, cancellation).ConfigureAwait(false);
            if (known is null or { Refused: not null })
            {
                return;
            }

            if (detail.Terms is null)
            {
                detail = await _market.GiveSwapKeysAsync(known.Id, KeysOf(known), cancellation).ConfigureAwait(false);
            }

            if (detail.Terms is { } stated)
            {
                TakeTerms(known, stated);
            }
        }
        catch (MarketApiException e) when (known is not null || e.Code is ProblemCodes.UnknownSwap)
        {
            Say(AgentNoticeKind.Unreachable, summary.Id, e.Message);
        }
    }

    /// <summary>
    /// Deadlines are compared with the later of clock and chains, so a match is dated likewise: where blocks' times run
    /// ahead of the clock, the time for keys would else be over before it began.
    /// </summary>
    private long MatchedAt(DateTimeOffset created)
    {
        var tips = Tips();
        return created.ToUnixTimeSeconds() + tips.Latest - tips.Now;
    }

    /// <summary>Takes a swap on where it follows from an own order; refuses it, for good, where it does not.</summary>
    private async Task<AgentSwap?> OpenAsync(SwapDetail detail, CancellationToken cancellation)
    {
        var summary = detail.Summary;
        if (detail.Role is not { } side || !IsPlain(summary.Id)
            || Swaps.Count(swap => !swap.IsOver) >= _options.MostSwaps)
        {
            return null;
        }

        var orderId = await OrderOfAsync(summary.Id, cancellation).ConfigureAwait(false);
        var role = side == SwapRole.Seller ? Role.Initiator : Role.Participant;
        var plan = SwapPlan.Of(SwapRules.Of(_options.Network));
        var sats = Sats.Notional(summary.Price, summary.Quantity);
        var swap = Swap.Open(
            summary.Id,
            new Amount(summary.Quantity.Units),
            new Amount(sats.Value),
            MatchedAt(summary.CreatedAt),
            plan);
        var keys = DeriveKeys(summary.Id, role);
        swap = role == Role.Initiator ? swap with { InitiatorKeys = keys } : swap with { ParticipantKeys = keys };
        var own = new AgentSwap
        {
            Swap = swap,
            Role = role,
            Instrument = summary.Instrument,
            Price = summary.Price.Sats,
            ClientOrderId = orderId,
            ShareHeight = Math.Max(0, _share.Tip!.Height - DeepestReorganisation),
            CoinHeight = Math.Max(0, _coin.Tip!.Height - DeepestReorganisation),
        };
        if (RefusalOf(own, summary, sats) is { } reason)
        {
            own = own with { Refused = reason };
            Say(AgentNoticeKind.Refused, own.Id, $"Refused: {reason}.");
        }
        else
        {
            Say(AgentNoticeKind.Opened, own.Id, $"Taken on: {(role == Role.Initiator ? "selling" : "buying")} "
                + $"{InWords.Shares(summary.Quantity)} for {InWords.Sats(sats.Value)}.");
        }

        return Keep(own);
    }

    /// <summary>Why a swap does not follow from what was ordered.</summary>
    private string? RefusalOf(AgentSwap own, SwapSummary summary, Sats sats)
    {
        if (own.ClientOrderId is not { } id || _orders?.Find(id) is not { } order)
        {
            return "no own order led to this swap";
        }

        if (order.Side != own.Side || order.Instrument != summary.Instrument)
        {
            return "it is for the other side or another instrument than the order";
        }

        if (own.Side == Side.Sell ? summary.Price.Sats < order.Price.Sats : summary.Price.Sats > order.Price.Sats)
        {
            return "its price is worse than the order's";
        }

        if (summary.Notional.Value != sats.Value)
        {
            return "its notional is not price times quantity";
        }

        var taken = Swaps.Where(other => other.ClientOrderId == id && other.Refused is null && !Expired(other))
            .Sum(other => other.Swap.InitiatorAmount.Sats);
        return summary.Quantity.Units <= 0 || taken + summary.Quantity.Units > order.Quantity.Units
            ? "the order's quantity is exceeded"
            : null;
    }

    /// <summary>Swaps that locked nothing give their quantity back to the order.</summary>
    private static bool Expired(AgentSwap swap) => swap.Swap.Phase
        is SwapPhase.Expired or SwapPhase.Refunded or SwapPhase.InitiatorRefunded or SwapPhase.ParticipantRefunded;

    private async Task<string?> OrderOfAsync(string swapId, CancellationToken cancellation)
    {
        var fills = await _market!.GetFillsAsync(FillsLookedAt, null, cancellation).ConfigureAwait(false);
        return fills.Items.FirstOrDefault(fill => fill.SwapId == swapId)?.ClientOrderId;
    }

    private PartyKeys DeriveKeys(string swapId, Role role)
    {
        using var claim = _wallet.Keys.SwapClaimKey(swapId);
        using var refund = _wallet.Keys.SwapRefundKey(swapId);
        if (role == Role.Participant)
        {
            return new PartyKeys(claim.PublicKey, refund.PublicKey, null, null);
        }

        using var preimage = PreimageOf(swapId);
        return new PartyKeys(
            claim.PublicKey, refund.PublicKey, preimage.Hash, _wallet.PrimaryScript(ChainKind.Sharechain));
    }

    private Preimage PreimageOf(string swapId)
    {
        var bytes = _wallet.Keys.SwapPreimage(swapId);
        var preimage = Preimage.Create(bytes);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        return preimage;
    }

    private static GiveSwapKeys KeysOf(AgentSwap swap)
    {
        var keys = swap.Swap.KeysOf(swap.Role)!;
        return new GiveSwapKeys
        {
            ClaimKey = keys.ClaimKey.ToString(),
            RefundKey = keys.RefundKey.ToString(),
            PaymentHash = keys.Hash?.ToString(),
            PayoutScript = keys.PayoutScript?.ToString(),
        };
    }

    private void TakeTerms(AgentSwap own, SwapTerms stated)
    {
        var (terms, refusal) = TermsReader.Read(own, stated, Tips(), _options.Network, _wallet.On);
        if (terms is null)
        {
            Say(AgentNoticeKind.Refused, own.Id, $"Refused the terms: {refusal}.");
            Keep(own with { Refused = refusal });
            return;
        }

        var decision = SwapMachine.Decide(own.Swap, new SwapEvent.TermsFixed(terms), Tips());
        if (decision.IsTaken)
        {
            Watch(Keep(own with { Swap = decision.Swap }));
        }
    }

    /// <summary>A swap whose terms never came is over once the time for keys is; the market has expired it
    /// too.</summary>
    private void ExpireUnbound()
    {
        foreach (var swap in Swaps.Where(swap => !swap.IsOver && swap.Swap.Terms is null))
        {
            var decision = SwapMachine.Decide(swap.Swap, new SwapEvent.Tick(), Tips());
            if (decision.Swap != swap.Swap)
            {
                Keep(swap with { Swap = decision.Swap });
            }
        }
    }

    /// <summary>The journal's file is named after the id, so it must be plain.</summary>
    private static bool IsPlain(string id) =>
        id.Length is > 0 and <= LongestId && id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
