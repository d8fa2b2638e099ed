namespace Market.Api.Doors.OpenApi;

/// <summary>Codes that a route may refuse with.</summary>
/// <param name="Codes">Some of <see cref="Contracts.ProblemCodes"/>.</param>
public sealed record RefusalCodes(IReadOnlyList<string> Codes);

/// <summary>An example of what a route returns.</summary>
public sealed record AnswerExample(int Status, object Value);

/// <summary>An example of what a route takes.</summary>
public sealed record BodyExample(object Value);

/// <summary>How features tell the OpenAPI document about themselves.</summary>
public static class Described
{
    /// <summary>Operation id, tag, summary and description.</summary>
    public static RouteHandlerBuilder Describe(
        this RouteHandlerBuilder builder, string id, string tag, string summary, string description) =>
        builder.WithName(id).WithTags(tag).WithSummary(summary).WithDescription(description);

    /// <summary>What the route returns when it goes well, by example.</summary>
    public static RouteHandlerBuilder Returns<T>(
        this RouteHandlerBuilder builder, T example, int status = StatusCodes.Status200OK) where T : notnull =>
        builder.Produces<T>(status, "application/json").WithMetadata(new AnswerExample(status, example));

    /// <summary>What the route takes as its body, by example.</summary>
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder builder, T example) where T : notnull =>
        builder.Accepts<T>("application/json").WithMetadata(new BodyExample(example));

    /// <summary>The codes it may refuse with, besides those that every route may.</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder builder, params string[] codes) =>
        builder.WithMetadata(new RefusalCodes(codes));
}
