using System.Text.Json;
using System.Text.RegularExpressions;
using Market.Api.Doors;
using Market.Api.Results;
using Market.Contracts;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;

namespace Market.Api.Hosting;

/// <summary>Makes every failing answer of the interface a problem document with a code.</summary>
public static partial class ProblemAnswers
{
    private const string BrokenOff = "Unexpected end of request content";

    /// <summary>Catches exceptions and empty error answers under /api and /hub.</summary>
    public static void UseProblemAnswers(this IApplicationBuilder app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = OnException,
            SuppressDiagnosticsCallback = context => context.Exception is BadHttpRequestException,
        });
        app.Use(EndQuietlyAsync);
        app.UseStatusCodePages(async context =>
        {
            var http = context.HttpContext;
            if (InterfaceRoutes.Has(http)) await Answers.WriteAsync(http, OfStatus(http.Response.StatusCode));
        });
    }

    // A client that goes away in the middle of a request is no failure of the server, and there is nobody to answer.
    private static async Task EndQuietlyAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception e) when (IsOfClientGone(context, e))
        {
            var log = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ProblemAnswers));
            ClientGone(log, context.Request.Method, context.Request.Path, e.Message);
            if (!context.Response.HasStarted) context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
    }

    // The broken body may be heard of a moment before the abort is.
    private static bool IsOfClientGone(HttpContext context, Exception exception) => exception switch
    {
        ConnectionResetException => true,
        BadHttpRequestException bad when bad.Message.StartsWith(BrokenOff, StringComparison.Ordinal) => true,
        OperationCanceledException or IOException => context.RequestAborted.IsCancellationRequested,
        _ => false,
    };

    [LoggerMessage(Level = LogLevel.Debug, Message = "The client of {Method} {Path} went away: {Reason}")]
    private static partial void ClientGone(ILogger log, string method, string path, string reason);

    private static Task OnException(HttpContext context)
    {
        var exception = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        return Answers.WriteAsync(context, OfException(exception));
    }

    private static Refusal OfException(Exception? exception) => exception switch
    {
        BadHttpRequestException { StatusCode: 408 } => OfStatus(408),
        BadHttpRequestException { StatusCode: 413 } => OfStatus(413),
        BadHttpRequestException { StatusCode: 415 } => OfStatus(415),
        BadHttpRequestException { InnerException: JsonException json } =>
            new Refusal(ProblemCodes.MalformedRequest, JsonWords.Of(json)),
        BadHttpRequestException bad when bad.Message.Contains("body", StringComparison.Ordinal) =>
            new Refusal(ProblemCodes.MalformedRequest, "The body is missing or cannot be read."),
        BadHttpRequestException bad when Parameter().Match(bad.Message) is { Success: true } match =>
            Refusal.Invalid(match.Groups[1].Value, match.Groups[1].Value
                + (bad.Message.StartsWith("Required", StringComparison.Ordinal) ? " must be given" : " cannot be read")),
        BadHttpRequestException => new Refusal(ProblemCodes.ValidationFailed, "The request cannot be read."),
        OperationCanceledException => new Refusal(ProblemCodes.Unavailable, "The request was given up."),
        _ => Outages.Of(exception)
            ?? new Refusal(ProblemCodes.InternalError, "It is logged under the trace id. Nothing was changed."),
    };

    // The framework names a parameter with its type: parameter "int limit".
    [GeneratedRegex("parameter \"[^\"]*?(\\w+)\"")]
    private static partial Regex Parameter();

    private static Refusal OfStatus(int status) => status switch
    {
        400 => new Refusal(ProblemCodes.MalformedRequest),
        401 => new Refusal(ProblemCodes.AuthenticationRequired),
        403 => new Refusal(ProblemCodes.Forbidden),
        404 => new Refusal(ProblemCodes.RouteNotFound),
        405 => new Refusal(ProblemCodes.MethodNotAllowed),
        408 => new Refusal(ProblemCodes.TooSlow),
        413 => new Refusal(ProblemCodes.TooLarge),
        414 => new Refusal(ProblemCodes.UriTooLong),
        415 => new Refusal(ProblemCodes.UnsupportedMediaType),
        429 => new Refusal(ProblemCodes.RateLimited),
        431 => new Refusal(ProblemCodes.HeadersTooLarge),
        503 => new Refusal(ProblemCodes.Unavailable),
        < 500 => new Refusal(ProblemCodes.MalformedRequest),
        _ => new Refusal(ProblemCodes.InternalError),
    };
}
