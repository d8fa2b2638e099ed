using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains;
using Market.Client.Orders;
using Market.Client.Wallets;
using Market.Swaps;

namespace Market.Client.Agent;

/// <content>Folding what the chains show, and doing what is owed.</content>
public sealed partial class SwapAgent
{
    private const int MostTransactions = 64;
    private const int MostFundings = 16;
    private const int LookOut = 24 * 60 * 60;

    /// <summary>What was refused by the network, and at which height: not tried again before the next block.</summary>
    private readonly Dictionary<string, int> _refusedAt = new(StringComparer.Ordinal);

    private async Task DriveAsync(AgentSwap own, CancellationToken cancellation)
    {
        var tips = Tips();
        own = KeepFundings(own);
        var swap = own.Swap;
        foreach (var leg in new[] { Role.Initiator, Role.Participant })
        {
            foreach (var happened in LegReader.Events(swap, leg, FoundOf(swap, leg)))
            {
                swap = Fold(own, swap, happened, tips).Swap;
            }
        }

        var decision = Fold(own, swap, new SwapEvent.Tick(), tips);
        if (decision.Swap != own.Swap)
        {
            own = Keep(own with { Swap = decision.Swap });
        }

        foreach (var effect in decision.For(own.Role))
        {
            own = await DoAsync(own, effect, cancellation).ConfigureAwait(false);
        }

        if (own.Swap is { Closed: true, Phase: SwapPhase.Expired }
            && tips.Latest > own.Swap.Deadlines!.Value.Long + LookOut)
        {
            own = Keep(own with { LetGo = true });
        }

        if (own.IsOver)
        {
            Forget(own);
        }
    }

    private SwapDecision Fold(AgentSwap own, Swap swap, SwapEvent happened, SwapTips tips)
    {
        var decision = SwapMachine.Decide(swap, happened, tips);
        foreach (var alarm in decision.Effects.Where(effect => effect.Kind == SwapEffectKind.Alarm))
        {
            Say(AgentNoticeKind.Alarm, own.Id, SwapWords.Of(alarm.Alarm!.Value));
        }

        if (decision.Swap.Phase != swap.Phase)
        {
            Say(AgentNoticeKind.Moved, own.Id, SwapWords.Of(decision.Swap, tips, own.Role));
        }

        return decision;
    }

    private List<FoundTransaction> FoundOf(Swap swap, Role leg) =>
        [.. ScanOf(swap.ChainOf(leg)).Find(swap.Terms!.HtlcOf(leg).ScriptPubKey)];

    /// <summary>Keeps the transactions that fund the legs, so that they can be broadcast again after a
    /// reorganisation.</summary>
    private AgentSwap KeepFundings(AgentSwap own)
    {
        foreach (var leg in new[] { Role.Initiator, Role.Participant })
        {
            var script = own.Swap.Terms!.HtlcOf(leg).ScriptPubKey;
            var found = FoundOf(own.Swap, leg);
            foreach (var (transaction, height) in found)
            {
                var at = transaction.Outputs.IndexOf(new TxOut(own.Swap.AmountOf(leg), script));
                if (at >= 0 && own.Transactions.All(known => known.TxId != transaction.Id)
                    && WithRoom(own, leg, found) is { Length: < MostTransactions } kept)
                {
                    own = Keep(own with
                    {
                        Transactions = kept.Add(new OwnTransaction(
                            OwnTransactionKind.Funding, leg, new OutPoint(transaction.Id, (uint)at), transaction.Id,
                            transaction.ToHex(), 0, 0, height ?? HeightOf(own.Swap, leg), HeightOf(own.Swap, leg))),
                    });
                }

                // One that leaves its block again has not waited yet.
                var sent = own.Transactions.FirstOrDefault(known => known.TxId == transaction.Id
                    && known.Kind == OwnTransactionKind.Funding);
                if (height is { } block && leg == own.Role && sent?.SentAt < block)
                {
                    own = Keep(own with { Transactions = own.Transactions.Replace(sent, sent with { SentAt = block }) });
                }
            }
        }

        return own;
    }

    // A counterparty that replaces its lock again and again drives out its own oldest version, and nothing else.
    private static ImmutableArray<OwnTransaction> WithRoom(AgentSwap own, Role leg, List<FoundTransaction> found)
    {
        var locks = own.Transactions.Where(known => known.Kind == OwnTransactionKind.Funding && known.Leg == leg).ToList();
        return leg != own.Role && locks.Count >= MostFundings
            && locks.Find(known => found.TrueForAll(seen => seen.Transaction.Id != known.TxId)) is { } gone
                ? own.Transactions.Remove(gone)
                : own.Transactions;
    }

    private int HeightOf(Swap swap, Role leg) => ScanOf(swap.ChainOf(leg)).Tip!.Height;

