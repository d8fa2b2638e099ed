using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Doors.Auth;

/// <summary>Short tokens bound to a key. A token is key (32 bytes), expiry (8, Unix ms), a random number (8) that makes
/// each session one of its own, and an HMAC-SHA256 over all three under the server's secret;
/// nothing about it is stored until it is given back.</summary>
/// <param name="secret">32 secret bytes, kept in the database so that sessions outlive a restart.</param>
/// <param name="signedOut">Tokens that were given back.</param>
/// <param name="clock">The time.</param>
public sealed class SessionTokens(ServerSecret secret, SignedOut signedOut, TimeProvider clock)
{
    /// <summary>How long a session lasts.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromHours(1);

    private const int Random = 40;
    private const int Signed = 48;
    private const int Whole = Signed + 32;

    /// <summary>A token for a key that has just proved itself.</summary>
    public Session Issue(string key)
    {
        var expires = DateTimeOffset.FromUnixTimeMilliseconds((clock.GetUtcNow() + Lifetime).ToUnixTimeMilliseconds());
        var token = new byte[Whole];
        Convert.FromHexString(key).CopyTo(token, 0);
        BinaryPrimitives.WriteInt64BigEndian(token.AsSpan(32), expires.ToUnixTimeMilliseconds());
        RandomNumberGenerator.Fill(token.AsSpan(Random, Signed - Random));
        HMACSHA256.HashData(secret.Value, token.AsSpan(0, Signed), token.AsSpan(Signed));
        return new Session { Token = Base64Url.EncodeToString(token), Key = key, ExpiresAt = expires };
    }

    /// <summary>Who a token stands for; refused as badToken when altered or past its time.</summary>
    public Result<Caller?> Read(string text)
    {
        var refusal = new Refusal(ProblemCodes.BadToken, "Sign in again.");
        Span<byte> token = stackalloc byte[Whole];
        if (text.Length > 128 ||
            Base64Url.DecodeFromChars(text, token, out _, out var length) != System.Buffers.OperationStatus.Done ||
            length != Whole)
        {
            return refusal;
        }
        Span<byte> expected = stackalloc byte[32];
        HMACSHA256.HashData(secret.Value, token[..Signed], expected);
        if (!CryptographicOperations.FixedTimeEquals(expected, token[Signed..]) || signedOut.Has(expected)) return refusal;
        var expires = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(token[32..]));
        return expires <= clock.GetUtcNow()
            ? refusal
            : new Caller(Convert.ToHexStringLower(token[..32]), expires) { Code = expected.ToArray() };
    }

    /// <summary>Until when what was opened by a request goes on: the end of its session or API key, or for a signed request as long
    /// as a session.</summary>
    public Caller Lasting(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return caller with { ExpiresAt = caller.ExpiresAt ?? clock.GetUtcNow() + Lifetime };
    }

    /// <summary>Whether a caller's session or API key has ended, by time, by signing out or by being revoked.</summary>
    public bool IsOver(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return caller.ExpiresAt <= clock.GetUtcNow() || (caller.Code is { } code && signedOut.Has(code))
            || caller.ApiKey is { IsRevoked: true };
    }

    /// <summary>Ends the session that a request carries.</summary>
    public async Task<Result<EndedSession>> EndAsync(Caller caller, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(caller);
        if (caller is not { Code: { } code, ExpiresAt: { } until })
            return new Refusal(ProblemCodes.BadToken, "A signed request opens no session: there is none to end.");
        return await signedOut.AddAsync(code, until, cancel)
            ? new EndedSession { Key = caller.Key }
            : new Refusal(ProblemCodes.Unavailable, "Too many sessions were ended within the hour.");
    }
}

/// <summary>The server's secret; prints redacted.</summary>
public sealed class ServerSecret
{
    /// <summary>32 bytes.</summary>
    public byte[] Value { get; private set; } = RandomNumberGenerator.GetBytes(32);

    /// <summary>Takes the stored secret in the place of the random one.</summary>
    public void Restore(byte[] stored) => Value = stored;

    /// <inheritdoc/>
    public override string ToString() => "(redacted)";
}
