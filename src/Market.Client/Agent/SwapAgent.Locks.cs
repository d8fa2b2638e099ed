using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains;
using Market.Client.Orders;
using Market.Client.Wallets;
using Market.Swaps;

namespace Market.Client.Agent;

/// <content>The own lock: made once, replaced by a dearer one where it waits too long, made void where it comes too late.</content>
public sealed partial class SwapAgent
{
    /// <summary>Locks that the network would not replace: not tried again by this process.</summary>
    private readonly HashSet<TxId> _kept = [];

    /// <summary>Funds the own leg: once. What was written down before is broadcast again, never built anew.</summary>
    private async Task<AgentSwap> LockAsync(AgentSwap own, CancellationToken cancellation)
    {
        var leg = own.Role;
        if (own.Newest(OwnTransactionKind.Funding, leg) is { } before)
        {
            return await SendAsync(own, before, cancellation).ConfigureAwait(false);
        }

        var chain = KindOf(own.Swap.ChainOf(leg));
        var amount = own.Swap.AmountOf(leg);
        ImmutableArray<TxOut> outputs = [own.Swap.Terms!.HtlcOf(leg).FundingOutput(amount)];
        if (own.Swap.KeysOf(leg)!.PayoutScript is { } payout)
        {
            outputs = outputs.Add(PayoutAnnotation.For(0, payout));
        }

        var estimate = await _wallet.On(chain).EstimateFeeAsync(_options.TargetBlocks, cancellation).ConfigureAwait(false);
        var rate = SwapFees.BumpedLock(estimate, 0, amount, SwapFees.FundingVirtualSize);
        var made = await _wallet.BuildAsync(chain, outputs, rate, PurposeOf(own), cancellation).ConfigureAwait(false);
        var written = Written(own, OwnTransactionKind.Funding, made, 0);
        own = Keep(own with { Transactions = own.Transactions.Add(written) });
        return await SendAsync(own, written, cancellation).ConfigureAwait(false);
    }

    /// <summary>Broadcasts a lock again that is seen no more, the newest first; raises the fee of an own one that waits.</summary>
    private async Task<AgentSwap> RelayAsync(AgentSwap own, Role leg, CancellationToken cancellation)
    {
        var height = HeightOf(own.Swap, leg);
        if (own.Swap.FundingOf(leg) is { } seen)
        {
            return leg == own.Role && !seen.InBlock
                ? await RaiseAsync(own, seen, height, cancellation).ConfigureAwait(false)
                : own;
        }

        foreach (var funding in own.Transactions.Reverse().Where(known => known.SentAt < height
            && known.Kind == OwnTransactionKind.Funding && known.Leg == leg).ToList())
        {
            own = await SendAsync(own, funding, cancellation).ConfigureAwait(false);
            if (own.Transactions.Any(known => known.TxId == funding.TxId && known.SentAt == height))
            {
                break;
            }
        }

        return own;
    }

    /// <summary>
    /// Replaces an own lock that has waited too long. Both spend the same coins, so only one can ever be in a block, and everybody
    /// knows a lock by its script and amount. Not where something is built on it already: a replacement would put that out too.
    /// </summary>
    private async Task<AgentSwap> RaiseAsync(AgentSwap own, Payment seen, int height, CancellationToken cancellation)
    {
        var newest = own.Newest(OwnTransactionKind.Funding, own.Role)!;
        if (newest.SentAt is null)
        {
            // Written down, and then the process died.
            return await SendReplacementAsync(own, newest, cancellation).ConfigureAwait(false);
        }

        if (newest.OutPoint != seen.OutPoint || height - Math.Max(newest.MadeAt, newest.SentAt.Value) < _options.BumpLockAfterBlocks
            || own.Transactions.Length >= MostTransactions || _kept.Contains(newest.TxId)
            || newest.AsMade() is not { } before
            || await IsBuiltOnAsync(own, newest.TxId, cancellation).ConfigureAwait(false))
        {
            return own;
        }

        var chain = KindOf(own.Swap.ChainOf(own.Role));
        var amount = own.Swap.AmountOf(own.Role);
        var attempt = newest.Attempt + 1;
        var estimate = await _wallet.On(chain).EstimateFeeAsync(_options.TargetBlocks, cancellation).ConfigureAwait(false);
        var wished = new FeeRate(Math.Max(estimate.SatsPerKvB, newest.SatsPerKvB));
        var rate = SwapFees.BumpedLock(wished, 1, amount, before.Transaction.VirtualSize);
        var kept = own.Swap.KeysOf(own.Role)!.PayoutScript is null ? 1 : 2;
        var dearer = await _wallet.ReplaceAsync(chain, before, kept, rate, PurposeOf(own), cancellation).ConfigureAwait(false);
        if (dearer is null || dearer.Fee > SwapFees.MostForLock(amount))
        {
            _kept.Add(newest.TxId);
            Say(AgentNoticeKind.NotTaken, own.Id, "The lock waits, and a higher fee is not to be had or not worth it.");
            return own;
        }

        var written = Written(own, OwnTransactionKind.Funding, dearer, attempt);
        own = Keep(own with { Transactions = own.Transactions.Add(written) });
        return await SendReplacementAsync(own, written, cancellation).ConfigureAwait(false);
    }

