using System.Security.Cryptography;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Doors.Auth;

/// <summary>What requests that are authenticated one by one have in common: a timestamp that is near, and a text of all that they
/// ask for.</summary>
internal static class RequestTexts
{
    /// <summary>How far a clock may be off.</summary>
    public static TimeSpan Skew { get; } = TimeSpan.FromSeconds(SignedRequest.MaxSkewSeconds);

    /// <summary>The time of a timestamp; refused where it is none, or too far from now.</summary>
    public static Result<DateTimeOffset> TimeOf(string timestamp, DateTimeOffset now)
    {
        if (!DecimalStrings.TryParse(timestamp, out var stamp) || stamp > 253_402_300_799_999)
            return new Refusal(ProblemCodes.ClockSkew, $"{SignedRequest.TimestampHeader} is Unix milliseconds.");
        var at = DateTimeOffset.FromUnixTimeMilliseconds(stamp);
        return (now - at).Duration() > Skew
            ? new Refusal(ProblemCodes.ClockSkew, $"The server's clock is at {now.ToUnixTimeMilliseconds()}.")
            : at;
    }

    /// <summary>The text of a request: see <see cref="SignedRequest.Text"/>. Reads the body and rewinds it.</summary>
    public static async Task<Result<string>> OfAsync(HttpRequest request, string timestamp)
    {
        // A block would be read for whoever made the headers up, before anything of them is known to be true.
        if (request.HttpContext.GetEndpoint()?.Metadata.GetMetadata<LargeBody>() is not null)
            return new Refusal(ProblemCodes.BadSignature, "What is offered to a node is nobody's, and not signed.");
        var query = request.QueryString.Value is { Length: > 0 } q ? q[1..] : "";
        return SignedRequest.Text(
            request.Host.Value ?? "", request.Method, RawPath(request), query, timestamp, await HashBodyAsync(request));
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
        await WholeBody.ReadAsync(request);
        var hash = await SHA256.HashDataAsync(request.Body, request.HttpContext.RequestAborted);
        request.Body.Position = 0;
        return Convert.ToHexStringLower(hash);
    }
}
