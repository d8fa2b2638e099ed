using Market.Contracts;

namespace Market.Api.Hosting.OpenApi;

/// <summary>What may be refused wherever a request goes.</summary>
public static class CommonCodes
{
    /// <summary>What any route may refuse with: what is wrong with the request's line, headers, credentials or body is refused
    /// whether the route has a use for them or not.</summary>
    public static IReadOnlyList<string> OfRoutes { get; } =
    [
        ProblemCodes.MalformedRequest, ProblemCodes.UnknownHost, ProblemCodes.BadToken, ProblemCodes.BadSignature,
        ProblemCodes.BadApiKey, ProblemCodes.ScopeMissing, ProblemCodes.ClockSkew, ProblemCodes.Replayed, ProblemCodes.TooSlow,
        ProblemCodes.TooLarge, ProblemCodes.UriTooLong, ProblemCodes.UnsupportedMediaType, ProblemCodes.RateLimited,
        ProblemCodes.Busy, ProblemCodes.HeadersTooLarge, ProblemCodes.InternalError, ProblemCodes.Unavailable,
    ];

    /// <summary>What a request is refused with whose path or method is in no operation.</summary>
    public static IReadOnlyList<string> Elsewhere { get; } =
        [.. OfRoutes, ProblemCodes.RouteNotFound, ProblemCodes.MethodNotAllowed];
}
