using Market.Api.Doors;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Hosting;

/// <summary>Bounds the request's line and headers in words: what is beyond the web server's own, wider bounds it refuses with a
/// bare status, before there is anything that could say why.</summary>
public static class RequestSizes
{
    // ": " and the line's end.
    private const int BesidesHeader = 4;

    /// <summary>Refuses what is too long with 414 and 431.</summary>
    public static void UseRequestSizes(this IApplicationBuilder app) => app.Use((context, next) => WhyNot(context) is { } refusal
        ? Answers.WriteAsync(context, refusal)
        : next(context));

    private static Refusal? WhyNot(HttpContext context)
    {
        var target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()?.RawTarget ?? "";
        if (target.Length > ServerLimits.MaxTarget)
            return new Refusal(ProblemCodes.UriTooLong, $"At most {ServerLimits.MaxTarget} bytes of path and query are read.");
        var headers = 0;
        foreach (var (name, values) in context.Request.Headers)
        {
            foreach (var value in values) headers += name.Length + BesidesHeader + (value?.Length ?? 0);
        }
        return headers > ServerLimits.MaxHeaders
            ? new Refusal(ProblemCodes.HeadersTooLarge, $"At most {ServerLimits.MaxHeaders} bytes of headers are read.")
            : null;
    }
}
