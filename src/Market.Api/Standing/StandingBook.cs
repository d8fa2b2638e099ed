using Market.Api.Data;
using Market.Standing;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Market.Api.Standing;

/// <summary>
/// What each key has earned: its credits, and what raises its tier. Whoever checks a proof of work or of coins tells it here, and
/// it is on disk before that returns. What calls use up is written within a second: a crash gives back at most that. Safe from any
/// thread; nothing waits for the database under a lock that a call needs.
/// </summary>
public sealed class StandingBook(
    NpgsqlDataSource database, IDbContextFactory<MarketDb> tables, StandingHistory history, TimeProvider clock)
    : ICreditStore, IDisposable
{
    /// <summary>Holds kept, of all keys: some 400 bytes each, 40 MB in all. Beyond it none is taken.</summary>
    public const int MostHolds = 100_000;

    /// <summary>Holds of one key.</summary>
    public const int MostHoldsOfOne = 100;

    /// <summary>Entries kept, newest first: some 300 bytes each on disk, 600 MB in all. A proof must not be good for longer than
    /// its entry stands: of tickets by their seed, of shares by their window.</summary>
    public const int MostEntries = 2_000_000;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CreditLedger _ledger = new();
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);
    private readonly StandingHolds _holds = new();

    /// <summary>What a key has stored.</summary>
    /// <param name="key">Hex of the x-only key.</param>
    public CreditUnits CreditsOf(string key)
    {
        lock (_gate) return _ledger.Of(key);
    }

    /// <inheritdoc/>
    public long FreeOf(string key)
    {
        lock (_gate) return _ledger.FreeOf(key);
    }

    /// <inheritdoc/>
    public bool TryPromise(string key, long units)
    {
        lock (_gate) return _ledger.TryPromise(key, units);
    }

    /// <inheritdoc/>
    public void Settle(string key, long promised, long used)
    {
        lock (_gate)
        {
            _ledger.Settle(key, promised, used);
            if (used > 0) _changed.Add(key);
        }
    }

    /// <summary>A key's tier as it stands now.</summary>
    /// <param name="key">Hex of the x-only key.</param>
    public Tier TierOf(string key) => RuleOf(key).Tier;

    /// <summary>A key's tier with what it follows from.</summary>
    /// <param name="key">Hex of the x-only key.</param>
    public TierRule RuleOf(string key) => TierRule.Of(FactsOf(key), Now);

    /// <summary>What a key's tier follows from.</summary>
    /// <param name="key">Hex of the x-only key.</param>
    public StandingFacts FactsOf(string key)
    {
        var (value, until) = (0L, (long?)null);
        foreach (var hold in HoldsOf(key))
        {
            if (hold.Source == StandingSource.LateWork) until = Math.Max(until ?? 0, hold.Until);
            else value += Math.Min(hold.Value, long.MaxValue - value);
        }
        var (days, faults) = history.Of(key);
        return new StandingFacts(value, until, days, faults);
    }

    /// <summary>What raises a key's tier now.</summary>
    /// <param name="key">Hex of the x-only key.</param>
    public IReadOnlyList<StandingHold> HoldsOf(string key)
    {
        var now = Now;
        return [.. _holds.Of(key).Where(hold => hold.Until > now)];
    }

    /// <summary>What a proof gives to a tier; null where nothing.</summary>
    public StandingHold? FindHold(StandingSource source, string proofId) => _holds.Find(source, proofId);

    /// <summary>All that a source gives to tiers, of all keys.</summary>
    public IReadOnlyList<StandingHold> HoldsFrom(StandingSource source) => _holds.From(source);

    /// <summary>Whether a proof gave credits before.</summary>
    public async Task<bool> IsSpentAsync(StandingSource source, string proofId, CancellationToken cancel)
    {
        await using var db = await tables.CreateDbContextAsync(cancel);
        return await db.Set<CreditEntryRow>().AnyAsync(entry => entry.Source == source && entry.ProofId == proofId, cancel);
    }

    /// <summary>Gives credits for a proof, once: on disk before this returns.</summary>
    /// <param name="key">Hex of the x-only key that earned them.</param>
    /// <param name="amount">At least 1.</param>
    /// <param name="source">Where they come from.</param>
    /// <param name="proofId">The proof's name: of all proofs of its source it names one. At most 128 characters.</param>
    /// <param name="cancel">Stops waiting; then they may or may not have been given, and asking again tells.</param>
    /// <exception cref="NpgsqlException">They could not be written, and were not given.</exception>
    public async Task<CreditOutcome> CreditAsync(
        string key, long amount, StandingSource source, string proofId, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(amount, 1);
        using var turn = await TurnAsync(cancel);
        var stored = CreditsOf(key).Plus(amount);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var isNew = await InsertAsync(connection, new CreditEntryRow
        {
            Source = source,
            ProofId = proofId,
            Key = key,
            Amount = amount,
            Time = clock.GetUtcNow(),
        }, cancel);
        if (!isNew) return new CreditOutcome(false, 0, CreditsOf(key).Units);
        await WriteAsync(connection, [(key, stored.Units)], cancel);
        await transaction.CommitAsync(CancellationToken.None);
        lock (_gate)
        {
            _changed.Add(key);
            var kept = _ledger.Earn(key, amount);
            return new CreditOutcome(true, kept, _ledger.Of(key).Units);
        }
    }

    /// <summary>Moves credits from a key to another, once for each proof: on disk before this returns. What the receiver's store
    /// has no room for is lost.</summary>
    /// <param name="transfer">From whom, to whom, how many, and the proof's name.</param>
    /// <param name="cancel">Stops waiting; then it may or may not have been done, and asking again tells.</param>
    /// <returns>True where it was done; false where the giver has not so many that are free; null where the proof was used before.
    /// </returns>
    /// <exception cref="NpgsqlException">It could not be written, and was not done.</exception>
    public async Task<bool?> TransferAsync(CreditEntryRow transfer, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(transfer);
        var (from, to, amount) = (transfer.From!, transfer.Key, transfer.Amount);
        using var turn = await TurnAsync(cancel);
        // Promised first, so that no call uses them meanwhile.
        if (!TryPromise(from, amount)) return false;
        var used = 0L;
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancel);
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            if (!await InsertAsync(connection, transfer, cancel)) return null;
            await WriteAsync(connection,
                [(from, CreditsOf(from).Less(amount).Units), (to, CreditsOf(to).Plus(amount).Units)], cancel);
            await transaction.CommitAsync(CancellationToken.None);
            used = amount;
        }
        finally
        {
            Settle(from, amount, used);
        }
        lock (_gate)
        {
            _ledger.Earn(to, amount);
            _changed.Add(to);
        }
        return true;
    }

    /// <summary>Puts what raises a key's tier in place of what its proof said before: on disk before this returns.</summary>
    /// <returns>False where there are as many as may be, of this key or in all.</returns>
    public async Task<bool> HoldAsync(StandingHold hold, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(hold);
        using var turn = await TurnAsync(cancel);
        if (!_holds.Has(hold.Source, hold.ProofId)
            && (_holds.Count >= MostHolds || _holds.Of(hold.Key).Count >= MostHoldsOfOne)) return false;
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            insert into market.standing_holds (source, proof_id, key, value, until) values ($1, $2, $3, $4, $5)
            on conflict (source, proof_id) do update set key = excluded.key, value = excluded.value, until = excluded.until
            """, connection);
        command.Parameters.AddWithValue((short)hold.Source);
        command.Parameters.AddWithValue(hold.ProofId);
        command.Parameters.AddWithValue(hold.Key);
        command.Parameters.AddWithValue(hold.Value);
        command.Parameters.AddWithValue(hold.Until);
        await command.ExecuteNonQueryAsync(cancel);
        _holds.Set(hold);
        return true;
    }

    /// <summary>Takes away what a proof gave to a tier, as where its coins were spent or its block left the chain.</summary>
    public async Task ReleaseAsync(StandingSource source, string proofId, CancellationToken cancel)
    {
        using var turn = await TurnAsync(cancel);
        // First here: what may no longer count must not count while the database is away.
        _holds.Remove(source, proofId);
        await using var db = await tables.CreateDbContextAsync(cancel);
        await db.Set<HoldRow>().Where(h => h.Source == source && h.ProofId == proofId).ExecuteDeleteAsync(cancel);
    }

    /// <summary>Reads the tables; before the first request.</summary>
    public async Task LoadAsync(MarketDb db, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        var rows = await db.Set<CreditRow>().AsNoTracking().OrderByDescending(c => c.Units).Take(CreditLedger.MostKeys)
            .ToListAsync(cancel);
        var holds = await db.Set<HoldRow>().AsNoTracking().Where(h => h.Until > Now).OrderBy(h => h.Until).Take(MostHolds)
            .ToListAsync(cancel);
        lock (_gate)
        {
            foreach (var row in rows) _ledger.Earn(row.Key, Math.Max(0, row.Units));
        }
        foreach (var hold in holds) _holds.Set(new StandingHold(hold.Source, hold.ProofId, hold.Key, hold.Value, hold.Until));
    }

    /// <summary>Writes what calls used up since the last time, and forgets what is above the bounds.</summary>
    /// <exception cref="NpgsqlException">Nothing was written; the next time all of it is.</exception>
    public async Task FlushAsync(CancellationToken cancel)
    {
        using var turn = await TurnAsync(cancel);
        List<string> changed;
        List<(string Key, long Units)> now;
        lock (_gate)
        {
            _changed.UnionWith(_ledger.Forget());
            changed = [.. _changed];
            now = [.. changed.Select(key => (key, _ledger.Of(key).Units))];
            _changed.Clear();
        }
        if (now.Count == 0) return;
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancel);
            await WriteAsync(connection, now, cancel);
        }
        catch
        {
            lock (_gate) _changed.UnionWith(changed);
            throw;
        }
    }

    /// <summary>Forgets entries and holds that are above the bounds or over.</summary>
    public async Task TidyAsync(CancellationToken cancel)
    {
        using var turn = await TurnAsync(cancel);
        var now = Now;
        _holds.ForgetBefore(now);
        await using var db = await tables.CreateDbContextAsync(cancel);
        await db.Set<HoldRow>().Where(h => h.Until <= now).ExecuteDeleteAsync(cancel);
        var newest = await db.Set<CreditEntryRow>().MaxAsync(e => (long?)e.Id, cancel) ?? 0;
        await db.Set<CreditEntryRow>().Where(e => e.Id <= newest - MostEntries).ExecuteDeleteAsync(cancel);
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private long Now => clock.GetUtcNow().ToUnixTimeSeconds();

    // One after another: what is written of a key is what it had when that was decided, less what was used since.
    private async Task<IDisposable> TurnAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        return new Turn(_turn);
    }

    private static async Task<bool> InsertAsync(NpgsqlConnection connection, CreditEntryRow entry, CancellationToken cancel)
    {
        // One that is there already takes no number: from the newest number it follows which are too old.
        await using var command = new NpgsqlCommand(
            """
            insert into market.standing_entries (source, proof_id, key, from_key, amount, time)
            select $1, $2, $3, $4, $5, $6
            where not exists (select from market.standing_entries where source = $1 and proof_id = $2)
            on conflict (source, proof_id) do nothing
            """, connection);
        command.Parameters.AddWithValue((short)entry.Source);
        command.Parameters.AddWithValue(entry.ProofId);
        command.Parameters.AddWithValue(entry.Key);
        command.Parameters.AddWithValue((object?)entry.From ?? DBNull.Value);
        command.Parameters.AddWithValue(entry.Amount);
        command.Parameters.AddWithValue(entry.Time.UtcDateTime);
        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }

    private static async Task WriteAsync(
        NpgsqlConnection connection, IReadOnlyList<(string Key, long Units)> stored, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into market.standing_credits (key, units) select * from unnest($1, $2)
            on conflict (key) do update set units = excluded.units
            """, connection);
        command.Parameters.AddWithValue(stored.Select(one => one.Key).ToArray());
        command.Parameters.AddWithValue(stored.Select(one => one.Units).ToArray());
        await command.ExecuteNonQueryAsync(cancel);
        if (stored.All(one => one.Units > 0)) return;
        await using var forget = new NpgsqlCommand(
            "delete from market.standing_credits where units = 0 and key = any($1)", connection);
        forget.Parameters.AddWithValue(stored.Where(one => one.Units == 0).Select(one => one.Key).ToArray());
        await forget.ExecuteNonQueryAsync(cancel);
    }

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
