using System.Security.Cryptography;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Doors.Auth;

/// <summary>Verifies requests that are signed one by one, and refuses what it has seen.</summary>
public sealed class RequestSignatures(UsedRequests used, TimeProvider clock)
{
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(SignedRequest.MaxSkewSeconds);

    /// <summary>Who signed the request. Reads the body and rewinds it.</summary>
    public async Task<Result<Caller?>> VerifyAsync(HttpRequest request)
    {
        var key = request.Headers[SignedRequest.KeyHeader].ToString();
        var timestamp = request.Headers[SignedRequest.TimestampHeader].ToString();
        if (Keys.Bytes(key, 32) is null)
            return new Refusal(ProblemCodes.BadSignature, $"{SignedRequest.KeyHeader} is 64 lower case hex digits.");
        if (!DecimalStrings.TryParse(timestamp, out var stamp) || stamp > 253_402_300_799_999)
            return new Refusal(ProblemCodes.ClockSkew, $"{SignedRequest.TimestampHeader} is Unix milliseconds.");
        var at = DateTimeOffset.FromUnixTimeMilliseconds(stamp);
        var now = clock.GetUtcNow();
        if ((now - at).Duration() > Skew)
            return new Refusal(ProblemCodes.ClockSkew, $"The server's clock is at {now.ToUnixTimeMilliseconds()}.");

        var query = request.QueryString.Value is { Length: > 0 } q ? q[1..] : "";
        var digest = SignedRequest.Digest(
            request.Host.Value ?? "", request.Method, RawPath(request), query, timestamp, await HashBodyAsync(request));
        if (!Keys.Verifies(key, digest, request.Headers[SignedRequest.SignatureHeader]))
            return new Refusal(ProblemCodes.BadSignature, "The signature does not fit key and request.");
        // The digest does not hold the key: two keys may send the same request in the same millisecond.
        var mark = SHA256.HashData([.. digest, .. Convert.FromHexString(key)]);
        return await used.TakeAsync(mark, at + Skew) switch
        {
            true => new Caller(key, null),
            false => new Refusal(ProblemCodes.Replayed, "Sign again with a new timestamp."),
            null => new Refusal(ProblemCodes.Unavailable, "Too many signed requests at once."),
        };
    }

    /// <summary>The path as it stood in the request line.</summary>
    private static string RawPath(HttpRequest request)
    {
        var target = request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()?.RawTarget;
        if (string.IsNullOrEmpty(target) || target[0] != '/') return request.Path.ToUriComponent();
        var end = target.IndexOf('?', StringComparison.Ordinal);
        return end < 0 ? target : target[..end];
    }

    private static async Task<string> HashBodyAsync(HttpRequest request)
    {
        request.EnableBuffering();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0)
            hash.AppendData(buffer, 0, read);
        request.Body.Position = 0;
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
