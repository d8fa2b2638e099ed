using System.Text.Json;
using System.Text.Json.Nodes;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.OpenApi;
using Market.Api.Features.Chains;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Contracts;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Market.Api.Hosting.OpenApi;

/// <summary>The OpenAPI 3.1 document, generated from the routes: every operation with its summary, schemas, examples and
/// each code that it may refuse with.</summary>
public static class OpenApiSetup
{
    /// <summary>Where the document is.</summary>
    public const string Path = "/openapi/v1.json";

    /// <summary>The document's name.</summary>
    public const string DocumentName = "v1";

    private const string ProblemType = "application/problem+json";
    private const string Bearer = "session";
    private const string Signed = "signedRequest";

    /// <summary>What parameters mean; a name means the same on every route.</summary>
    private static readonly Dictionary<string, string> Parameters = new()
    {
        ["instrument"] = "The instrument's id, such as P2SHARE-BTC.",
        ["id"] = "The id, as the market's answers name it.",
        ["limit"] = $"Items on a page, at least 1, at most {ServerLimits.MaxPageSize}; of blocks {GetBlocksValidator.MaxBlocks}.",
        ["cursor"] = "nextCursor of the page before; left out for the first page.",
        ["depth"] = $"Levels of each side, 1 to {ServerLimits.MaxBookDepth}.",
        ["interval"] = $"{WireEnum.Names<CandleInterval>()}.",
        ["from"] = "The earliest beginning of a candle, RFC 3339.",
        ["to"] = "Candles begin before this, RFC 3339.",
        ["rate"] = "Continuous yearly rate, 0 to 10: 0.05 is 5 %.",
        ["years"] = "The horizon, 0.01 to 100.",
        ["status"] = $"Only orders of this status: {WireEnum.Names<OrderStatus>()}.",
        ["outcome"] = $"Only swaps of this outcome: {WireEnum.Names<SwapOutcome>()}.",
        ["mine"] = "true: only those of the asking key.",
        ["channels"] = $"1 to {StreamClient.MaxChannels} channels, joined by commas.",
        ["chain"] = $"{WireEnum.Names<ChainName>()}.",
        ["block"] = "A height, or a block's id: 64 lower case hex digits.",
        ["key"] = "Only refusals of this account: 64 lower case hex digits.",
        ["code"] = "Only refusals with this problem code.",
        ["path"] = "What is asked of the node, such as mainchain/tip.",
    };

    /// <summary>Adds the document.</summary>
    public static void AddMarketOpenApi(this IServiceCollection services) => services.AddOpenApi(DocumentName, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = d => d.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
        options.AddSchemaTransformer(Schema);
        options.AddOperationTransformer(OperationAsync);
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
        if (type == typeof(JsonElement)) schema.Description = "Depends on the channel.";
        return Task.CompletedTask;
    }

    private static Task Document(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Market",
            Version = "v1",
            Description = "Shares of a sharechain against BTC, settled by atomic swaps. Prices, quantities and amounts " +
                "are decimal strings; times are RFC 3339 in UTC; failures are RFC 9457 problem documents with a stable " +
                $"code. Streams: SignalR hub {Contracts.Streams.HubPath} (methods Subscribe and Unsubscribe with an array of " +
                "channels, SignIn with a session's token; client method 'event' with a StreamEvent) or GET /api/v1/streams, " +
                "which lists the channels.",
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "The token of POST /api/v1/auth/sessions.",
        };
        document.Components.SecuritySchemes[Signed] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Header,
            Name = SignedRequest.SignatureHeader,
            Description = $"A signed request: headers {SignedRequest.KeyHeader} (x-only key), " +
                $"{SignedRequest.TimestampHeader} (Unix ms) and {SignedRequest.SignatureHeader}: BIP340 over the tagged " +
                $"hash '{SignedRequest.Tag}' of 'market/request/v2\\n(host)\\n(METHOD)\\n(path)\\n(query)\\n(timestamp)\\n(hex " +
                "SHA-256 of the body)\\n'.",
        };
        foreach (var operation in document.Paths.Values.SelectMany(p => p.Operations is { } o ? o.Values.ToArray() : []))
        {
            // Set here because references need the document.
            if (operation.Extensions?.Remove("x-private") == true)
            {
                operation.Security =
                [
                    new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] },
                    new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Signed, document)] = [] },
                ];
            }
        }
        return Task.CompletedTask;
    }

    private static async Task OperationAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        foreach (var example in metadata.OfType<AnswerExample>())
        {
            if (operation.Responses?.TryGetValue(
                    example.Status.ToString(System.Globalization.CultureInfo.InvariantCulture), out var response) != true)
                continue;
            response!.Description = "It went well.";
            foreach (var media in response.Content?.Values ?? [])
                media.Example = Node(example.Value);
        }
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
            parameter.Description = Parameters.GetValueOrDefault(parameter.Name ?? "");
        var body = metadata.OfType<BodyExample>().FirstOrDefault();
        foreach (var media in operation.RequestBody?.Content?.Values ?? [])
        {
            if (body is not null) media.Example = Node(body.Value);
        }
        var codes = metadata.OfType<RefusalCodes>().SelectMany(r => r.Codes)
            .Concat(Common(operation.RequestBody is not null)).Distinct();
        var problem = await context.GetOrCreateSchemaAsync(typeof(Problem), null, cancel);
        context.Document?.AddComponent(nameof(Problem), problem);
        // No route answers with it: streams send it.
        context.Document?.AddComponent(
            nameof(BookDelta), await context.GetOrCreateSchemaAsync(typeof(BookDelta), null, cancel));
        foreach (var group in codes.GroupBy(ProblemTable.StatusOf).OrderBy(g => g.Key))
            AddProblem(operation, context.Document, group.Key, [.. group]);
        if (metadata.OfType<RequiresAccount>().Any())
        {
            operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
            operation.Extensions["x-private"] = new JsonNodeExtension(JsonValue.Create(true));
        }
    }

    /// <summary>What any route may refuse with.</summary>
    private static IEnumerable<string> Common(bool hasBody)
    {
        // Wrong credentials are refused on public routes too.
        yield return ProblemCodes.BadToken;
        yield return ProblemCodes.BadSignature;
        yield return ProblemCodes.ClockSkew;
        yield return ProblemCodes.Replayed;
        yield return ProblemCodes.RateLimited;
        yield return ProblemCodes.InternalError;
        yield return ProblemCodes.Unavailable;
        if (!hasBody) yield break;
        yield return ProblemCodes.MalformedRequest;
        yield return ProblemCodes.TooLarge;
        yield return ProblemCodes.TooSlow;
        yield return ProblemCodes.UnsupportedMediaType;
    }

    private static void AddProblem(OpenApiOperation operation, OpenApiDocument? document, int status, string[] codes)
    {
        operation.Responses ??= [];
        operation.Responses[status.ToString(System.Globalization.CultureInfo.InvariantCulture)] = new OpenApiResponse
        {
            Description = string.Join("; ", codes.Select(c => $"{c}: {ProblemTable.Rows[c].Title}")),
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [ProblemType] = new OpenApiMediaType
                {
                    Schema = new OpenApiSchemaReference(nameof(Problem), document),
                    Examples = codes.ToDictionary(c => c, c => (IOpenApiExample)new OpenApiExample
                    {
                        Summary = ProblemTable.Rows[c].Title,
                        Value = Node(ProblemTable.Document(new Refusal(c))),
                    }),
                },
            },
        };
    }

    private static JsonNode? Node(object value) => JsonSerializer.SerializeToNode(value, value.GetType(), MarketJson.Options);
}
