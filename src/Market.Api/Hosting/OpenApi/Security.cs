using Market.Api.Doors.Auth;
using Market.Api.Results;
using Market.Contracts;
using Microsoft.OpenApi;

namespace Market.Api.Hosting.OpenApi;

/// <summary>How the document says who may ask: by a session, by a signed request, by an API key, or anybody.</summary>
internal static class Security
{
    private const string Session = "session";
    private const string ApiKeyId = "apiKeyId";
    private const string Text =
        "'market/request/v2\\n(host)\\n(METHOD)\\n(path)\\n(query)\\n(timestamp)\\n(hex SHA-256 of the body)\\n'";

    // A signed request has all three headers: each is a scheme, and what a route requires names them together.
    private static readonly (string Scheme, string Header, string Words)[] Signed =
    [
        ("signedRequestKey", SignedRequest.KeyHeader, "Of a signed request: hex of the x-only key."),
        ("signedRequestTimestamp", SignedRequest.TimestampHeader,
            $"Of a signed request: Unix milliseconds, at most {SignedRequest.MaxSkewSeconds} s off the market's clock, and "
            + "another one for each of a key's requests that are otherwise equal."),
        ("signedRequestSignature", SignedRequest.SignatureHeader,
            $"Of a signed request: hex of BIP340 over the tagged hash '{SignedRequest.Tag}' of {Text}."),
    ];

    // So has one of an API key; the scopes that an operation asks for stand beside its id.
    private static readonly (string Scheme, string Header, string Words)[] OfApiKeys =
    [
        (ApiKeyId, ApiKeyRequest.KeyHeader, "Of an API key's request: its id."),
        ("apiKeyTimestamp", SignedRequest.TimestampHeader, "Of an API key's request: as of a signed one."),
        ("apiKeySignature", SignedRequest.SignatureHeader,
            $"Of an API key's request: hex of HMAC-SHA256, under the secret's characters as they stand, of {Text}."),
    ];

    /// <summary>Adds the schemes.</summary>
    public static void Describe(OpenApiDocument document)
    {
        document.Components!.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Session] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = $"The token of POST {Routes.Sessions}.",
        };
        foreach (var (scheme, header, words) in Signed.Concat(OfApiKeys))
        {
            document.Components.SecuritySchemes[scheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = header,
                Description = words,
            };
        }
    }

    /// <summary>What a route requires, by its marks; null where anybody may ask and nobody is known.</summary>
    /// <param name="method">The route's method.</param>
    /// <param name="path">Its path, without what leads it.</param>
    /// <param name="metadata">Its marks.</param>
    /// <param name="document">The document.</param>
    public static List<OpenApiSecurityRequirement>? Of(
        string? method, string? path, IList<object> metadata, OpenApiDocument? document)
    {
        var needs = metadata.OfType<RequiresAccount>().Any();
        if (!needs && !metadata.OfType<KnowsAccount>().Any()) return null;
        var requirements = new List<OpenApiSecurityRequirement>();
        if (!needs) requirements.Add([]);
        requirements.Add(new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Session, document)] = [] });
        if (metadata.OfType<EndsSession>().Any()) return requirements;
        var signed = new OpenApiSecurityRequirement();
        foreach (var (scheme, _, _) in Signed) signed[new OpenApiSecuritySchemeReference(scheme, document)] = [];
        requirements.Add(signed);
        if (!ApiKeyScopes.OfRoutes.TryGetValue((method ?? "", "/" + path), out var scope)) return requirements;
        var byKey = new OpenApiSecurityRequirement();
        foreach (var (scheme, _, _) in OfApiKeys)
            byKey[new OpenApiSecuritySchemeReference(scheme, document)] = scheme == ApiKeyId ? [WireEnum.Name(scope)] : [];
        requirements.Add(byKey);
        return requirements;
    }
}
