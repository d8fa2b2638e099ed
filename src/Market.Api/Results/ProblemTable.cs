using Market.Contracts;

namespace Market.Api.Results;

/// <summary>The one place where a code becomes an HTTP status and a title.</summary>
public static class ProblemTable
{
    /// <summary>Status and title by code; every code of <see cref="ProblemCodes.All"/> has a row.</summary>
    public static IReadOnlyDictionary<string, (int Status, string Title)> Rows { get; } =
        ProblemKinds.All.ToDictionary(kind => kind.Code, kind => (kind.Status, kind.Title));

    /// <summary>The HTTP status of a code.</summary>
    public static int StatusOf(string code) => Rows[code].Status;

    /// <summary>The problem document of a refusal.</summary>
    public static Problem Document(Refusal refusal, string? instance = null, string? traceId = null)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        var (status, title) = Rows[refusal.Code];
        return new Problem
        {
            Type = ProblemKinds.AddressOf(refusal.Code),
            Title = title,
            Status = status,
            Code = refusal.Code,
            Detail = refusal.Detail,
            Instance = instance,
            TraceId = traceId,
            Errors = refusal.Errors,
            RetryAt = refusal.RetryAt,
            Price = refusal.Price,
        };
    }
}
