using Market.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Market.Web;

/// <summary>What the type of a refusal leads to: the kinds of problems, for programs. For people there is a page.</summary>
public static class ProblemPages
{
    /// <summary>Where one kind is.</summary>
    public const string Route = ProblemKinds.Path + "/{code}";

    /// <summary>Maps the kinds for a server that has no pages.</summary>
    public static void MapProblems(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(ProblemKinds.Path, () => Results.Json(ProblemKinds.All, MarketJson.Options)).ExcludeFromDescription();
        endpoints.MapGet(Route, (string code) => Json(code)).ExcludeFromDescription();
    }

    /// <summary>A kind as JSON; 404 where there is no such code.</summary>
    public static IResult Json(string code) => ProblemKinds.Find(code) is { } kind
        ? Results.Json(kind, MarketJson.Options)
        : Results.Json(Unknown, MarketJson.Options, "application/problem+json", Unknown.Status);

    /// <summary>Whether who asks is a program: it takes JSON, and does not ask for a page.</summary>
    public static bool IsProgram(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var accept = request.Headers.Accept.ToString();
        return accept.Contains("json", StringComparison.OrdinalIgnoreCase)
            && !accept.Contains("text/html", StringComparison.OrdinalIgnoreCase);
    }

    private static Problem Unknown { get; } = Of(ProblemKinds.Find(ProblemCodes.NotFound)!);

    private static Problem Of(ProblemKind kind) => new()
    {
        Type = ProblemKinds.AddressOf(kind.Code),
        Title = kind.Title,
        Status = kind.Status,
        Code = kind.Code,
        Detail = $"{ProblemKinds.Path} lists the codes.",
    };
}
