using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Doors.Auth;

/// <summary>A key that has proved itself: the account that a request acts for.</summary>
/// <param name="Key">Hex of the x-only key, 64 lower case digits.</param>
/// <param name="ExpiresAt">End of the session, or of the API key; null for a signed request.</param>
public sealed record Caller(string Key, DateTimeOffset? ExpiresAt)
{
    /// <summary>The authentication code of the session's token; null for a signed request. Not printed.</summary>
    internal byte[]? Code { get; init; }

    /// <summary>The API key that it asks by; null for a session, and for the account's own signature.</summary>
    public KnownApiKey? ApiKey { get; init; }

    /// <summary>Endpoint parameters of this type get the request's caller; a public route may take it as nullable.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult(Of(context));

    /// <summary>The request's caller, or null.</summary>
    public static Caller? Of(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<Caller>();
    }
}

/// <summary>Mark of routes that only a known key may use.</summary>
public sealed class RequiresAccount;

/// <summary>Mark of routes that anybody may use, and that tell a known key more.</summary>
public sealed class KnowsAccount;

/// <summary>Mark of the route that ends a session: a signed request has none.</summary>
public sealed class EndsSession;

/// <summary>Marks and middleware of sign-in.</summary>
public static class SignIn
{
    /// <summary>Only a known key may use this route.</summary>
    public static RouteHandlerBuilder RequireAccount(this RouteHandlerBuilder builder) =>
        builder.WithMetadata(new RequiresAccount()).Refuses(ProblemCodes.AuthenticationRequired);

    /// <summary>Anybody may use this route; a known key is told more.</summary>
    public static RouteHandlerBuilder KnowAccount(this RouteHandlerBuilder builder) => builder.WithMetadata(new KnowsAccount());

    /// <summary>Finds out who asks, before the route runs; wrong credentials are refused on every route.</summary>
    public static void UseSignIn(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (!InterfaceRoutes.Has(context))
        {
            await next(context);
            return;
        }
        var result = await IdentifyAsync(context);
        if (result.Refusal is { } refusal)
        {
            await Answers.WriteAsync(context, refusal);
            return;
        }
        if (result.Value is { } caller)
        {
            context.Features.Set(caller);
            if (ApiKeyScopes.WhyNot(context, caller) is { } beyond)
            {
                await Answers.WriteAsync(context, beyond);
                return;
            }
        }
        else if (context.GetEndpoint()?.Metadata.GetMetadata<RequiresAccount>() is not null)
        {
            await Answers.WriteAsync(context, new Refusal(ProblemCodes.AuthenticationRequired,
                "Send a session token, a signed request or an API key's."));
            return;
        }
        await next(context);
    });

    private static async Task<Result<Caller?>> IdentifyAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (headers.ContainsKey(ApiKeyRequest.KeyHeader))
            return await context.RequestServices.GetRequiredService<ApiKeyRequests>().VerifyAsync(context.Request);
        if (headers.ContainsKey(SignedRequest.SignatureHeader) || headers.ContainsKey(SignedRequest.KeyHeader))
            return await context.RequestServices.GetRequiredService<RequestSignatures>().VerifyAsync(context.Request);
        var authorization = headers.Authorization.ToString();
        if (authorization.Length == 0) return Result<Caller?>.FromValue(null);
        const string Scheme = "Bearer ";
        return authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? context.RequestServices.GetRequiredService<SessionTokens>().Read(authorization[Scheme.Length..])
            : new Refusal(ProblemCodes.BadToken, "Authorization is 'Bearer' and a token.");
    }
}
