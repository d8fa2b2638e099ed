using System.Globalization;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using Microsoft.OpenApi;

namespace Market.Api.Hosting.OpenApi;

/// <summary>How refusals stand in the document: one answer a status, with an example of each code.</summary>
internal static class ProblemResponses
{
    /// <summary>The media type of refusals (RFC 9457).</summary>
    public const string MediaType = "application/problem+json";

    private const string Elsewhere = "elsewhere-";

    /// <summary>Answers by status.</summary>
    public static IEnumerable<(string Status, OpenApiResponse Response)> Of(IEnumerable<string> codes, OpenApiDocument? document) =>
        codes.Distinct().GroupBy(ProblemTable.StatusOf).OrderBy(group => group.Key)
            .Select(group => (Text(group.Key), Response(group.Key, [.. group], document)));

    /// <summary>Adds what the answers refer to, and what is answered where there is no operation.</summary>
    public static void Describe(OpenApiDocument document)
    {
        document.Components!.Examples ??= new Dictionary<string, IOpenApiExample>();
        document.Components.Responses ??= new Dictionary<string, IOpenApiResponse>();
        foreach (var code in ProblemCodes.All)
        {
            document.Components.Examples[code] = new OpenApiExample
            {
                Summary = ProblemTable.Rows[code].Title,
                Value = Examples.Node(ProblemTable.Document(ExampleOf(code))),
            };
        }
        foreach (var (status, response) in Of(CommonCodes.Elsewhere, document))
            document.Components.Responses[Elsewhere + status] = response;
    }

    private static Refusal ExampleOf(string code) => new(code)
    {
        RetryAt = code == ProblemCodes.MustWait ? new DateTimeOffset(2026, 3, 1, 12, 5, 0, TimeSpan.Zero) : null,
    };

    private static OpenApiResponse Response(int status, string[] codes, OpenApiDocument? document) => new()
    {
        Description = string.Join("; ", codes.Select(c => $"{c}: {ProblemTable.Rows[c].Title}")),
        Headers = AnswerHeaders.Of(status, false, codes.Contains(ProblemCodes.MustWait), document),
        Content = new Dictionary<string, OpenApiMediaType>
        {
            [MediaType] = new OpenApiMediaType
            {
                Schema = new OpenApiSchemaReference(nameof(Problem), document),
                Examples = codes.ToDictionary(c => c, c => (IOpenApiExample)new OpenApiExampleReference(c, document)),
            },
        },
    };

    private static string Text(int status) => status.ToString(CultureInfo.InvariantCulture);
}
