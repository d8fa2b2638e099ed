using System.Security.Cryptography;
using System.Text;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Doors.Auth;

/// <summary>Verifies requests that are authenticated by an API key, and refuses what it has seen.</summary>
public sealed class ApiKeyRequests(ApiKeys keys, UsedRequests used, TimeProvider clock)
{
    /// <summary>Whose key authenticates the request. Reads the body and rewinds it.</summary>
    public async Task<Result<Caller?>> VerifyAsync(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var headers = request.Headers;
        if (headers.ContainsKey(SignedRequest.KeyHeader))
        {
            return new Refusal(ProblemCodes.BadApiKey,
                $"A request has {ApiKeyRequest.KeyHeader} or {SignedRequest.KeyHeader}, not both.");
        }
        if (keys.Find(headers[ApiKeyRequest.KeyHeader].ToString()) is not { } key) return Unknown;
        var timestamp = headers[SignedRequest.TimestampHeader].ToString();
        var at = RequestTexts.TimeOf(timestamp, clock.GetUtcNow());
        if (at.Refusal is { } late) return late;
        var text = await RequestTexts.OfAsync(request, timestamp);
        if (text.Refusal is { } unsigned) return unsigned;
        return await VerifyAsync(key, text.Value, headers[SignedRequest.SignatureHeader].ToString(), at.Value);
    }

    /// <summary>Whose key signs a hub's connection in.</summary>
    /// <param name="host">As the connection's request named it.</param>
    /// <param name="id">The key's id.</param>
    /// <param name="timestamp">Unix milliseconds.</param>
    /// <param name="code">Hex of the code over <see cref="ApiKeyRequest.HubText"/>.</param>
    public Task<Result<Caller?>> VerifyHubAsync(string host, string id, string timestamp, string code) =>
        VerifyAsync(id, timestamp, code, ApiKeyRequest.HubText(host, timestamp));

    /// <summary>Whose key signs a plain WebSocket in.</summary>
    /// <param name="host">As the connection's request named it.</param>
    /// <param name="id">The key's id.</param>
    /// <param name="timestamp">Unix milliseconds.</param>
    /// <param name="code">Hex of the code over <see cref="ApiKeyRequest.SocketText"/>.</param>
    public Task<Result<Caller?>> VerifySocketAsync(string host, string id, string timestamp, string code) =>
        VerifyAsync(id, timestamp, code, ApiKeyRequest.SocketText(host, timestamp));

    private async Task<Result<Caller?>> VerifyAsync(string id, string timestamp, string code, string text)
    {
        if (keys.Find(id) is not { } key) return Unknown;
        var at = RequestTexts.TimeOf(timestamp, clock.GetUtcNow());
        return at.Refusal is { } late
            ? late
            : await VerifyAsync(key, text, code, at.Value);
    }

    private static Refusal Unknown => new(ProblemCodes.BadApiKey, "There is no such API key, or none any more.");

    private async Task<Result<Caller?>> VerifyAsync(KnownApiKey key, string text, string code, DateTimeOffset at)
    {
        var expected = ApiKeyRequest.Code(keys.SecretFor(key.Id), text);
        if (Keys.Bytes(code, expected.Length) is not { } given || !CryptographicOperations.FixedTimeEquals(expected, given))
        {
            return new Refusal(ProblemCodes.BadSignature,
                $"{SignedRequest.SignatureHeader} is 64 lower case hex digits: HMAC-SHA256 of the text under the secret.");
        }
        // The code follows from key and request alone: the key's id makes it one of no signed request.
        var mark = SHA256.HashData([.. expected, .. Encoding.UTF8.GetBytes(key.Id)]);
        switch (await used.TakeAsync(mark, at + RequestTexts.Skew))
        {
            case false: return new Refusal(ProblemCodes.Replayed, "Authenticate again with a new timestamp.");
            case null: return new Refusal(ProblemCodes.Unavailable, "Too many signed requests at once.");
        }
        // It may have been taken back while the request was written down.
        if (key.IsRevoked) return Unknown;
        key.Use(clock.GetUtcNow());
        return new Caller(key.Account, key.ExpiresAt) { ApiKey = key };
    }
}
