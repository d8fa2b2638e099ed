using System.Security.Cryptography;
using System.Text;
using Market.Api.Data;
using Market.Api.Results;
using Market.Contracts;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Market.Api.Doors.Auth;

/// <summary>
/// The API keys of all accounts. Each stands in the database before its secret is told, and is gone from there before anybody is
/// told that it is revoked. Secrets are kept nowhere: one follows from the server's own secret and the key's id, so that a copy of
/// the keys' table alone lets nobody in. Safe from any thread.
/// </summary>
/// <param name="database">Where they are kept.</param>
/// <param name="secret">What secrets follow from.</param>
/// <param name="clock">The time.</param>
/// <param name="limit">Keys of all accounts together.</param>
public sealed class ApiKeys(NpgsqlDataSource database, ServerSecret secret, TimeProvider clock, int limit = ApiKeys.Limit)
{
    /// <summary>Keys of all accounts together. The last half of them is for accounts that have earned something: anybody can make
    /// as many accounts as he likes.</summary>
    public const int Limit = 100_000;

    /// <summary>How long a key of an account without standing has to be unused before it gives way to a new one, where the market
    /// keeps as many as it does.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromHours(1);

    /// <summary>Keys that give way at once: the next ones find room.</summary>
    public const int MostGivingWay = 100;

    /// <summary>Keys of one account.</summary>
    public const int MostOfAccount = 20;

    private const int IdBytes = 16;

    // No other text of the server's secret has its length: a session's token has 48 bytes before its code.
    private const string SecretOf = "api-key/";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, KnownApiKey> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<KnownApiKey>> _byAccount = new(StringComparer.Ordinal);

    /// <summary>Reads the keys that were made before the server started.</summary>
    public async Task LoadAsync(MarketDb db, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        var now = clock.GetUtcNow();
        var rows = await db.Set<ApiKeyRow>().AsNoTracking().Where(k => k.ExpiresAt > now).ToListAsync(cancel);
        lock (_gate) rows.ForEach(row => Add(new KnownApiKey(row)));
    }

    /// <summary>The key of an id; null where there is none, or none any more.</summary>
    public KnownApiKey? Find(string id)
    {
        lock (_gate) return _byId.GetValueOrDefault(id) is { } key && key.ExpiresAt > clock.GetUtcNow() ? key : null;
    }