    /// <summary>Broadcasts a replacement. Where it is not taken it is struck out, and the lock before it stands.</summary>
    private async Task<AgentSwap> SendReplacementAsync(
        AgentSwap own, OwnTransaction written, CancellationToken cancellation)
    {
        own = await SendAsync(own, written, cancellation).ConfigureAwait(false);
        if (own.Newest(OwnTransactionKind.Funding, own.Role) is { SentAt: not null } stands && stands.TxId != written.TxId)
        {
            _kept.Add(stands.TxId);
        }

        return own;
    }

    /// <summary>
    /// Makes an own lock void that came too late: its coins are spent to the wallet, at a fee that outbids it. Whichever of the two
    /// a block takes, nothing is lost: a lock that wins comes back past its locktime.
    /// </summary>
    private async Task<AgentSwap> AbandonAsync(AgentSwap own, CancellationToken cancellation)
    {
        var height = HeightOf(own.Swap, own.Role);
        if (own.Newest(OwnTransactionKind.Funding, own.Role) is not { } newest || newest.AsMade() is not { } made)
        {
            return own;
        }

        if (await IsVoidAsync(own, cancellation).ConfigureAwait(false))
        {
            return own.Swap is { Closed: true, Phase: SwapPhase.Expired } ? Keep(own with { LetGo = true }) : own;
        }

        var before = own.Newest(OwnTransactionKind.Abandon, own.Role);
        if (before is not null
            && (before.SentAt == height
                || (!before.TooCheap && (before.SentAt is null || height - before.MadeAt < _options.BumpAfterBlocks))))
        {
            return before.SentAt == height ? own : await SendAsync(own, before, cancellation).ConfigureAwait(false);
        }

        if (own.Transactions.Length >= MostTransactions
            || await IsBuiltOnAsync(own, newest.TxId, cancellation).ConfigureAwait(false))
        {
            return own;
        }

        return await TakeBackAsync(WithWayBack(own), made, before, cancellation).ConfigureAwait(false);
    }

    private async Task<AgentSwap> TakeBackAsync(
        AgentSwap own, WalletTransaction made, OwnTransaction? before, CancellationToken cancellation)
    {
        var chain = KindOf(own.Swap.ChainOf(own.Role));
        var attempt = before is null ? 0 : before.Attempt + 1;
        var estimate = await _wallet.On(chain).EstimateFeeAsync(_options.TargetBlocks, cancellation).ConfigureAwait(false);
        var outbid = before?.AsMade() ?? made;
        var least = own.Transactions.Where(known => known.Leg == own.Role).Max(known => known.AsMade()?.Fee ?? Amount.Zero);
        var wished = new FeeRate(Math.Max(estimate.SatsPerKvB, before?.SatsPerKvB ?? 0));
        var rate = SwapFees.Bumped(wished, Math.Min(attempt, 1), own.Swap.AmountOf(own.Role), outbid.Transaction.VirtualSize);
        if (_wallet.TakeBack(chain, outbid, least, own.WayBack!.Value, rate) is not { } back)
        {
            Say(AgentNoticeKind.NotTaken, own.Id, "The lock's coins are worth less than the fee to take them back.");
            return own;
        }

        var written = Written(own, OwnTransactionKind.Abandon, back, attempt);
        own = Keep(own with { Transactions = own.Transactions.Add(written) });
        return await SendAsync(own, written, cancellation).ConfigureAwait(false);
    }

    /// <summary>True once the coins of the own lock are spent elsewhere, as deep as a claim must be to count as final.</summary>
    private async Task<bool> IsVoidAsync(AgentSwap own, CancellationToken cancellation)
    {
        var chain = _wallet.On(KindOf(own.Swap.ChainOf(own.Role)));
        foreach (var known in own.Transactions.Where(known => known.Kind == OwnTransactionKind.Abandon))
        {
            if (await chain.FindTransactionAsync(known.TxId, cancellation).ConfigureAwait(false) is { } found
                && found.Confirmations >= own.Swap.Plan.BuriedOf(own.Role))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True where an unconfirmed transaction spends an output of this one.</summary>
    private async Task<bool> IsBuiltOnAsync(AgentSwap own, TxId id, CancellationToken cancellation)
    {
        var chain = _wallet.On(KindOf(own.Swap.ChainOf(own.Role)));
        var waiting = await chain.GetMempoolAsync(cancellation).ConfigureAwait(false);
        return waiting.Any(entry => entry.Transaction.Inputs.Any(input => input.PreviousOutput.TxId == id));
    }

    private OwnTransaction Written(AgentSwap own, OwnTransactionKind kind, WalletTransaction made, int attempt) => new(
        kind, own.Role, new OutPoint(made.Transaction.Id, 0), made.Transaction.Id, made.Transaction.ToHex(),
        FeeRate.Of(made.Fee, made.Transaction.VirtualSize).SatsPerKvB, attempt, HeightOf(own.Swap, own.Role), null)
    {
        Spends = [.. made.Coins.Select(coin => new SpentCoin(coin.OutPoint, coin.Output.Value, coin.Output.ScriptPubKey))],
    };

    private static string? PurposeOf(AgentSwap own) =>
        own.ClientOrderId is { } order ? OrderDesk.PurposeOf(order) : null;
}
