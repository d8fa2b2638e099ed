using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Market.Web;

/// <summary>An OpenAPI 3.x document, reduced to what a person reads.</summary>
public sealed record ApiDocument
{
    private static readonly string[] Methods = ["get", "post", "put", "patch", "delete"];
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly ConditionalWeakTable<byte[], ApiDocument> Known = [];

    /// <summary>Of the document.</summary>
    public required string Title { get; init; }

    /// <summary>Of the API.</summary>
    public required string Version { get; init; }

    /// <summary>Some paragraphs.</summary>
    public required string Description { get; init; }

    /// <summary>Groups of operations, in the document's order.</summary>
    public required IReadOnlyList<ApiGroup> Groups { get; init; }

    /// <summary>Named types.</summary>
    public required IReadOnlyList<ApiType> Types { get; init; }

    /// <summary>As <see cref="Read"/>, once for each document: a server publishes the same bytes for as long as it runs.</summary>
    /// <param name="published">The document; not to be changed any more.</param>
    public static ApiDocument Of(byte[] published) => Known.GetValue(published, bytes => Read(bytes));

    /// <summary>Reads the document. Members that are missing or of another kind are left out.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static ApiDocument Read(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        var info = Member(root, "info");
        var operations = new List<(string Tag, ApiOperation Operation)>();
        foreach (var path in Members(Member(root, "paths")))
            foreach (var method in Members(path.Value))
                if (Methods.Contains(method.Name, StringComparer.Ordinal))
                    operations.Add(ReadOperation(root, path.Name, path.Value, method.Name, method.Value));
        return new ApiDocument
        {
            Title = Text(info, "title"),
            Version = Text(info, "version"),
            Description = Text(info, "description"),
            Groups = operations.GroupBy(o => o.Tag, o => o.Operation, StringComparer.Ordinal)
                .Select(g => new ApiGroup(g.Key, g.ToArray())).ToArray(),
            Types = Members(Member(Member(root, "components"), "schemas"))
                .Select(t => new ApiType(t.Name, Text(t.Value, "description"), Fields(t.Value), EnumValues(t.Value)))
                .ToArray(),
        };
    }

    private static (string Tag, ApiOperation Operation) ReadOperation(
        JsonElement root, string path, JsonElement item, string method, JsonElement operation)
    {
        var tag = Items(Member(operation, "tags")).Select(t => t.GetString()).FirstOrDefault() ?? "Other";
        var parameters = Items(Member(item, "parameters")).Concat(Items(Member(operation, "parameters")))
            .Select(p => Resolve(root, p))
            .Select(p => new ApiField(Text(p, "name"), $"{Shape(Member(p, "schema"))}, in {Text(p, "in")}",
                Text(p, "description"), Member(p, "required").ValueKind == JsonValueKind.True)).ToArray();
        var (bodyContent, body) = Content(Resolve(root, Member(operation, "requestBody")));
        var responses = Members(Member(operation, "responses")).Select(r =>
        {
            var response = Resolve(root, r.Value);
            var (type, content) = Content(response);
            return new ApiResponse(
                r.Name, Text(response, "description"), type, Shape(Member(content, "schema")), Example(root, content));
        }).ToArray();
        return (tag, new ApiOperation(
            method.ToUpperInvariant(), path, Text(operation, "summary"), Text(operation, "description"),
            Items(Member(operation, "security")).Select(s => Members(s).Any()).DefaultIfEmpty(false).All(needs => needs),
            parameters, bodyContent, Shape(Member(body, "schema")), Example(root, body), responses));
    }

    private static (string Type, JsonElement Content) Content(JsonElement holder) =>
        Members(Member(holder, "content")).Select(c => (c.Name, c.Value)).FirstOrDefault(("", default));

    private static string? Example(JsonElement root, JsonElement content)
    {
        var example = Member(content, "example");
        if (example.ValueKind == JsonValueKind.Undefined)
            example = Member(Resolve(root, Members(Member(content, "examples")).Select(e => e.Value).FirstOrDefault()), "value");
        return example.ValueKind == JsonValueKind.Undefined ? null : JsonSerializer.Serialize(example, Indented);
    }

    private static ApiField[] Fields(JsonElement schema)
    {
        var required = Items(Member(schema, "required")).Select(r => r.GetString()).ToHashSet(StringComparer.Ordinal);
        return Members(Member(schema, "properties"))
            .Select(p => new ApiField(p.Name, Shape(p.Value), Text(p.Value, "description"), required.Contains(p.Name)))
            .ToArray();
    }

    private static string[] EnumValues(JsonElement schema) => Items(Member(schema, "enum"))
        .Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!).ToArray();

    /// <summary>A schema in a few words: a type's name, "array of Trade", "string, ^[0-9]+$".</summary>
    private static string Shape(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object) return "";
        if (Text(schema, "$ref") is { Length: > 0 } reference) return reference[(reference.LastIndexOf('/') + 1)..];
        foreach (var any in new[] { "oneOf", "anyOf", "allOf" })
        {
            var parts = Items(Member(schema, any)).Select(Shape).Where(s => s is not ("" or "null")).ToArray();
            if (parts.Length > 0) return string.Join(" or ", parts);
        }
        var type = Member(schema, "type");
        var name = type.ValueKind == JsonValueKind.Array
            ? string.Join(" or ", type.EnumerateArray().Select(t => t.GetString()).Where(t => t != "null"))
            : Text(schema, "type");
        if (name == "array") return "array of " + Shape(Member(schema, "items"));
        var values = EnumValues(schema);
        if (values.Length > 0) return string.Join(" | ", values);
        var format = Text(schema, "format");
        return format.Length > 0 ? $"{name} ({format})" : name;
    }

    private static JsonElement Resolve(JsonElement root, JsonElement element)
    {
        var reference = Text(element, "$ref");
        if (!reference.StartsWith("#/", StringComparison.Ordinal)) return element;
        var at = root;
        foreach (var part in reference[2..].Split('/'))
        {
            var name = part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            at = Member(at, name);
        }
        return at;
    }

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    private static string Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : "";

    private static IEnumerable<JsonProperty> Members(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object ? element.EnumerateObject() : [];

    private static IEnumerable<JsonElement> Items(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : [];
}

/// <summary>Operations of one tag.</summary>
/// <param name="Name">The tag.</param>
/// <param name="Operations">In the document's order.</param>
public sealed record ApiGroup(string Name, IReadOnlyList<ApiOperation> Operations)
{
    /// <summary>Where its page is.</summary>
    public string Path => "/docs/" + Slug;

    /// <summary>Its name as addresses have it.</summary>
    public string Slug => Name.ToLowerInvariant().Replace(' ', '-');
}

/// <summary>One operation.</summary>
/// <param name="Method">GET, POST ...</param>
/// <param name="Path">With its parameters in braces.</param>
/// <param name="Summary">One line.</param>
/// <param name="Description">Some paragraphs; may be empty.</param>
/// <param name="NeedsKey">Whether it must be signed in for.</param>
/// <param name="Parameters">Of path, query and headers.</param>
/// <param name="BodyContent">The body's media type; empty when it has none.</param>
/// <param name="Body">The body's type; empty when it has none.</param>
/// <param name="BodyExample">An example body.</param>
/// <param name="Responses">By status code.</param>
public sealed record ApiOperation(
    string Method, string Path, string Summary, string Description, bool NeedsKey, IReadOnlyList<ApiField> Parameters,
    string BodyContent, string Body, string? BodyExample, IReadOnlyList<ApiResponse> Responses)
{
    /// <summary>Whether it opens a WebSocket.</summary>
    public bool IsSocket => Responses.Any(response => response.Status == "101");

    /// <summary>The fragment that leads to it.</summary>
    public string Anchor => Method.ToLowerInvariant() +
        string.Concat(Path.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-'));
}

/// <summary>One answer.</summary>
/// <param name="Status">The status code or "default".</param>
/// <param name="Description">When.</param>
/// <param name="Content">The body's media type; empty when it has none.</param>
/// <param name="Type">The body's type.</param>
/// <param name="Example">An example body.</param>
public sealed record ApiResponse(string Status, string Description, string Content, string Type, string? Example);

/// <summary>A parameter or a member of a type.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Description">What it means.</param>
/// <param name="Required">Whether it is always there.</param>
public sealed record ApiField(string Name, string Type, string Description, bool Required);

/// <summary>A named type.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is.</param>
/// <param name="Fields">Its members.</param>
/// <param name="Values">Of a closed set: its values.</param>
public sealed record ApiType(
    string Name, string Description, IReadOnlyList<ApiField> Fields, IReadOnlyList<string> Values);
