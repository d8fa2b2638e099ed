using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Market.Api.Doors.Audit;
using Market.Api.Doors.Auth;
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

    /// <summary>As <see cref="HttpWithETag{T}(Result{T})"/>, or the same as a table where the request asks for CSV
    /// (<see cref="Csv.IsAskedBy"/>). The header Link names the pages beside it.</summary>
    public static IResult HttpOrCsv<T>(this Result<T> result, HttpContext context, Func<T, Csv> table)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(table);
        context.Response.Headers.Append("Vary", "Accept");
        if (Csv.IsAskedBy(context.Request) is not { } isCsv) return Refusal.Invalid(Csv.Parameter, "must be json or csv").Http();
        if (result.Refusal is not null || !isCsv) return result.HttpWithETag();
        var csv = table(result.Value);
        (string? Cursor, string Relation)[] beside = [(csv.NextCursor, "next"), (csv.PreviousCursor, "prev")];
        var links = beside.Where(one => one.Cursor is not null)
            .Select(one => $"<{PageAt(context.Request, one.Cursor!)}>; rel=\"{one.Relation}\"").ToArray();
        if (links.Length > 0) context.Response.Headers.Link = string.Join(", ", links);
        return new TaggedAnswer(csv.ToBytes(), Csv.Type);
    }

    // The same question, about the page that a cursor names.
    private static string PageAt(HttpRequest request, string cursor)
    {
        var query = request.Query.Where(one => one.Key != "cursor")
            .SelectMany(one => one.Value, (one, value) => KeyValuePair.Create(one.Key, value))
            .Append(KeyValuePair.Create("cursor", (string?)cursor));
        return request.Path.Value + QueryString.Create(query).Value;
    }

    /// <summary>A JSON document that is there already, with a strong ETag over it, and 304 to who has it.</summary>
    public static IResult TaggedJson(byte[] document) => new TaggedAnswer(document);

    /// <summary>The refusal's problem document.</summary>
    public static IResult Http(this Refusal refusal) => new ProblemAnswer(refusal);

    /// <summary>A refusal as a part of an answer: written down as others are.</summary>
    public static Problem Part(HttpContext context, Refusal refusal)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.RequestServices.GetService<RefusalLog>()?.Note(context, refusal);
        return ProblemTable.Document(refusal, context.Request.Path.Value, context.TraceIdentifier);
    }

    /// <summary>A refusal of a call over a connection, or a part of it: written down as others are.</summary>
    /// <param name="context">The connection.</param>
    /// <param name="refusal">The refusal.</param>
    /// <param name="path">What was called.</param>
    /// <param name="caller">Who is signed in; null for nobody.</param>
    public static Problem OfCall(HttpContext context, Refusal refusal, string path, Caller? caller)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.RequestServices.GetService<RefusalLog>()?.Note(context, refusal, path, caller);
        return ProblemTable.Document(refusal, path, context.TraceIdentifier);
    }

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

    private sealed class TaggedAnswer(byte[] body, string type = "application/json") : IResult
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
            httpContext.Response.ContentType = $"{type}; charset=utf-8";
            await httpContext.Response.Body.WriteAsync(body, httpContext.RequestAborted);
        }
    }
}
