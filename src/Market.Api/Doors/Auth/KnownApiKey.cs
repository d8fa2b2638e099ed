using Market.Api.Data;
using Market.Contracts;

namespace Market.Api.Doors.Auth;

/// <summary>An API key that is good until it ends or is revoked. Safe from any thread.</summary>
public sealed class KnownApiKey
{
    private readonly short _scopes;
    private readonly string? _label;
    private readonly DateTimeOffset _createdAt;
    private volatile bool _isRevoked;
    private long _usedIn;
    private long _writtenIn;

    /// <summary>As it stands in its table.</summary>
    public KnownApiKey(ApiKeyRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        (Id, Account, ExpiresAt) = (row.Id, row.Key, row.ExpiresAt);
        (_scopes, _label, _createdAt) = (row.Scopes, row.Label, row.CreatedAt);
        _usedIn = _writtenIn = row.UsedAt is { } used ? MinuteOf(used) : 0;
    }

    /// <summary>What requests name it by.</summary>
    public string Id { get; }

    /// <summary>Hex of the x-only key whose account it is.</summary>
    public string Account { get; }

    /// <summary>When it ends.</summary>
    public DateTimeOffset ExpiresAt { get; }

    /// <summary>Whether it was taken back: what was opened with it ends.</summary>
    public bool IsRevoked => _isRevoked;

    /// <summary>What it may do.</summary>
    public IReadOnlyList<ApiKeyScope> Scopes => [.. Enum.GetValues<ApiKeyScope>().Where(Has)];

    /// <summary>The bits of scopes, as a row has them.</summary>
    public static short BitsOf(IEnumerable<ApiKeyScope> scopes) =>
        (short)scopes.Aggregate(0, (bits, scope) => bits | (1 << (int)scope));

    /// <summary>Whether it may do this.</summary>
    public bool Has(ApiKeyScope scope) => (_scopes & (1 << (int)scope)) != 0;

    /// <summary>It is taken back.</summary>
    public void Revoke() => _isRevoked = true;

    /// <summary>It was used now. Of the time no more is kept than the minute: a flood of requests changes it once.</summary>
    public void Use(DateTimeOffset now)
    {
        var minute = MinuteOf(now);
        if (Interlocked.Read(ref _usedIn) < minute) Interlocked.Exchange(ref _usedIn, minute);
    }

    /// <summary>The minute in which it was last used, where that is not written; else null.</summary>
    public DateTimeOffset? Unwritten =>
        Interlocked.Read(ref _usedIn) is var used && used != Interlocked.Read(ref _writtenIn) ? TimeOf(used) : null;

    /// <summary>When it was last used, to the minute; when it was made where it never was.</summary>
    public DateTimeOffset LastUse => Interlocked.Read(ref _usedIn) is var used and > 0 ? TimeOf(used) : _createdAt;

    /// <summary>A use is written down.</summary>
    public void Written(DateTimeOffset use) => Interlocked.Exchange(ref _writtenIn, MinuteOf(use));

    /// <summary>As its account sees it.</summary>
    public ApiKey ToContract() => new()
    {
        Id = Id,
        Label = _label,
        Scopes = Scopes,
        CreatedAt = _createdAt,
        ExpiresAt = ExpiresAt,
        LastUsedAt = Interlocked.Read(ref _usedIn) is var used and > 0 ? TimeOf(used) : null,
    };

    private static long MinuteOf(DateTimeOffset time) => time.ToUnixTimeSeconds() / 60;

    private static DateTimeOffset TimeOf(long minute) => DateTimeOffset.FromUnixTimeSeconds(minute * 60);
}
