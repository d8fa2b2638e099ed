using Market.Chains;

namespace Market.Api.Data;

/// <summary>How what runs for ever in the server is looked after, and what is written down of it.</summary>
public static partial class SupervisedLog
{
    /// <summary>Looks after something: outages are the database's and the nodes', and are told as such, each once for as long as it
    /// lasts; all else is told as the bug that it is.</summary>
    public static Supervised Supervise(this ILogger log, string name, TimeProvider clock) =>
        new(name, clock, Outage.Is, log.TellFailures());

    /// <summary>Writes down the failures of what is looked after elsewhere, in the same words.</summary>
    public static Action<SupervisedFailure> TellFailures(this ILogger log)
    {
        string? told = null;
        return failure =>
        {
            if (!failure.IsPassing) Broken(log, failure.Name, failure.Pause, failure.Error);
            else if (failure.IsFirst || failure.Error.Message != told)
                Away(log, failure.Name, failure.Error.Message);
            told = failure.Error.Message;
        };
    }

    [LoggerMessage(LogLevel.Warning, "{name} waits for what is away: {reason}")]
    private static partial void Away(ILogger log, string name, string reason);

    [LoggerMessage(LogLevel.Critical, "{name} met a bug; it begins again in {pause}")]
    private static partial void Broken(ILogger log, string name, TimeSpan pause, Exception e);
}