    private async Task<AgentSwap> DoAsync(AgentSwap own, SwapEffect effect, CancellationToken cancellation)
    {
        try
        {
            var act = effect.Kind switch
            {
                SwapEffectKind.Lock when own.Refused is null => LockAsync(own, cancellation),
                SwapEffectKind.RelayFunding => RelayAsync(own, effect.Leg!.Value, cancellation),
                SwapEffectKind.Reveal when own.Refused is null =>
                    SpendAsync(own, effect, OwnTransactionKind.Claim, cancellation),
                SwapEffectKind.Claim => SpendAsync(own, effect, OwnTransactionKind.Claim, cancellation),
                SwapEffectKind.Refund => SpendAsync(own, effect, OwnTransactionKind.Refund, cancellation),
                SwapEffectKind.Abandon => AbandonAsync(own, cancellation),
                _ => Task.FromResult(own),
            };
            return await act.ConfigureAwait(false);
        }
        catch (ChainUnavailableException e)
        {
            Say(AgentNoticeKind.Unreachable, own.Id, e.Message);
        }
        catch (InsufficientFundsException e)
        {
            Say(AgentNoticeKind.NotTaken, own.Id, e.Message);
        }

        lock (_swaps)
        {
            return _swaps[own.Id];
        }
    }

    /// <summary>Claims or takes back a payment: builds, writes down, broadcasts; later broadcasts again or
    /// replaces.</summary>
    private async Task<AgentSwap> SpendAsync(
        AgentSwap own, SwapEffect effect, OwnTransactionKind kind, CancellationToken cancellation)
    {
        var (leg, outPoint) = (effect.Leg!.Value, effect.OutPoint!.Value);
        var height = HeightOf(own.Swap, leg);
        var payment = own.Swap.PaymentsOf(leg).First(known => known.OutPoint == outPoint);
        var before = own.Newest(kind, leg, outPoint);
        if (before is not null)
        {
            var confirmed = payment.Spend is { Height: not null } spend
                && own.Transactions.Any(known => known.TxId == spend.TxId);
            if (confirmed || before.SentAt == height)
            {
                return own;
            }

            if (!before.TooCheap && (before.SentAt is null || height - before.MadeAt < _options.BumpAfterBlocks))
            {
                return await SendSpendAsync(own, before, cancellation).ConfigureAwait(false);
            }
        }

        own = kind == OwnTransactionKind.Claim ? WithDestination(own) : WithWayBack(own);
        var written = await BuildSpendAsync(own, kind, leg, payment, before, cancellation).ConfigureAwait(false);
        if (written is null)
        {
            Say(AgentNoticeKind.NotTaken, own.Id, "What is locked is worth less than the fee to take it.");
            return own;
        }

        var kept = own.Transactions.Length < MostTransactions ? own.Transactions : own.Transactions.Remove(before!);
        own = Keep(own with { Transactions = kept.Add(written) });
        return await SendSpendAsync(own, written, cancellation).ConfigureAwait(false);
    }

    private async Task<OwnTransaction?> BuildSpendAsync(
        AgentSwap own,
        OwnTransactionKind kind,
        Role leg,
        Payment payment,
        OwnTransaction? before,
        CancellationToken cancellation)
    {
        var chain = KindOf(own.Swap.ChainOf(leg));
        var attempt = before is null ? 0 : before.Attempt + 1;
        var estimate = await _wallet.On(chain).EstimateFeeAsync(_options.TargetBlocks, cancellation)
            .ConfigureAwait(false);
        var vsize = kind == OwnTransactionKind.Claim ? SwapFees.ClaimVirtualSize : SwapFees.RefundVirtualSize;
        var rate = SwapFees.Bumped(estimate, attempt, payment.Amount, vsize);
        var htlc = own.Swap.Terms!.HtlcOf(leg);
        var destination = (kind == OwnTransactionKind.Refund ? own.WayBack : own.Destination)!.Value;
        Transaction? transaction;
        if (kind == OwnTransactionKind.Refund)
        {
            using var key = _wallet.Keys.SwapRefundKey(own.Id);
            transaction = HtlcSigning.Refund(htlc, payment.OutPoint, payment.Amount, key, destination, rate);
        }
        else
        {
            using var key = _wallet.Keys.SwapClaimKey(own.Id);
            var preimage = own.Swap.Preimage ?? Reveal(own);
            transaction = HtlcSigning.Claim(htlc, payment.OutPoint, payment.Amount, key, preimage, destination, rate);
        }

        return transaction is null
            ? null
            : new OwnTransaction(
                kind, leg, payment.OutPoint, transaction.Id, transaction.ToHex(), rate.SatsPerKvB, attempt,
                HeightOf(own.Swap, leg), null);
    }

    // One address for all that this swap brings on a chain: asked for once, so that replacements pay the same.
    private AgentSwap WithDestination(AgentSwap own) => own.Destination is not null
        ? own
        : Keep(own with { Destination = _wallet.NewScript(KindOf(own.Swap.ChainOf(own.Role.Other()))) });

