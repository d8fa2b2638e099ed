using Market.Api.Data;
using Market.Api.Results;
using Market.Chains;
using Market.Contracts;

namespace Market.Api.Doors;

/// <summary>What is away, of what the server needs: told to who asks, and nothing that this program did wrong.</summary>
public static class Outages
{
    /// <summary>The refusal that an outage is told as; null where the exception is none, but a bug.</summary>
    public static Refusal? Of(Exception? exception) => exception switch
    {
        ChainUnavailableException away => new Refusal(ProblemCodes.ChainUnavailable, away.Message),
        not null when Outage.IsOfDatabase(exception) => new Refusal(ProblemCodes.Unavailable, "The database does not answer."),
        _ => null,
    };
}
