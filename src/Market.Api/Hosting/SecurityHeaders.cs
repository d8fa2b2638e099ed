using Market.Api.Doors.Auth;
using Market.Contracts;

namespace Market.Api.Hosting;

/// <summary>Headers that keep a browser from doing what no page of ours does.</summary>
public static class SecurityHeaders
{
    /// <summary>Own assets only, no inline script, no frames.</summary>
    public const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; " +
        "frame-ancestors 'none'";

    /// <summary>Sets the headers on every answer.</summary>
    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            if (!headers.ContainsKey("Content-Security-Policy"))
                headers.ContentSecurityPolicy = ContentSecurityPolicy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
            if (IsPrivate(context)) headers.CacheControl = "no-store";
            return Task.CompletedTask;
        });
        return next(context);
    });

    // What a key may read, a token, or who asked: no cache between or in the browser keeps it.
    private static bool IsPrivate(HttpContext context) => Caller.Of(context) is not null
        || context.GetEndpoint()?.Metadata.GetMetadata<RequiresAccount>() is not null
        || context.Request.Path.StartsWithSegments(Routes.Root + "/auth", StringComparison.OrdinalIgnoreCase);
}
