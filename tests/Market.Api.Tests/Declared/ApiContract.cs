using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;
using Microsoft.AspNetCore.Http;

namespace Market.Api.Tests.Declared;

/// <summary>An OpenAPI document as what it promises: which answers there are, with which headers and which body.</summary>
public sealed partial class ApiContract
{
    /// <summary>Routes with which tests mine; no part of the interface.</summary>
    private const string OfTests = "/api/v1/dev/";

    private const string Definitions = "https://market.example/schemas";

    private readonly JsonObject _root;
    private readonly List<(Regex Path, int Parameters, JsonObject Operations)> _paths;
    private readonly BuildOptions _build = new() { SchemaRegistry = new SchemaRegistry() };
    private readonly ConcurrentDictionary<JsonNode, JsonSchema> _schemas = new(ReferenceEqualityComparer.Instance);

    public ApiContract(byte[] document)
    {
        _root = JsonNode.Parse(document)!.AsObject();
        _paths = [.. _root["paths"]!.AsObject().Select(path =>
            (Pattern(path.Key), path.Key.Count(c => c == '{'), path.Value!.AsObject())).OrderBy(path => path.Item2)];
        var schemas = _root["components"]!["schemas"]!.DeepClone().AsObject();
        foreach (var (_, schema) in schemas) Close(schema);
        // Registers itself under its id, for the references of all others.
        JsonSchema.FromText(new JsonObject { ["$id"] = Definitions, ["$defs"] = schemas }.ToJsonString().Replace(
            "#/components/schemas/", "#/$defs/", StringComparison.Ordinal), _build);
    }

    /// <summary>What of an answer the document does not declare; empty where it is all declared.</summary>
    public IReadOnlyList<string> FaultsOf(HttpContext context, byte[] body)
    {
        var path = context.Request.Path.Value!.TrimEnd('/');
        var operation = OperationOf(path, context.Request.Method);
        if (operation is null && path.StartsWith(OfTests, StringComparison.OrdinalIgnoreCase)) return [];
        var status = context.Response.StatusCode;
        var response = operation is null
            ? _root["components"]!["responses"]![$"elsewhere-{status}"]
            : operation["responses"]![$"{status}"];
        if (response is null)
            return [operation is null ? "no such answer where there is no operation" : "the status is not declared"];
        var isHead = HttpMethods.IsHead(context.Request.Method);
        return [.. HeaderFaults(response, context.Response.Headers), .. isHead ? [] : BodyFaults(response, context.Response, body)];
    }

    private JsonObject? OperationOf(string path, string method) => _paths
        .Where(p => p.Path.IsMatch(path)).Select(p => p.Operations[method.ToLowerInvariant()]?.AsObject())
        .FirstOrDefault(operation => operation is not null);

    private IEnumerable<string> HeaderFaults(JsonNode response, IHeaderDictionary headers)
    {
        var declared = response["headers"]?.AsObject() ?? [];
        foreach (var (name, header) in declared)
        {
            if ((bool?)Resolve(header!)["required"] == true && !headers.ContainsKey(name)) yield return $"header {name} is missing";
        }
        foreach (var name in headers.Keys.Where(name => ToBeDeclared().IsMatch(name)))
        {
            if (!declared.ContainsKey(name)) yield return $"header {name} is not declared";
        }
    }

    private IEnumerable<string> BodyFaults(JsonNode response, HttpResponse answer, byte[] body)
    {
        var content = response["content"]?.AsObject();
        if (content is null)
        {
            if (body.Length > 0) yield return "there is a body, and none is declared";
            yield break;
        }
        var type = answer.ContentType?.Split(';')[0];
        if (type is null || content[type] is not { } media)
        {
            yield return $"content type '{type}' is not declared";
            yield break;
        }
        if (type is "application/octet-stream" or "text/csv") yield break;
        var text = Encoding.UTF8.GetString(Plain(body, answer.Headers.ContentEncoding.ToString()));
        var values = type == "text/event-stream" ? Events(text) : [text];
        foreach (var fault in values.SelectMany(value => ValueFaults(media, value))) yield return fault;
    }

    private IEnumerable<string> ValueFaults(JsonNode media, string text)
    {
        if (Read(text) is not { } value) return ["the body is no JSON: " + text];
        var schema = _schemas.GetOrAdd(media["schema"]!, SchemaOf);
        var result = schema.Evaluate(value, new EvaluationOptions { OutputFormat = OutputFormat.List });
        var faults = result.IsValid
            ? []
            : (result.Details ?? []).Append(result).Where(detail => detail.Errors is not null)
                .Select(detail => $"{detail.InstanceLocation}: {string.Join(", ", detail.Errors!.Values)} in {text}").ToList();
        if (!result.IsValid && faults.Count == 0) faults.Add("the body is not of its schema: " + text);
        // Of refusals the document says which there are.
        if (media["examples"] is JsonObject codes && !codes.ContainsKey(value.GetProperty("code").GetString()!))
            faults.Add($"code {value.GetProperty("code")} is not declared with this status");
        return faults;
    }

    private static JsonElement? Read(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Data of whole events: the last may have been cut off.
    private static IEnumerable<string> Events(string text) => text.Split("\n\n")[..^1]
        .SelectMany(part => part.Split('\n')).Where(line => line.StartsWith("data: ", StringComparison.Ordinal))
        .Select(line => line[6..]);

    private static byte[] Plain(byte[] body, string encoding)
    {
        if (encoding.Length == 0) return body;
        using var packed = new MemoryStream(body);
        using Stream unpacked = encoding == "br"
            ? new BrotliStream(packed, CompressionMode.Decompress)
            : new GZipStream(packed, CompressionMode.Decompress);
        using var plain = new MemoryStream();
        unpacked.CopyTo(plain);
        return plain.ToArray();
    }

    private JsonSchema SchemaOf(JsonNode declared)
    {
        var schema = declared.DeepClone();
        Close(schema);
        lock (_build)
        {
            return JsonSchema.FromText(
                schema.ToJsonString().Replace("#/components/schemas/", Definitions + "#/$defs/", StringComparison.Ordinal), _build);
        }
    }

    // An answer has the members that are described and no others.
    private static void Close(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject schema:
                foreach (var (_, part) in schema) Close(part);
                if (schema["properties"] is JsonObject && schema["additionalProperties"] is null)
                    schema["additionalProperties"] = false;
                break;
            case JsonArray parts:
                foreach (var part in parts) Close(part);
                break;
        }
    }

    private JsonNode Resolve(JsonNode node) => (string?)node["$ref"] is { } reference
        ? reference[2..].Split('/').Aggregate((JsonNode)_root, (at, name) => at[name]!)
        : node;

    private static Regex Pattern(string template) => new(
        "^" + Regex.Replace(Regex.Escape(template), @"\\\{[^}]+}", "[^/]+") + "$",
        RegexOptions.IgnoreCase | RegexOptions.Singleline);

    [GeneratedRegex("^(X-|Market-|RateLimit|Retry-After$|ETag$|WWW-Authenticate$|Allow$|Location$)", RegexOptions.IgnoreCase)]
    private static partial Regex ToBeDeclared();
}
