using Market.Api.Doors;
using Market.Api.Results;
using Market.Contracts;
using Microsoft.Net.Http.Headers;

namespace Market.Api.Hosting;

/// <summary>JSON is UTF-8 (RFC 8259, section 8.1): a body that names another charset is refused before it is read.</summary>
public static class BodyCharset
{
    private const string Utf8 = "utf-8";

    /// <summary>Refuses such bodies with 415 on every route of the interface.</summary>
    public static void UseBodyCharset(this IApplicationBuilder app) => app.Use((context, next) =>
        InterfaceRoutes.Has(context) && NamesAnother(context.Request.ContentType)
            ? Answers.WriteAsync(context, new Refusal(ProblemCodes.UnsupportedMediaType, "Bodies are UTF-8."))
            : next(context));

    private static bool NamesAnother(string? contentType)
    {
        if (contentType is null) return false;
        // A type that cannot be read names nothing that could be taken.
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type)) return true;
        var charset = HeaderUtilities.RemoveQuotes(type.Charset);
        return charset.Length > 0 && !charset.Equals(Utf8, StringComparison.OrdinalIgnoreCase);
    }
}
