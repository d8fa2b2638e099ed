namespace Market.Contracts;

/// <summary>An RFC 9457 problem document (application/problem+json): the body of every answer that is not 2xx.</summary>
public sealed record Problem
{
    /// <summary>A URI reference of the kind of problem: "/problems/" and the code.</summary>
    public required string Type { get; init; }

    /// <summary>The kind of problem in a few words; the same for every occurrence.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status code.</summary>
    public required int Status { get; init; }

    /// <summary>The stable code, one of <see cref="ProblemCodes"/>. Programs decide by this.</summary>
    public required string Code { get; init; }

    /// <summary>What happened this time, for a person.</summary>
    public string? Detail { get; init; }

    /// <summary>The path that was asked.</summary>
    public string? Instance { get; init; }

    /// <summary>The request's trace identifier, to find it in the server's log.</summary>
    public string? TraceId { get; init; }

    /// <summary>With <see cref="ProblemCodes.ValidationFailed"/>: what is wrong, by the JSON path of the member.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>With <see cref="ProblemCodes.MustWait"/>, and sometimes <see cref="ProblemCodes.RateLimited"/>: from when on the
    /// same may be asked again.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>With <see cref="ProblemCodes.Busy"/>: what the call costs now, in credits.</summary>
    public long? Price { get; init; }
}
