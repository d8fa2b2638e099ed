using Market.Contracts;
using Microsoft.OpenApi;

namespace Market.Api.Hosting.OpenApi;

/// <summary>The headers of answers that a client may want to read, each described once.</summary>
internal static class AnswerHeaders
{
    /// <summary>On every answer.</summary>
    private static readonly string[] Always = ["RateLimit", "RateLimit-Policy", "X-Content-Type-Options"];

    /// <summary>On answers to a key whose call may have to wait its turn.</summary>
    private static readonly Dictionary<string, string> OfKeys = new()
    {
        [CreditHeaders.Price] = "To a known key: what the call costs in credits where others wait.",
        [CreditHeaders.Paid] = "To a known key: what was paid; 0 where nobody had to wait for it.",
        [CreditHeaders.Left] = "To a known key: the credits that it has left.",
    };

    private static readonly Dictionary<string, string> Words = new()
    {
        ["RateLimit"] = "What the client has left of its window, such as \"client\";r=290;t=10: r is weight, t seconds.",
        ["RateLimit-Policy"] = "The client's window, such as \"client\";q=300;w=10: weight q within w seconds.",
        ["X-Content-Type-Options"] = "nosniff.",
        ["ETag"] = "The body's tag: sent back as If-None-Match it spares the body.",
        ["Retry-After"] = "When the same may be asked again: seconds or a date.",
        ["WWW-Authenticate"] = "Bearer.",
        ["Allow"] = "The methods that the path knows.",
    };

    /// <summary>Adds the descriptions that <see cref="Of"/> refers to.</summary>
    public static void Describe(OpenApiDocument document)
    {
        document.Components!.Headers = new Dictionary<string, IOpenApiHeader>();
        foreach (var (name, words) in Words)
        {
            document.Components.Headers[name] = new OpenApiHeader
            {
                Description = words,
                Required = true,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            };
        }
        foreach (var (name, words) in OfKeys)
        {
            document.Components.Headers[name] = new OpenApiHeader
            {
                Description = words,
                Schema = new OpenApiSchema { Type = JsonSchemaType.Integer },
            };
        }
        // An order that waits says until when; other conflicts say nothing of the kind.
        document.Components.Headers[MayWait] = new OpenApiHeader
        {
            Description = $"With {ProblemCodes.MustWait}: from when on the same may be asked again.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        };
    }

    private const string MayWait = "Retry-After-of-mustWait";

    /// <summary>The headers of an answer with this status.</summary>
    public static Dictionary<string, IOpenApiHeader> Of(int status, bool tagged, bool mayWait, OpenApiDocument? document)
    {
        var headers = Always.ToDictionary(name => name, name => Reference(name, document));
        foreach (var name in OfKeys.Keys) headers[name] = Reference(name, document);
        if (tagged) headers["ETag"] = Reference("ETag", document);
        if (status is StatusCodes.Status401Unauthorized) headers["WWW-Authenticate"] = Reference("WWW-Authenticate", document);
        if (status is StatusCodes.Status405MethodNotAllowed) headers["Allow"] = Reference("Allow", document);
        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            headers["Retry-After"] = Reference("Retry-After", document);
        else if (mayWait) headers["Retry-After"] = Reference(MayWait, document);
        return headers;
    }

    private static IOpenApiHeader Reference(string name, OpenApiDocument? document) =>
        new OpenApiHeaderReference(name, document);
}