    private AgentSwap WithWayBack(AgentSwap own) => own.WayBack is not null
        ? own
        : Keep(own with { WayBack = _wallet.NewScript(KindOf(own.Swap.ChainOf(own.Role))) });

    private RevealedPreimage Reveal(AgentSwap own)
    {
        if (own.Role != Role.Initiator)
        {
            throw new InvalidOperationException("Only the initiator has a preimage to reveal.");
        }

        using var preimage = PreimageOf(own.Id);
        return preimage.Reveal();
    }

    /// <summary>Broadcasts a spend; one that the network has taken counts as seen at once.</summary>
    private async Task<AgentSwap> SendSpendAsync(AgentSwap own, OwnTransaction written, CancellationToken cancellation)
    {
        own = await SendAsync(own, written, cancellation).ConfigureAwait(false);
        if (own.Transactions.All(known => known.TxId != written.TxId || known.SentAt is null))
        {
            return own;
        }

        var payment = own.Swap.PaymentsOf(written.Leg).First(known => known.OutPoint == written.OutPoint);
        if (payment.Spend is { Height: not null } || payment.Spend?.TxId == written.TxId)
        {
            return own;
        }

        SwapEvent seen = written.Kind == OwnTransactionKind.Refund
            ? new SwapEvent.RefundSeen(written.Leg, written.OutPoint, written.TxId, null)
            : new SwapEvent.ClaimSeen(
                written.Leg, written.OutPoint, written.TxId, own.Swap.Preimage ?? Reveal(own), null);
        var decision = Fold(own, own.Swap, seen, Tips());
        return decision.IsTaken ? Keep(own with { Swap = decision.Swap }) : own;
    }

    private async Task<AgentSwap> SendAsync(AgentSwap own, OwnTransaction written, CancellationToken cancellation)
    {
        var chain = _wallet.On(KindOf(own.Swap.ChainOf(written.Leg)));
        var height = HeightOf(own.Swap, written.Leg);
        var purpose = $"{own.Id}/{written.Kind}/{written.OutPoint}/{written.Attempt}";
        if (_refusedAt.TryGetValue(purpose, out var refusedAt) && refusedAt == height)
        {
            return own;
        }

        var transaction = Transaction.Parse(Hex.Decode(written.Hex));
        var result = await chain.BroadcastAsync(transaction, cancellation).ConfigureAwait(false);
        if (!result.IsSuccess)
        {
            _refusedAt[purpose] = height;
            if (!await IsOvertakenAsync(own, written, transaction, chain, cancellation).ConfigureAwait(false))
            {
                Say(AgentNoticeKind.NotTaken, own.Id, $"{written.Kind} {written.TxId} was not taken: {result.Code} "
                    + result.Detail);
            }

            return NeverSent(own, written, result.Code);
        }

        if (written.SentAt is null)
        {
            Say(AgentNoticeKind.Broadcast, own.Id, $"{written.Kind} {written.TxId} broadcast.");
        }

        _refusedAt.Remove(purpose);
        var noted = written with { SentAt = height };
        return Keep(own with { Transactions = own.Transactions.Replace(written, noted) });
    }

    /// <summary>True where a block holds what this was to replace: it came in between, and nothing is amiss.</summary>
    private static async Task<bool> IsOvertakenAsync(
        AgentSwap own, OwnTransaction written, Transaction transaction, IChain chain, CancellationToken cancellation)
    {
        var spent = transaction.Inputs.Select(input => input.PreviousOutput).ToHashSet();
        foreach (var known in own.Transactions.Where(known => known.Leg == written.Leg && known.TxId != written.TxId))
        {
            if (Transaction.Parse(Hex.Decode(known.Hex)).Inputs.Any(input => spent.Contains(input.PreviousOutput))
                && await chain.FindTransactionAsync(known.TxId, cancellation).ConfigureAwait(false) is { Block: not null })
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// A lock that was refused at its first broadcast is known to nobody: it is struck out, and built anew or, where it was to
    /// replace another, left at that. A claim, refund or taking back whose fee was refused is replaced by one that pays more.
    /// </summary>
    private AgentSwap NeverSent(AgentSwap own, OwnTransaction written, BroadcastCode code)
    {
        var again = written.SentAt is null && code switch
        {
            BroadcastCode.FeeTooLow or BroadcastCode.ReplacementTooCheap or BroadcastCode.MempoolFull => true,
            BroadcastCode.MissingInputs or BroadcastCode.Conflict => written.Kind == OwnTransactionKind.Funding,
            _ => false,
        };
        if (!again)
        {
            return own;
        }

        var rest = written.Kind == OwnTransactionKind.Funding
            ? own.Transactions.Remove(written)
            : own.Transactions.Replace(written, written with { TooCheap = true });
        return Keep(own with { Transactions = rest });
    }

    private static ChainKind KindOf(SwapChain chain) =>
        chain == SwapChain.Share ? ChainKind.Sharechain : ChainKind.Mainchain;
}
