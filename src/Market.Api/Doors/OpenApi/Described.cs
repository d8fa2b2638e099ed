namespace Market.Api.Doors.OpenApi;

/// <summary>Codes that a route may refuse with.</summary>
/// <param name="Codes">Some of <see cref="Contracts.ProblemCodes"/>.</param>
public sealed record RefusalCodes(IReadOnlyList<string> Codes);

/// <summary>An example of what a route returns.</summary>
public sealed record AnswerExample(int Status, object Value);

/// <summary>An example of what a route takes.</summary>
public sealed record BodyExample(object Value);

/// <summary>A route that answers with an ETag, and with 304 to who has the body already.</summary>
public sealed record TaggedRoute;

/// <summary>A route that takes bytes.</summary>
/// <param name="Description">Which.</param>
public sealed record BytesTaken(string Description);

/// <summary>A route that returns bytes.</summary>
/// <param name="Description">Which.</param>
public sealed record BytesReturned(string Description);

/// <summary>A route that returns a table where it is asked to.</summary>
/// <param name="Example">Its first lines.</param>
public sealed record CsvReturned(string Example);

/// <summary>A route that sends events without end.</summary>
/// <param name="Types">What an event's data is one of.</param>
/// <param name="Example">An event's data.</param>
public sealed record EventsSent(IReadOnlyList<Type> Types, object Example);

/// <summary>A route that opens a WebSocket.</summary>
/// <param name="Taken">What a client's message is, by example.</param>
/// <param name="Sent">What a message to the client is, by example.</param>
public sealed record SocketOpened(object Taken, object Sent);

/// <summary>A parameter that the route's handler reads by itself.</summary>
/// <param name="Name">Its name.</param>
/// <param name="InPath">Whether it is a part of the path; else it stands in the query and may be left out.</param>
/// <param name="Description">What it means.</param>
/// <param name="IsNumber">Whether it is a whole number.</param>
public sealed record DescribedParameter(string Name, bool InPath, string Description, bool IsNumber = false);

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

    /// <summary>The route returns bytes.</summary>
    public static RouteHandlerBuilder ReturnsBytes(this RouteHandlerBuilder builder, string description) =>
        builder.WithMetadata(new BytesReturned(description));

    /// <summary>The route returns the same as a table, too, where it is asked for (<see cref="Csv.IsAskedBy"/>).</summary>
    public static RouteHandlerBuilder ReturnsCsv(this RouteHandlerBuilder builder, Csv example)
    {
        ArgumentNullException.ThrowIfNull(example);
        return builder.WithMetadata(new CsvReturned(System.Text.Encoding.UTF8.GetString(example.ToBytes())))
            .Asks(Csv.Parameter, "json or csv; without it Accept decides (application/json, text/csv).");
    }

    /// <summary>The route sends events without end, each with data of one of these types.</summary>
    public static RouteHandlerBuilder Sends(this RouteHandlerBuilder builder, object example, params Type[] types) =>
        builder.WithMetadata(new EventsSent(types, example));

    /// <summary>The route opens a WebSocket, and messages go both ways.</summary>
    public static RouteHandlerBuilder Opens(this RouteHandlerBuilder builder, object taken, object sent) =>
        builder.WithMetadata(new SocketOpened(taken, sent));

    /// <summary>The route answers with an ETag, and with 304 to who has the body already.</summary>
    public static RouteHandlerBuilder Tagged(this RouteHandlerBuilder builder) => builder.WithMetadata(new TaggedRoute());

    /// <summary>What the route takes as its body, by example.</summary>
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder builder, T example) where T : notnull =>
        builder.Accepts<T>("application/json").WithMetadata(new BodyExample(example));

    /// <summary>The route takes bytes, whatever type its sender names.</summary>
    public static RouteHandlerBuilder TakesBytes(this RouteHandlerBuilder builder, string description) =>
        builder.WithMetadata(new BytesTaken(description));

    /// <summary>A part of the path that the handler reads by itself.</summary>
    public static RouteHandlerBuilder Names(this RouteHandlerBuilder builder, string name, string description) =>
        builder.WithMetadata(new DescribedParameter(name, true, description));

    /// <summary>A part of the query that the handler reads by itself.</summary>
    public static RouteHandlerBuilder Asks(
        this RouteHandlerBuilder builder, string name, string description, bool isNumber = false) =>
        builder.WithMetadata(new DescribedParameter(name, false, description, isNumber));

    /// <summary>The codes it may refuse with, besides those that every route may.</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder builder, params string[] codes) =>
        builder.WithMetadata(new RefusalCodes(codes));
}
