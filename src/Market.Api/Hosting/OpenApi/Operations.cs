using System.Globalization;
using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Contracts;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Market.Api.Hosting.OpenApi;

/// <summary>One operation of the document, made of its route's marks.</summary>
internal static class Operations
{
    private const string Ok = "200";
    private const string Switched = "101";
    private const string WentWell = "It went well.";

    /// <summary>Completes an operation.</summary>
    public static async Task CompleteAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        await AddSchemasAsync(context, cancel);
        Parameters(operation, metadata);
        Bodies(operation, metadata);
        Answers(operation, metadata, context.Document);
        foreach (var events in metadata.OfType<EventsSent>()) await EventsAsync(operation, events, context, cancel);
        foreach (var socket in metadata.OfType<SocketOpened>()) await SocketAsync(operation, socket, context, cancel);
        operation.Security = Security.Of(
            context.Description.HttpMethod, context.Description.RelativePath, metadata, context.Document);
        var codes = metadata.OfType<RefusalCodes>().SelectMany(r => r.Codes).Concat(CommonCodes.OfRoutes);
        foreach (var (status, response) in ProblemResponses.Of(codes, context.Document))
            operation.Responses![status] = response;
    }

    private static async Task AddSchemasAsync(OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        // No route answers with a change of the book: streams send it.
        foreach (var type in new[] { typeof(Problem), typeof(BookDelta) })
            context.Document?.AddComponent(type.Name, await context.GetOrCreateSchemaAsync(type, null, cancel));
    }

    private static void Parameters(OpenApiOperation operation, IList<object> metadata)
    {
        operation.Parameters ??= [];
        foreach (var parameter in operation.Parameters.OfType<OpenApiParameter>())
            parameter.Description = ParameterWords.Of(parameter.Name);
        foreach (var described in metadata.OfType<DescribedParameter>())
        {
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = described.Name,
                In = described.InPath ? ParameterLocation.Path : ParameterLocation.Query,
                Required = described.InPath,
                Description = described.Description,
                Schema = new OpenApiSchema { Type = described.IsNumber ? JsonSchemaType.Integer : JsonSchemaType.String },
            });
        }
    }

    private static void Bodies(OpenApiOperation operation, IList<object> metadata)
    {
        var example = metadata.OfType<BodyExample>().FirstOrDefault();
        foreach (var media in operation.RequestBody?.Content?.Values ?? [])
        {
            if (example is not null) media.Example = Examples.Node(example.Value);
        }
        foreach (var bytes in metadata.OfType<BytesTaken>())
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Description = bytes.Description,
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType> { ["application/octet-stream"] = new() },
            };
        }
    }

    private static void Answers(OpenApiOperation operation, IList<object> metadata, OpenApiDocument? document)
    {
        operation.Responses ??= [];
        var tagged = metadata.OfType<TaggedRoute>().Any();
        foreach (var example in metadata.OfType<AnswerExample>())
        {
            if (!operation.Responses.TryGetValue(example.Status.ToString(CultureInfo.InvariantCulture), out var found) ||
                found is not OpenApiResponse response) continue;
            response.Description = WentWell;
            response.Headers = AnswerHeaders.Of(example.Status, tagged, false, document);
            foreach (var media in response.Content?.Values ?? []) media.Example = Examples.Node(example.Value);
        }
        foreach (var bytes in metadata.OfType<BytesReturned>())
        {
            operation.Responses[Ok] = new OpenApiResponse
            {
                Description = bytes.Description,
                Headers = AnswerHeaders.Of(StatusCodes.Status200OK, tagged, false, document),
                Content = new Dictionary<string, OpenApiMediaType> { ["application/octet-stream"] = new() },
            };
        }
        foreach (var table in metadata.OfType<CsvReturned>())
        {
            if (operation.Responses[Ok] is not OpenApiResponse { Content: { } contents }) continue;
            contents[Csv.Type] = new OpenApiMediaType
            {
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                Example = System.Text.Json.Nodes.JsonValue.Create(table.Example),
            };
        }
        if (!tagged) return;
        operation.Responses["304"] = new OpenApiResponse
        {
            Description = "The body is the one whose tag was sent as If-None-Match.",
            Headers = AnswerHeaders.Of(StatusCodes.Status304NotModified, tagged, false, document),
        };
    }

    // The document has no words for what goes over a socket: what both ends send stands with the answer that has a body.
    private static async Task SocketAsync(
        OpenApiOperation operation, SocketOpened socket, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        var messages = new List<IOpenApiSchema>();
        foreach (var type in new[] { socket.Sent.GetType(), socket.Taken.GetType() })
        {
            context.Document?.AddComponent(type.Name, await context.GetOrCreateSchemaAsync(type, null, cancel));
            messages.Add(new OpenApiSchemaReference(type.Name, context.Document));
        }
        operation.Responses![Switched] = new OpenApiResponse
        {
            Description = "The socket is open, over HTTP/1.1.",
            Headers = AnswerHeaders.Of(StatusCodes.Status101SwitchingProtocols, false, false, context.Document),
        };
        operation.Responses[Ok] = new OpenApiResponse
        {
            Description = "The socket is open, over HTTP/2. Over both the first schema is of the server's messages, the second of "
                + "the client's.",
            Headers = AnswerHeaders.Of(StatusCodes.Status200OK, false, false, context.Document),
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/json"] = new OpenApiMediaType
                {
                    Schema = new OpenApiSchema { AnyOf = messages },
                    Example = Examples.Node(socket.Sent),
                },
            },
        };
    }

    private static async Task EventsAsync(
        OpenApiOperation operation, EventsSent events, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        var kinds = new List<IOpenApiSchema>();
        foreach (var type in events.Types)
        {
            context.Document?.AddComponent(type.Name, await context.GetOrCreateSchemaAsync(type, null, cancel));
            kinds.Add(new OpenApiSchemaReference(type.Name, context.Document));
        }
        operation.Responses![Ok] = new OpenApiResponse
        {
            Description = "Events without end; the schema is of each event's data.",
            Headers = AnswerHeaders.Of(StatusCodes.Status200OK, false, false, context.Document),
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["text/event-stream"] = new OpenApiMediaType
                {
                    Schema = kinds.Count == 1 ? kinds[0] : new OpenApiSchema { AnyOf = kinds },
                    Example = Examples.Node(events.Example),
                },
            },
        };
    }
}
