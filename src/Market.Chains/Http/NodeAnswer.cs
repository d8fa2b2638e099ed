using System.Text.Json;

namespace Market.Chains.Http;

/// <summary>A request to a node, free of any web framework.</summary>
/// <param name="Method">GET or POST.</param>
/// <param name="Path">What follows "/api/v1/node/", such as "mainchain/tip".</param>
/// <param name="Query">The value of a query parameter; null where absent.</param>
/// <param name="Body">The request's body.</param>
public sealed record NodeRequest(string Method, string Path, Func<string, string?> Query, Stream Body)
{
    /// <summary>Who asks, as far as bounds go: one household has one name; null where it is not known.</summary>
    public string? Client { get; init; }
}

/// <summary>An answer.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="ContentType">The media type.</param>
/// <param name="Body">The body.</param>
public sealed record NodeAnswer(int Status, string ContentType, ReadOnlyMemory<byte> Body)
{
    /// <summary>With a refusal: what the body says.</summary>
    public NodeProblem? Refused { get; init; }

    /// <summary>A JSON body.</summary>
    public static NodeAnswer Json<T>(T value) =>
        new(200, "application/json", JsonSerializer.SerializeToUtf8Bytes(value, NodeJson.Options));

    /// <summary>A body of bytes.</summary>
    public static NodeAnswer Bytes(byte[] bytes) => new(200, "application/octet-stream", bytes);

    /// <summary>The refusal where nothing is.</summary>
    internal static NodeAnswer NotFound(string detail) => Problem(404, "node-not-found", detail);

    /// <summary>The refusal of what there is no room for at the moment.</summary>
    internal static NodeAnswer Busy(string detail) => Problem(503, "node-busy", detail);

    /// <summary>The refusal of what cannot be read.</summary>
    internal static NodeAnswer BadRequest(string detail) => Problem(400, "node-bad-request", detail);

    /// <summary>A refusal.</summary>
    public static NodeAnswer Problem(int status, string code, string detail)
    {
        var problem = new NodeProblem("The node refuses the request.", status, code, detail);
        return new(status, "application/problem+json", JsonSerializer.SerializeToUtf8Bytes(problem, NodeJson.Options))
        {
            Refused = problem,
        };
    }
}
