using System.Text.Json.Nodes;

namespace Market.Api.Tests.Declared;

/// <summary>The operations of an OpenAPI document.</summary>
internal static class DocumentOperations
{
    /// <summary>Each with its path and its method in capitals, in the document's order.</summary>
    public static IEnumerable<(string Path, string Method, JsonObject Operation)> Of(JsonNode document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select (path.Key, operation.Key.ToUpperInvariant(), operation.Value!.AsObject());
}
