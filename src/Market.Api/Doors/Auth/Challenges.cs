using System.Security.Cryptography;
using Market.Api.Data;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Doors.Auth;

/// <summary>Challenges that wait for an answer. They live for a minute and in memory only: after a restart a client asks for
/// a new one.</summary>
public sealed class Challenges(MarketNetwork network, TimeProvider clock)
{
    /// <summary>How long a challenge can be answered.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromMinutes(1);

    /// <summary>How many wait at once; the oldest make room.</summary>
    public const int Limit = 100_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (string Key, string Host, DateTimeOffset Expires)> _open = [];
    private readonly Queue<string> _order = new();

    /// <summary>A new challenge for a key.</summary>
    /// <param name="key">Hex of the x-only key.</param>
    /// <param name="host">The host that was asked, as the request names it.</param>
    public Challenge Issue(string key, string host)
    {
        var value = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            while (_order.TryPeek(out var oldest) &&
                (_order.Count >= Limit || !_open.TryGetValue(oldest, out var o) || o.Expires <= now))
            {
                _open.Remove(_order.Dequeue());
            }
            _open.Add(value, (key, host, now + Lifetime));
            _order.Enqueue(value);
        }
        return new Challenge
        {
            Value = value,
            Key = key,
            Text = SignInText.Of(host, network.Name, key, value),
            ExpiresAt = now + Lifetime,
        };
    }

    /// <summary>Takes the challenge, good or not: a second answer finds nothing.</summary>
    public Result<Done> Answer(string key, string challenge, string signature)
    {
        (string Key, string Host, DateTimeOffset Expires) open;
        lock (_gate)
        {
            if (!_open.Remove(challenge, out open))
                return new Refusal(ProblemCodes.BadChallenge, "Ask for a new challenge.");
        }
        if (open.Key != key || open.Expires <= clock.GetUtcNow())
            return new Refusal(ProblemCodes.BadChallenge, "Ask for a new challenge.");
        return Keys.Verifies(key, SignInText.Digest(open.Host, network.Name, key, challenge), signature)
            ? new Done()
            : new Refusal(ProblemCodes.BadSignature, "Sign the tagged hash of the challenge's text with BIP340.");
    }
}
