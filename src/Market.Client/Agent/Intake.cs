using Market.Bitcoin;
using Market.Chains;
using Market.Client.Api;
using Market.Client.Orders;
using Market.Client.Wallets;
using Market.Contracts;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Agent;

/// <summary>
/// Hears of swaps from the market, in a loop of its own: what it says is bounded, checked and never waited for by the driver.
/// A swap is taken on only where it follows from an own order; nothing is kept for any other (law 7).
/// </summary>
internal sealed class Intake(
    AgentOptions options,
    MarketApi market,
    OrderLog orders,
    Wallet wallet,
    ISwapKeys keys,
    SwapJournal journal,
    Driver driver,
    TimeProvider time,
    Action<AgentNotice> say)
{
    private const int SwapsAtOnce = 100;
    private const int FillsLookedAt = 200;
    private const int LongestId = 64;
    private const long MostFilled = long.MaxValue / (2 * FillsLookedAt);
    private const int MostIgnored = 1_000;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    // By swap: the order that a note of would tell of after all; null where nothing would.
    private readonly Dictionary<string, string?> _ignored = new(StringComparer.Ordinal);
    private readonly MatchTimes _times = new();
    private string? _trouble;

    /// <summary>Asks the market again and again until cancelled. Whatever it answers, this goes on; a journal that cannot be
    /// written ends it.</summary>
    public Task RunAsync(CancellationToken cancellation)
    {
        var asking = new Supervised("Hearing of new swaps", time, Away.IsMarket, Tell)
        {
            Pauses = new Backoff(time, options.MarketPause, LongestPause),
            EndsBy = error => error is IOException,
        };
        return asking.RepeatAsync(AskAsync, options.MarketPause, cancellation);
    }

    /// <summary>Asks once, for a bounded time.</summary>
    public async Task StepAsync(CancellationToken cancellation)
    {
        try
        {
            await AskAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (Away.IsMarket(e))
        {
            Tell(e.Message);
        }
    }

    /// <summary>True for a swap that was refused, since it follows from no own order. Any thread may ask.</summary>
    public bool Ignores(string id)
    {
        lock (_ignored)
        {
            return _ignored.ContainsKey(id);
        }
    }

    // A bot's order may be written down late: what was refused for want of it is looked at again.
    private bool IsIgnoredStill(string id)
    {
        lock (_ignored)
        {
            if (!_ignored.TryGetValue(id, out var order) || (order is not null && orders.Find(order) is not null))
            {
                _ignored.Remove(id);
                return false;
            }

            return true;
        }
    }

    private async Task AskAsync(CancellationToken cancellation)
    {
        // Without a sight of both chains no term can be judged; without a whole journal no secret may be given.
        if (driver.Tips is null || !journal.IsComplete)
        {
            return;
        }

        using var limit = new TimeLimit(time, options.MarketPatience, cancellation);
        try
        {
            await SyncAsync(limit.Token).ConfigureAwait(false);
            _trouble = null;
        }
        catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw new MarketUnavailableException("The market does not answer in time.", late);
        }
    }

    // A fault here is a bug, and is said as one; but nothing that a market can bring about may end the driver.
    private void Tell(SupervisedFailure failure) => Tell(
        failure.IsPassing ? failure.Error.Message
        : $"Hearing of new swaps failed by a fault of this program ({failure.Error.GetType().Name}: {failure.Error.Message}). "
            + "Swaps under way go on.");

    private void Tell(string trouble)
    {
        if (_trouble != trouble)
        {
            _trouble = trouble;
            say(new AgentNotice(AgentSayingKind.Unreachable, null, trouble));
        }
    }

    private async Task SyncAsync(CancellationToken cancellation)
    {
        var moving = await market.GetSwapsAsync(
            true, SwapOutcome.Moving, SwapsAtOnce, null, options.Instrument, cancellation).ConfigureAwait(false);
        Page<Fill>? fills = null;
        var told = (moving.Items ?? []).OfType<SwapSummary>().Take(SwapsAtOnce).ToList();
        _times.Note([.. told.Select(summary => summary.Id)], driver.Tips!.Value.Now, isWhole: told.Count < SwapsAtOnce);
        foreach (var summary in told)
        {
            if (!IsPlain(summary.Id) || IsIgnoredStill(summary.Id)
                || journal.Find(summary.Id) is { IsOver: true } or { Refused: not null } or { Swap.Terms: not null })
            {
                continue;
            }

            fills ??= await market.GetFillsAsync(FillsLookedAt, null, cancellation).ConfigureAwait(false);
            var all = (fills.Items ?? []).OfType<Fill>().ToList();
            var order = all.Find(fill => fill.SwapId == summary.Id)?.ClientOrderId;
            await SyncAsync(summary, order, all, cancellation).ConfigureAwait(false);
        }
    }

    private async Task SyncAsync(
        SwapSummary summary, string? orderId, IReadOnlyList<Fill> fills, CancellationToken cancellation)
    {
        var known = journal.Find(summary.Id);
        if (known is null && journal.Swaps.Count(swap => !swap.IsOver) >= options.MostSwaps)
        {
            return;
        }

        if (known is null && RefusalOf(summary, orderId, fills) is { } reason)
        {
            Ignore(summary.Id, reason, orderId is not null && orders.Find(orderId) is null ? orderId : null);
            return;
        }

        var detail = await market.GetSwapAsync(summary.Id, cancellation).ConfigureAwait(false);
        known ??= await OpenAsync(summary, detail, orderId!, cancellation).ConfigureAwait(false);
        if (known is null)
        {
            return;
        }

        if (detail.Terms is null)
        {
            detail = await market.GiveSwapKeysAsync(known.Id, KeysOf(known), cancellation).ConfigureAwait(false);
        }

        if (detail.Terms is { } stated)
        {
            await TakeTermsAsync(known, stated, cancellation).ConfigureAwait(false);
        }
    }

    private void Ignore(string id, string reason, string? missing = null)
    {
        lock (_ignored)
        {
            if (_ignored.Count >= MostIgnored)
            {
                _ignored.Clear();
            }

            _ignored[id] = missing;
        }

        say(new AgentNotice(AgentSayingKind.Refused, id, $"Refused: {reason}."));
    }

    /// <summary>Why a swap does not follow from what was ordered; null where it does.</summary>
    private string? RefusalOf(SwapSummary summary, string? orderId, IReadOnlyList<Fill> fills)
    {
        if (orderId is null || orders.Find(orderId) is not { } order)
        {
            return NoOrder(orderId);
        }

        if (order.Instrument != summary.Instrument || (options.Instrument ?? summary.Instrument) != summary.Instrument)
        {
            return "it is for another instrument than the order";
        }

        if (order.Side == Side.Sell ? summary.Price.Sats < order.Price.Sats : summary.Price.Sats > order.Price.Sats)
        {
            return "its price is worse than the order's";
        }

        if (order.MatchesUntil is { } until && _times.IsLate(summary.Id, summary.CreatedAt, until, KeysWithin))
        {
            return "it was matched after the order's time";
        }

        if (order.TimeInForce == TimeInForce.Fok && Filled(orderId, fills) < order.Quantity.Units)
        {
            return "it is part of an order that trades whole or not at all";
        }

        var taken = journal.Swaps
            .Where(other => other.ClientOrderId == orderId && other.Refused is null && !GaveNothing(other))
            .Sum(other => other.Swap.InitiatorAmount.Sats);
        if (summary.Quantity.Units <= 0 || summary.Quantity.Units > order.Quantity.Units - taken)
        {
            return "the order's quantity is exceeded";
        }

        // The counter goes no further than a search by the seed alone does (law 10).
        if (!journal.HasNumbers)
        {
            return $"{SwapSearch.MostUnlocked} swaps in a row were agreed of which none was locked: "
                + "no more are taken on before one is";
        }

        try
        {
            var sats = Sats.Notional(summary.Price, summary.Quantity).Value;
            return summary.Notional.Value != sats ? "its notional is not price times quantity"
                : SwapFees.IsWorthLocking(new Amount(summary.Quantity.Units), new Amount(sats)) ? null
                : "it is so small that fees would eat it";
        }
        catch (OverflowException)
        {
            return "its figures are out of range";
        }
    }

    // The market's figures are not repeated: whoever notes an order takes them from what he asked for.
    private static string NoOrder(string? orderId) => IsPlain(orderId?.Replace('_', '-'))
        ? $"no own order led to this swap. Where a bot of yours sent order {orderId}, write down what it asked for, and the "
            + $"swap is taken on: market orders note {orderId} --help"
        : "no own order led to this swap";

    /// <summary>The longest that a match is good for without keys, in seconds.</summary>
    private int KeysWithin => TradedInstrument.RulesOf(options.Network, wallet.On(ChainKind.Sharechain)).KeysWithinSeconds;

    // All that an immediate order trades it trades in one command, of which a market tells all fills or none. No order has as many
    // as are asked for.
    private static long Filled(string orderId, IEnumerable<Fill> fills) =>
        fills.Where(fill => fill.ClientOrderId == orderId).Sum(fill => Math.Clamp(fill.Quantity.Units, 0, MostFilled));

    /// <summary>Swaps in which nothing changed hands give their quantity back to the order.</summary>
    private static bool GaveNothing(AgentSwap swap) => swap.Swap.Phase
        is SwapPhase.Expired or SwapPhase.Refunded or SwapPhase.InitiatorRefunded or SwapPhase.ParticipantRefunded;

    private async Task<AgentSwap?> OpenAsync(
        SwapSummary summary, SwapDetail detail, string orderId, CancellationToken cancellation)
    {
        var order = orders.Find(orderId)!;
        var role = order.Side == Side.Sell ? Role.Initiator : Role.Participant;
        if (detail.Role != (role == Role.Initiator ? SwapRole.Seller : SwapRole.Buyer))
        {
            Ignore(summary.Id, "it is for the other side than the order");
            return null;
        }

        var sats = Sats.Notional(summary.Price, summary.Quantity);
        var plan = SwapPlan.Of(
            TradedInstrument.RulesOf(options.Network, wallet.On(ChainKind.Sharechain)), new Amount(sats.Value));
        var index = journal.TakeIndex();
        var given = SwapSpends.KeysOf(
            keys, index, role, role == Role.Initiator ? wallet.PrimaryScript(ChainKind.Sharechain) : null);
        var swap = Swap.Open(
            summary.Id, new Amount(summary.Quantity.Units), new Amount(sats.Value), MatchedAt(summary.CreatedAt), plan);
        var (share, coin) = driver.Heights;
        var own = new AgentSwap
        {
            Swap = role == Role.Initiator ? swap with { InitiatorKeys = given } : swap with { ParticipantKeys = given },
            Role = role,
            KeyIndex = index,
            Instrument = summary.Instrument,
            LeastRoot = TradedInstrument.LeastRootOf(order.Instrument, wallet.On(ChainKind.Sharechain)),
            Price = summary.Price.Sats,
            ClientOrderId = orderId,
            DrawsOnProved = order.DrawsOnProved,
            ShareHeight = share,
            CoinHeight = coin,
        };
        await driver.AdoptAsync(own, cancellation).ConfigureAwait(false);
        say(new AgentNotice(
            AgentSayingKind.Opened, own.Id,
            $"Taken on: {(role == Role.Initiator ? "selling" : "buying")} "
                + $"{InWords.Shares(summary.Quantity)} for {InWords.Sats(sats.Value)}."));
        return own;
    }

    /// <summary>
    /// Deadlines are compared with the later of clock and chains, so a match is dated likewise: where blocks' times run ahead
    /// of the clock, the time for keys would else be over before it began.
    /// </summary>
    private long MatchedAt(DateTimeOffset created)
    {
        var tips = driver.Tips!.Value;
        return created.ToUnixTimeSeconds() + tips.Latest - tips.Now;
    }

    private static GiveSwapKeys KeysOf(AgentSwap swap)
    {
        var given = swap.Swap.KeysOf(swap.Role)!;
        return new GiveSwapKeys
        {
            ClaimKey = given.ClaimKey.ToString(),
            RefundKey = given.RefundKey.ToString(),
            PaymentHash = given.Hash?.ToString(),
            PayoutScript = given.PayoutScript?.ToString(),
        };
    }

    private async Task TakeTermsAsync(AgentSwap own, SwapTerms stated, CancellationToken cancellation)
    {
        var tips = driver.Tips!.Value;
        var (terms, refusal) = TermsReader.Read(own, stated, tips, options.Network, wallet.On);

        // Law 10: a hash that was used before is known to somebody.
        if (terms is not null && journal.Swaps.Any(other => other.Id != own.Id && other.Swap.Terms?.Hash == terms.Hash))
        {
            (terms, refusal) = (null, "its payment hash was used in another swap before");
        }

        if (terms is null)
        {
            say(new AgentNotice(AgentSayingKind.Refused, own.Id, $"Refused the terms: {refusal}."));
            await driver.AdoptAsync(own with { Refused = refusal }, cancellation).ConfigureAwait(false);
            return;
        }

        var decision = SwapMachine.Decide(own.Swap, new SwapEvent.TermsFixed(terms), tips);
        if (decision.IsTaken)
        {
            await driver.AdoptAsync(own with { Swap = decision.Swap }, cancellation).ConfigureAwait(false);
        }
    }

    private static bool IsPlain(string? id) =>
        id is { Length: > 0 and <= LongestId } && id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
