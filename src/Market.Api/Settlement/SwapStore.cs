using System.Text.Json;
using Market.Api.Data;
using Market.Bitcoin;
using Market.Contracts;
using Market.Swaps;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Market.Api.Settlement;

/// <summary>How far the market's own eyes can be trusted when it judges who let a swap fail.</summary>
/// <param name="Since">From when on it has been there without a break, Unix seconds.</param>
/// <param name="IsClear">Both chains are well.</param>
/// <param name="CouldAct">Shares surely outlived what follows all the while that the step was due which was left out.</param>
public readonly record struct MarketSight(long Since, bool IsClear, bool CouldAct);

/// <summary>Reads and writes the swaps of an instrument. A decision's state, event, used keys, outgoing effects and waits are one
/// transaction.</summary>
public sealed class SwapStore(
    IDbContextFactory<MarketDb> database, MarketInstrument instrument, SwapStanding standing, TimeProvider clock)
{
    private readonly string _instrument = instrument.Id;

    /// <summary>All swaps that are not closed, oldest first.</summary>
    public async Task<IReadOnlyList<SwapRow>> OpenAsync(CancellationToken cancel)
    {
        await using var db = await database.CreateDbContextAsync(cancel);
        return await db.Set<SwapRow>().AsNoTracking().Where(s => s.Instrument == _instrument && !s.Closed)
            .OrderBy(s => s.Number).ToListAsync(cancel);
    }

    /// <summary>The newest swaps, oldest first.</summary>
    public async Task<IReadOnlyList<SwapRow>> NewestAsync(int count, CancellationToken cancel)
    {
        await using var db = await database.CreateDbContextAsync(cancel);
        var rows = await db.Set<SwapRow>().AsNoTracking().Where(s => s.Instrument == _instrument)
            .OrderByDescending(s => s.Number).Take(count).ToListAsync(cancel);
        rows.Reverse();
        return rows;
    }

    /// <summary>Swaps of these trades that are not closed.</summary>
    public async Task<IReadOnlyList<SwapRow>> FindAsync(IReadOnlyCollection<string> ids, CancellationToken cancel)
    {
        await using var db = await database.CreateDbContextAsync(cancel);
        return await db.Set<SwapRow>().AsNoTracking().Where(s => s.Instrument == _instrument && ids.Contains(s.Id))
            .OrderBy(s => s.Number).ToListAsync(cancel);
    }

    /// <summary>How many swaps ended in each way.</summary>
    public async Task<IReadOnlyList<(SwapEnd End, long Count)>> CountEndsAsync(CancellationToken cancel)
    {
        await using var db = await database.CreateDbContextAsync(cancel);
        var groups = await db.Set<SwapRow>().AsNoTracking()
            .Where(s => s.Instrument == _instrument
                && (s.FailedBy != null || s.Outcome == SwapOutcome.Settled || s.Outcome == SwapOutcome.Faulted))
            .GroupBy(s => new { s.Outcome, s.FailedBy, s.SellerIsMaker })
            .Select(g => new { g.Key.Outcome, g.Key.FailedBy, g.Key.SellerIsMaker, Count = g.LongCount() }).ToListAsync(cancel);
        return [.. groups.Select(g => (new SwapEnd(g.Outcome, g.FailedBy, g.SellerIsMaker), g.Count))];
    }

    /// <summary>Notes that both legs are locked, and that matching must be told. The row is changed to match.</summary>
    public async Task LockAsync(SwapRow row, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(row);
        await using var db = await database.CreateDbContextAsync(cancel);
        var next = Clone(row);
        db.Attach(next);
        Lock(db, next);
        await db.SaveChangesAsync(cancel);
        Copy(next, row);
    }

    /// <summary>Writes a decision that changed something. The row is changed to match.</summary>
    /// <returns>False where a key or hash that it took was used by another swap, of whichever instrument, ever: nothing is written.
    /// </returns>
    public async Task<bool> SaveAsync(SwapRow row, Swap before, SwapEvent happened, SwapDecision decision, SwapTips tips,
        MarketSight sight, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(decision);
        var after = decision.Swap;
        await using var db = await database.CreateDbContextAsync(cancel);
        var next = Clone(row);
        db.Attach(next);
        next.Machine = SwapJson.Write(after);
        next.Version = after.Version;
        next.State = SwapView.StateOf(after.Phase);
        next.Outcome = SwapView.OutcomeOf(after.Phase);
        next.Closed = after.Closed;
        next.UpdatedAt = clock.GetUtcNow();
        if (before.Terms is null && after.Terms is not null)
        {
            next.ShareFrom = tips.Share.Height;
            next.CoinFrom = tips.Coin.Height;
        }
        db.Add(EventOf(row.Id, before, happened, after, tips, next.UpdatedAt));
        if (happened is SwapEvent.KeysGiven given)
            db.AddRange(SecretsOf(given.Keys).Select(secret => new SwapSecretRow { Value = secret, SwapId = row.Id }));
        if (next.LockedAt is null && SwapDefaults.AreBothLocked(after, tips)) Lock(db, next);
        if (OutboxOf(row.Id, decision, sight) is { } outbox) db.Add(outbox);
        using var turn = await standing.TurnAsync(before, decision, cancel);
        var waits = await standing.NoteAsync(db, next, before, decision, sight, cancel);
        try
        {
            await db.SaveChangesAsync(cancel);
        }
        catch (DbUpdateException e) when (IsUsedSecret(e))
        {
            return false;
        }
        standing.Noted(waits, EndOf(row), EndOf(next), next);
        Copy(next, row);
        return true;
    }

    // Nobody asks before: between question and answer another instrument could take the same.
    private static bool IsUsedSecret(DbUpdateException failure) => failure.InnerException is PostgresException
    {
        SqlState: PostgresErrorCodes.UniqueViolation,
        TableName: SwapSecretRow.Table,
    };

    private void Lock(MarketDb db, SwapRow row)
    {
        row.LockedAt = clock.GetUtcNow();
        db.Add(new SwapOutboxRow { SwapId = row.Id, Seller = TradeEnd.Locked, Buyer = TradeEnd.Locked });
    }

    private static SwapEnd EndOf(SwapRow row) => new(row.Outcome, row.FailedBy, row.SellerIsMaker);

    /// <summary>Keeps a transaction to broadcast it again.</summary>
    public async Task KeepAsync(string swapId, ChainName chain, Transaction transaction, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        await using var db = await database.CreateDbContextAsync(cancel);
        var id = transaction.Id.ToString();
        if (await db.Set<SwapTransactionRow>().AnyAsync(t => t.SwapId == swapId && t.TransactionId == id, cancel)) return;
        db.Add(new SwapTransactionRow
        {
            SwapId = swapId,
            TransactionId = id,
            Chain = chain,
            Bytes = transaction.ToArray(),
        });
        await db.SaveChangesAsync(cancel);
    }

    /// <summary>Transactions that were kept.</summary>
    public async Task<IReadOnlyList<SwapTransactionRow>> KeptAsync(string swapId, ChainName chain, CancellationToken cancel)
    {
        await using var db = await database.CreateDbContextAsync(cancel);
        return await db.Set<SwapTransactionRow>().AsNoTracking()
            .Where(t => t.SwapId == swapId && t.Chain == chain).ToListAsync(cancel);
    }

    /// <summary>Ends of trades that matching has not journaled yet, with their swaps.</summary>
    public async Task<IReadOnlyList<(SwapOutboxRow End, SwapRow Swap)>> OutboxAsync(int limit, CancellationToken cancel)
    {
        await using var db = await database.CreateDbContextAsync(cancel);
        var rows = await db.Set<SwapOutboxRow>().AsNoTracking().Where(o => !o.Done)
            .Join(db.Set<SwapRow>().AsNoTracking().Where(s => s.Instrument == _instrument), o => o.SwapId, s => s.Id,
                (o, s) => new { o, s })
            .OrderBy(r => r.o.Number).Take(limit).ToListAsync(cancel);
        return [.. rows.Select(r => (r.o, r.s))];
    }

    /// <summary>Matching has them in its journal.</summary>
    public async Task DoneAsync(IReadOnlyCollection<long> numbers, CancellationToken cancel)
    {
        await using var db = await database.CreateDbContextAsync(cancel);
        await db.Set<SwapOutboxRow>().Where(o => numbers.Contains(o.Number))
            .ExecuteUpdateAsync(set => set.SetProperty(o => o.Done, true), cancel);
    }

    /// <summary>What must never be used again, in hex.</summary>
    public static IReadOnlyList<string> SecretsOf(PartyKeys keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var list = new List<string> { keys.ClaimKey.ToString(), keys.RefundKey.ToString() };
        if (keys.Hash is { } hash) list.Add(hash.ToString());
        return list;
    }

    private static SwapEventRow EventOf(
        string id, Swap before, SwapEvent happened, Swap after, SwapTips tips, DateTimeOffset time)
    {
        var (chain, transaction) = TransactionOf(before, happened);
        var kind = happened.GetType().Name;
        return new SwapEventRow
        {
            SwapId = id,
            Version = after.Version,
            Time = time,
            Kind = JsonNamingPolicy.CamelCase.ConvertName(kind),
            From = SwapView.StateOf(before.Phase),
            To = SwapView.StateOf(after.Phase),
            Chain = chain,
            TransactionId = transaction,
            Event = SwapJson.Write(happened),
            Tips = JsonSerializer.Serialize(tips, SwapJson.Options),
        };
    }

    private static (ChainName? Chain, string? TransactionId) TransactionOf(Swap swap, SwapEvent happened) => happened switch
    {
        SwapEvent.FundingSeen e => (SwapView.NameOf(swap.ChainOf(e.Leg)), e.OutPoint.TxId.ToString()),
        SwapEvent.FundingGone e => (SwapView.NameOf(swap.ChainOf(e.Leg)), e.OutPoint.TxId.ToString()),
        SwapEvent.ClaimSeen e => (SwapView.NameOf(swap.ChainOf(e.Leg)), e.TxId.ToString()),
        SwapEvent.RefundSeen e => (SwapView.NameOf(swap.ChainOf(e.Leg)), e.TxId.ToString()),
        SwapEvent.SpendGone e => (SwapView.NameOf(swap.ChainOf(e.Leg)), e.TxId.ToString()),
        _ => (null, null),
    };

    private static SwapOutboxRow? OutboxOf(string id, SwapDecision decision, MarketSight sight)
    {
        if (decision.Effects.Any(e => e.Kind == SwapEffectKind.Settle))
            return new SwapOutboxRow { SwapId = id, Seller = TradeEnd.Settled, Buyer = TradeEnd.Settled };
        if (!decision.Effects.Any(e => e.Kind == SwapEffectKind.Fail)) return null;
        var blamed = sight.CouldAct ? decision.Swap.Failure?.Blamed : null;
        return new SwapOutboxRow
        {
            SwapId = id,
            Seller = blamed == SwapView.RoleOf(SwapRole.Seller) ? TradeEnd.Forfeited : TradeEnd.Returned,
            Buyer = blamed == SwapView.RoleOf(SwapRole.Buyer) ? TradeEnd.Forfeited : TradeEnd.Returned,
        };
    }

    private static SwapRow Clone(SwapRow row)
    {
        var copy = new SwapRow
        {
            Id = row.Id,
            Number = row.Number,
            Instrument = row.Instrument,
            TradeId = row.TradeId,
            SellerKey = row.SellerKey,
            BuyerKey = row.BuyerKey,
            SellerIsMaker = row.SellerIsMaker,
            Price = row.Price,
            Quantity = row.Quantity,
            Notional = row.Notional,
            CreatedAt = row.CreatedAt,
        };
        Copy(row, copy);
        return copy;
    }

    private static void Copy(SwapRow from, SwapRow to)
    {
        to.UpdatedAt = from.UpdatedAt;
        to.Version = from.Version;
        to.State = from.State;
        to.Outcome = from.Outcome;
        to.Closed = from.Closed;
        to.LockedAt = from.LockedAt;
        to.FailedBy = from.FailedBy;
        to.ShareFrom = from.ShareFrom;
        to.CoinFrom = from.CoinFrom;
        to.Machine = from.Machine;
    }
}
