using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Market.Api.Doors.Audit;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Doors;

/// <summary>Turns results into HTTP answers.</summary>
public static class Answers
{
    /// <summary>Seconds after which a 503 says to come back.</summary>
    public const int RetryAfterSeconds = 2;

    /// <summary>200 (or <paramref name="status"/>) with the value, or the refusal's problem document.</summary>
    public static IResult Http<T>(this Result<T> result, int status = StatusCodes.Status200OK) =>
        result.Refusal is { } refusal
            ? new ProblemAnswer(refusal)
            : Microsoft.AspNetCore.Http.Results.Json(result.Value, MarketJson.Options, statusCode: status);

    /// <summary>As <see cref="Http"/> with a strong ETag over the body, and 304 to who has it.</summary>
    public static IResult HttpWithETag<T>(this Result<T> result) =>
        result.Refusal is { } refusal ? new ProblemAnswer(refusal) : new TaggedAnswer(
            JsonSerializer.SerializeToUtf8Bytes(result.Value, MarketJson.Options));

    /// <summary>A JSON document that is there already, with a strong ETag over it, and 304 to who has it.</summary>
    public static IResult TaggedJson(byte[] document) => new TaggedAnswer(document);

    /// <summary>The refusal's problem document.</summary>
    public static IResult Http(this Refusal refusal) => new ProblemAnswer(refusal);

    /// <summary>Writes a refusal as the answer, where no endpoint does.</summary>
    public static Task WriteAsync(HttpContext context, Refusal refusal) =>
        new ProblemAnswer(refusal).ExecuteAsync(context);

    private sealed class ProblemAnswer(Refusal refusal) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.RequestServices.GetService<RefusalLog>()?.Note(httpContext, refusal);
            // Of an address that is none of ours nothing is repeated.
            var instance = refusal.Code == ProblemCodes.RouteNotFound ? null : httpContext.Request.Path.Value;
            var document = ProblemTable.Document(refusal, instance, httpContext.TraceIdentifier);
            httpContext.Response.StatusCode = document.Status;
            if (document.Status == StatusCodes.Status401Unauthorized)
                httpContext.Response.Headers.WWWAuthenticate = "Bearer";
            if (document.Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable
                && httpContext.Response.Headers.RetryAfter.Count == 0)
            {
                httpContext.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
            }
            if (document.RetryAt is { } again) httpContext.Response.Headers.RetryAfter = again.UtcDateTime.ToString("R");
            // Without a token the write ends by itself, and in silence, where the client is gone.
            return httpContext.Response.WriteAsJsonAsync(
                document, MarketJson.Options, "application/problem+json", CancellationToken.None);
        }
    }

    private sealed class TaggedAnswer(byte[] body) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 16))}\"";
            httpContext.Response.Headers.ETag = tag;
            httpContext.Response.Headers.CacheControl = "no-cache";
            if (httpContext.Request.Headers.IfNoneMatch.Any(have => have == tag))
            {
                httpContext.Response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
            httpContext.Response.ContentType = "application/json; charset=utf-8";
            await httpContext.Response.Body.WriteAsync(body, httpContext.RequestAborted);
        }
    }
}
