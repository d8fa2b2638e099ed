using System.Security.Cryptography;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Doors.Auth;

/// <summary>Verifies requests that are signed one by one, and refuses what it has seen.</summary>
public sealed class RequestSignatures(UsedRequests used, TimeProvider clock)
{
    /// <summary>Who signed the request. Reads the body and rewinds it.</summary>
    public async Task<Result<Caller?>> VerifyAsync(HttpRequest request)
    {
        var key = request.Headers[SignedRequest.KeyHeader].ToString();
        var timestamp = request.Headers[SignedRequest.TimestampHeader].ToString();
        if (Keys.Bytes(key, 32) is null)
            return new Refusal(ProblemCodes.BadSignature, $"{SignedRequest.KeyHeader} is 64 lower case hex digits.");
        var at = RequestTexts.TimeOf(timestamp, clock.GetUtcNow());
        if (at.Refusal is { } late) return late;
        var text = await RequestTexts.OfAsync(request, timestamp);
        if (text.Refusal is { } unsigned) return unsigned;
        var digest = TaggedText.Hash(SignedRequest.Tag, text.Value);
        if (!Keys.Verifies(key, digest, request.Headers[SignedRequest.SignatureHeader]))
            return new Refusal(ProblemCodes.BadSignature, "The signature does not fit key and request.");
        // The digest does not hold the key: two keys may send the same request in the same millisecond.
        var mark = SHA256.HashData([.. digest, .. Convert.FromHexString(key)]);
        return await used.TakeAsync(mark, at.Value + RequestTexts.Skew) switch
        {
            true => new Caller(key, null),
            false => new Refusal(ProblemCodes.Replayed, "Sign again with a new timestamp."),
            null => new Refusal(ProblemCodes.Unavailable, "Too many signed requests at once."),
        };
    }
}
