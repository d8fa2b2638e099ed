using Market.Contracts;

namespace Market.Client.Api;

/// <summary>The market refused a request. <see cref="Code"/> is stable; the message is for a person.</summary>
public sealed class MarketApiException(Problem problem)
    : Exception(problem.Detail is { Length: > 0 } detail ? $"{problem.Title}: {detail}" : problem.Title)
{
    /// <summary>The whole answer.</summary>
    public Problem Problem { get; } = problem;

    /// <summary>One of <see cref="ProblemCodes"/>.</summary>
    public string Code => Problem.Code;
}

/// <summary>The market cannot be reached, or what answers is no market. The message says what to do.</summary>
public sealed class MarketUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
