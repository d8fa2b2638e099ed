using Market.Contracts;

namespace Market.Client.Api;

/// <summary>The market refused a request. <see cref="Code"/> is stable; the message is for a person.</summary>
/// <param name="problem">What it answered.</param>
/// <param name="afterLostAnswer">See <see cref="AfterLostAnswer"/>.</param>
public sealed class MarketApiException(Problem problem, bool afterLostAnswer = false)
    : Exception(problem.Detail is { Length: > 0 } detail ? $"{problem.Title}: {detail}" : problem.Title)
{
    /// <summary>The whole answer.</summary>
    public Problem Problem { get; } = problem;

    /// <summary>One of <see cref="ProblemCodes"/>.</summary>
    public string Code => Problem.Code;

    /// <summary>True where an earlier try of the same request got no answer: what is refused is the repetition, and the first may
    /// have been taken.</summary>
    public bool AfterLostAnswer { get; } = afterLostAnswer;

    /// <summary>True where the request changed nothing, for certain: the market says so, and no earlier try may have.</summary>
    public bool IsCertain => !AfterLostAnswer
        && (Problem.Status < 500 || Code == ProblemCodes.ChainUnavailable);
}

/// <summary>The market cannot be reached, or what answers is no market. The message says what to do.</summary>
public class MarketUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// A request that changes something was sent, and no answer came: whether the market did what was asked is not known, and must
/// be asked for before anything follows from it.
/// </summary>
public sealed class AnswerLostException(string message, Exception? inner = null) : MarketUnavailableException(message, inner);
