using System.Collections.Immutable;
using Market.Api.Data;
using Market.Api.Standing;
using Market.Bitcoin;
using Market.Contracts;
using Market.Swaps;
using Market.Trading;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Settlement;

/// <summary>
/// What a swap's end means for its parties: who let it fail waits, with the coins that stood behind its order; whoever settles
/// has one failure less. Written in the transaction of the swap's end, before matching lets the coins go.
/// </summary>
public sealed class SwapStanding(Waits waits, SwapTally tally, StandingHistory history, TimeProvider clock)
{
    /// <summary>Rows that are written between two sweeps of those that count no more.</summary>
    public const int SweepEvery = 10_000;

    private static readonly Role[] Both = [Role.Initiator, Role.Participant];

    private int _written;

    /// <summary>Adds the waits that follow from a decision, and notes in the swap's row who let it fail.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="row">The swap's row, as it will be.</param>
    /// <param name="before">The swap before.</param>
    /// <param name="decision">What was decided.</param>
    /// <param name="sight">How far the market's eyes can be trusted.</param>
    /// <param name="cancel">Stops reading.</param>
    /// <returns>The rows that are written with it.</returns>
    public async Task<IReadOnlyList<WaitRow>> NoteAsync(
        MarketDb db, SwapRow row, Swap before, SwapDecision decision, MarketSight sight, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(decision);
        var after = decision.Swap;
        if (after.Failure is null) row.FailedBy = null;
        else if (before.Failure is null)
        {
            var guilty = GuiltyOf(after, sight, row.LockedAt?.ToUnixTimeSeconds());
            row.FailedBy = guilty.Aggregate(FailedBy.None, (by, role) => by | Of(role));
            return await FailedAsync(db, row, after, guilty, cancel);
        }
        return decision.Effects.Any(e => e.Kind == SwapEffectKind.Settle) ? await SettledAsync(db, row, cancel) : [];
    }

    /// <summary>Takes the turn of whoever changes waits, where a decision may; dispose what is returned after <see cref="Noted"/>.
    /// </summary>
    public async Task<IDisposable?> TurnAsync(Swap before, SwapDecision decision, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(decision);
        var changes = (before.Failure is null && decision.Swap.Failure is not null)
            || decision.Effects.Any(e => e.Kind == SwapEffectKind.Settle);
        return changes ? await waits.TurnAsync(cancel) : null;
    }

    /// <summary>It is on disk: from now on it is asked for.</summary>
    public void Noted(IReadOnlyList<WaitRow> written, SwapEnd from, SwapEnd to, SwapRow swap)
    {
        ArgumentNullException.ThrowIfNull(swap);
        waits.Set(written);
        if (from.Outcome != to.Outcome || from.FailedBy != to.FailedBy)
            history.Note(swap, to.Outcome == SwapOutcome.Settled && from.Outcome != SwapOutcome.Settled);
        tally.Move(from, to);
    }

    private static ImmutableArray<Role> GuiltyOf(Swap swap, MarketSight sight, long? lockedAt) =>
        (sight.IsClear && sight.CouldAct) || swap.Failure!.Code is FailureCode.Declined
            ? SwapDefaults.Of(swap, sight.Since, lockedAt)
            : [];

    private async Task<IReadOnlyList<WaitRow>> FailedAsync(
        MarketDb db, SwapRow row, Swap swap, ImmutableArray<Role> guilty, CancellationToken cancel)
    {
        var written = new List<WaitRow>();
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        foreach (var role in guilty)
        {
            string[] subjects = [Waits.OfAccount(KeyOf(row, role)), .. await CoinsAsync(db, row, role, cancel)];
            // One who is many: neither a fresh key over the same coins nor fresh coins under the same key begins anew.
            var wait = subjects.Select(waits.Of).Aggregate((a, b) => a.And(b))
                .Failed(row.CreatedAt.ToUnixTimeSeconds(), now, SwapDefaults.CostOf(swap, role));
            written.AddRange(await WriteAsync(db, subjects, _ => wait, cancel));
        }
        await SweepAsync(db, written.Count, now, cancel);
        return written;
    }

    private async Task<IReadOnlyList<WaitRow>> SettledAsync(MarketDb db, SwapRow row, CancellationToken cancel)
    {
        string[] blamed =
            [.. Both.Select(role => Waits.OfAccount(KeyOf(row, role))).Where(subject => waits.Of(subject).Failures > 0)];
        return blamed.Length == 0 ? [] : await WriteAsync(db, blamed, subject => waits.Of(subject).Settled(), cancel);
    }

    private static async Task<IReadOnlyList<WaitRow>> WriteAsync(
        MarketDb db, string[] subjects, Func<string, TakeWait> waitOf, CancellationToken cancel)
    {
        var known = await db.Set<WaitRow>().Where(w => subjects.Contains(w.Subject)).ToDictionaryAsync(w => w.Subject, cancel);
        var rows = new List<WaitRow>();
        foreach (var subject in subjects)
        {
            if (!known.TryGetValue(subject, out var row)) db.Add(row = new WaitRow { Subject = subject });
            row.Wait = waitOf(subject);
            rows.Add(row);
        }
        return rows;
    }

    /// <summary>The coins that stand behind the order of a role.</summary>
    private static async Task<IReadOnlyList<string>> CoinsAsync(MarketDb db, SwapRow row, Role role, CancellationToken cancel)
    {
        var isMaker = row.SellerIsMaker == (Of(role) == FailedBy.Seller);
        var order = await db.Trades.AsNoTracking().Where(t => t.Instrument == row.Instrument && t.Id == row.TradeId)
            .Select(t => (long?)(isMaker ? t.MakerOrder : t.TakerOrder)).SingleOrDefaultAsync(cancel);
        if (order is null) return [];
        var coins = await db.Set<OutpointRow>().AsNoTracking()
            .Where(c => c.Instrument == row.Instrument && c.Order == order && c.Locked)
            .Select(c => new { c.ChainName, c.TxId, c.Index }).ToListAsync(cancel);
        return [.. coins.Select(c => Waits.OfCoin(c.ChainName, new OutPoint(new TxId(new Hash256(c.TxId)), (uint)c.Index)))];
    }

    private async Task SweepAsync(MarketDb db, int written, long now, CancellationToken cancel)
    {
        _written += written;
        if (_written < SweepEvery) return;
        _written = 0;
        await db.Set<WaitRow>().Where(w => w.Until < now - TakeWait.ForgottenAfterSeconds).ExecuteDeleteAsync(cancel);
    }

    private static string KeyOf(SwapRow row, Role role) => Of(role) == FailedBy.Seller ? row.SellerKey : row.BuyerKey;

    private static FailedBy Of(Role role) => role == SwapView.RoleOf(SwapRole.Seller) ? FailedBy.Seller : FailedBy.Buyer;
}
