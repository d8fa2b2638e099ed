using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Market.Api.Doors;
using Market.Chains;
using Market.Contracts;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Market.Api.Hosting.OpenApi;

/// <summary>The OpenAPI 3.1 document, generated from the routes: every operation with its summary, schemas, examples, headers
/// and each code that it may refuse with.</summary>
public static class OpenApiSetup
{
    /// <summary>Where the document is.</summary>
    public const string Path = "/openapi/v1.json";

    /// <summary>The document's name.</summary>
    public const string DocumentName = "v1";

    // Of the node's own interface, which names the values of these as they are.
    private static readonly Type[] NodeEnums = [typeof(BroadcastCode), typeof(SubmitCode), typeof(DropReason)];

    /// <summary>Adds the document.</summary>
    public static void AddMarketOpenApi(this IServiceCollection services) => services.AddOpenApi(DocumentName, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = d => d.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
        options.AddSchemaTransformer(Schema);
        options.AddOperationTransformer(Operations.CompleteAsync);
        options.AddDocumentTransformer(Document);
    });

    private static Task Schema(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancel)
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        if (type == typeof(Price) || type == typeof(Quantity) || type == typeof(Sats))
        {
            schema.Type = JsonSchemaType.String;
            schema.Pattern = DecimalStrings.Pattern;
            schema.Description ??= "A whole number as a decimal string.";
        }
        if (type == typeof(DiscountFactor))
        {
            schema.Type = JsonSchemaType.String;
            schema.Pattern = DiscountFactor.Pattern;
            schema.Description ??= "A part of a share's face value as a decimal string in its one form, such as 0.97.";
        }
        if (type == typeof(JsonElement)) schema.Description = "Depends on the channel.";
        if (NodeEnums.Contains(type)) schema.Enum = [.. Enum.GetNames(type).Select(name => (JsonNode)JsonValue.Create(name))];
        if (context.JsonPropertyInfo is { Name: "code" } code && code.DeclaringType == typeof(Problem))
            schema.Enum = [.. ProblemCodes.All.Select(one => (JsonNode)JsonValue.Create(one))];
        LeaveOut(schema, context.JsonTypeInfo);
        return Task.CompletedTask;
    }

    // What has no value is left out of every answer.
    private static void LeaveOut(OpenApiSchema schema, JsonTypeInfo type)
    {
        foreach (var property in type.Properties.Where(p => p.IsGetNullable)) schema.Required?.Remove(property.Name);
    }

    private static Task Document(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Market",
            Version = "v1",
            Description = "Shares of a sharechain against BTC, settled by atomic swaps. Prices, quantities and amounts " +
                "are decimal strings; times are RFC 3339 in UTC; failures are RFC 9457 problem documents with a stable " +
                $"code, whose type leads to a page that explains it. Streams: SignalR hub {Contracts.Streams.HubPath} (methods " +
                "Subscribe and Unsubscribe with an array of channels, Resume with a channel and a position, " +
                "SignIn with a session's token, SignInWithApiKey with an " +
                "API key's id, a timestamp and the code of a GET of the hub's path; client method 'event' with " +
                $"a StreamEvent), the WebSocket {Contracts.Streams.SocketPath} or GET {Contracts.Streams.SsePath}, which lists " +
                "the channels.\n\nA path or a method that is not " +
                "listed is answered with one of the components' responses elsewhere-(status). What is no HTTP, or has a request " +
                $"line above {ServerLimits.MaxLineRead} or headers above {ServerLimits.MaxHeadersRead} bytes, is answered with " +
                "the bare status, and the connection ends.",
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        Security.Describe(document);
        AnswerHeaders.Describe(document);
        ProblemResponses.Describe(document);
        return Task.CompletedTask;
    }
}