    /// <summary>The keys of an account, the newest first.</summary>
    public IReadOnlyList<ApiKey> Of(string account)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            return [.. _byAccount.GetValueOrDefault(account, []).Where(key => key.ExpiresAt > now).Select(key => key.ToContract())
                .Reverse()];
        }
    }

    /// <summary>What requests of a key are authenticated with: 64 characters.</summary>
    public string SecretFor(string id) => Convert.ToHexStringLower(
        HMACSHA256.HashData(secret.Value, Encoding.UTF8.GetBytes(SecretOf + id)));

    /// <summary>Makes a key, on disk before this returns.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="wish">Which; its shape was looked at.</param>
    /// <param name="hasStanding">Whether an account has earned something. Its keys never give way.</param>
    public async Task<Result<CreatedApiKey>> CreateAsync(string account, CreateApiKey wish, Predicate<string> hasStanding)
    {
        ArgumentNullException.ThrowIfNull(wish);
        ArgumentNullException.ThrowIfNull(hasStanding);
        var now = Whole(clock.GetUtcNow());
        var row = new ApiKeyRow
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes)),
            Key = account,
            Label = wish.Label,
            Scopes = KnownApiKey.BitsOf(wish.Scopes),
            CreatedAt = now,
            ExpiresAt = wish.ExpiresAt is { } until ? Whole(until) : now.AddDays(CreateApiKey.UsualDays),
        };
        var key = new KnownApiKey(row);
        IReadOnlyList<KnownApiKey> gone;
        lock (_gate)
        {
            if (WhyFull(account, hasStanding, out gone) is { } refusal) return refusal;
            Add(key);
        }
        try
        {
            if (gone.Count > 0) await DeleteAsync("id = any($1)", gone.Select(one => one.Id).ToArray(), CancellationToken.None);
            await using var insert = database.CreateCommand(
                """
                insert into market.api_keys (id, key, label, scopes, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)
                """);
            foreach (var value in (ReadOnlySpan<object?>)[row.Id, row.Key, row.Label, row.Scopes, row.CreatedAt, row.ExpiresAt])
                insert.Parameters.AddWithValue(value ?? DBNull.Value);
            // Whoever asked and went away has a key that is listed, and can be taken back.
            await insert.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch
        {
            lock (_gate) Remove(key);
            throw;
        }
        return new CreatedApiKey { Key = key.ToContract(), Account = account, Secret = SecretFor(key.Id) };
    }

    /// <summary>Takes a key back: it does nothing more from now on, and is gone from the disk before this returns. Whoever asks may
    /// go away meanwhile. The key as it was; null where the account has none of this id.</summary>
    public async Task<ApiKey?> RevokeAsync(string account, string id)
    {
        if (Find(id) is not { } key || key.Account != account) return null;
        key.Revoke();
        await DeleteAsync("id = $1", id, CancellationToken.None);
        lock (_gate) Remove(key);
        return key.ToContract();
    }

    /// <summary>Writes when keys were last used, and forgets those that have ended.</summary>
    public async Task TidyAsync(CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        List<KnownApiKey> over;
        List<(KnownApiKey Key, DateTimeOffset Use)> used;
        lock (_gate)
        {
            over = [.. _byId.Values.Where(key => key.ExpiresAt <= now)];
            over.ForEach(key => Remove(key));
            used = [.. _byId.Values.Where(key => key.Unwritten is not null).Select(key => (key, key.Unwritten!.Value))];
        }
        await WriteAsync(used, cancel);
        if (over.Count > 0) await DeleteAsync("expires_at <= $1", now, cancel);
    }

    private async Task WriteAsync(List<(KnownApiKey Key, DateTimeOffset Use)> used, CancellationToken cancel)
    {
        if (used.Count == 0) return;
        await using var update = database.CreateCommand(
            """
            update market.api_keys k set used_at = u.used_at from unnest($1, $2) as u (id, used_at) where k.id = u.id
            """);
        update.Parameters.AddWithValue(used.ConvertAll(one => one.Key.Id).ToArray());
        update.Parameters.AddWithValue(used.ConvertAll(one => one.Use.UtcDateTime).ToArray());
        await update.ExecuteNonQueryAsync(cancel);
        used.ForEach(one => one.Key.Written(one.Use));
    }

    private async Task DeleteAsync(string which, object value, CancellationToken cancel)
    {
        await using var delete = database.CreateCommand($"delete from market.api_keys where {which}");
        delete.Parameters.AddWithValue(value);
        await delete.ExecuteNonQueryAsync(cancel);
    }

    private Refusal? WhyFull(string account, Predicate<string> hasStanding, out IReadOnlyList<KnownApiKey> gone)
    {
        gone = [];
        if (_byAccount.GetValueOrDefault(account, []).Count(key => key.ExpiresAt > clock.GetUtcNow()) >= MostOfAccount)
            return new Refusal(ProblemCodes.TooManyApiKeys, $"An account has at most {MostOfAccount} API keys.");
        var isKnown = hasStanding(account);
        var most = isKnown ? limit : limit / 2;
        if (_byId.Count < most) return null;
        gone = GiveWay(hasStanding);
        return _byId.Count < most ? null
            : new Refusal(ProblemCodes.TooManyApiKeys, isKnown
                ? "The market keeps no more API keys."
                : "The market keeps no more API keys of accounts without standing.");
    }

    /// <summary>Ends keys that nobody uses, of accounts without standing: of those first that have most, whose are longest unused.
    /// Anybody can make as many such accounts as he likes, and has to use all their keys to keep others out.</summary>
    private List<KnownApiKey> GiveWay(Predicate<string> hasStanding)
    {
        var since = clock.GetUtcNow() - Idle;
        List<KnownApiKey> gone =
        [
            .. _byAccount.Where(own => own.Value.Exists(key => key.LastUse <= since) && !hasStanding(own.Key))
                .SelectMany(own => own.Value.Where(key => key.LastUse <= since).Select(key => (Key: key, own.Value.Count)))
                .OrderByDescending(one => one.Count).ThenBy(one => one.Key.LastUse).Take(MostGivingWay).Select(one => one.Key),
        ];
        foreach (var key in gone)
        {
            key.Revoke();
            Remove(key);
        }
        return gone;
    }

    private void Add(KnownApiKey key)
    {
        _byId[key.Id] = key;
        if (!_byAccount.TryGetValue(key.Account, out var own)) _byAccount[key.Account] = own = [];
        own.Add(key);
    }

    private void Remove(KnownApiKey key)
    {
        if (!_byId.Remove(key.Id)) return;
        var own = _byAccount[key.Account];
        own.Remove(key);
        if (own.Count == 0) _byAccount.Remove(key.Account);
    }

    // What is told is what is kept, to the last digit.
    private static DateTimeOffset Whole(DateTimeOffset time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
