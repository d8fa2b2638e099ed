using Market.Api.Results;
using Market.Chains;
using Market.Contracts;
using Npgsql;

namespace Market.Api.Doors;

/// <summary>What is away, of what the server needs: told to who asks, and nothing that this program did wrong.</summary>
public static class Outages
{
    /// <summary>The refusal that an outage is told as; null where the exception is none, but a bug.</summary>
    public static Refusal? Of(Exception? exception) => exception switch
    {
        ChainUnavailableException away => new Refusal(ProblemCodes.ChainUnavailable, away.Message),
        not null when IsOfDatabase(exception) || IsOfDatabase(exception.InnerException) =>
            new Refusal(ProblemCodes.Unavailable, "The database does not answer."),
        _ => null,
    };

    // Of what the database itself says, connection, resources, state and shutdown; all else is a statement that is wrong: a bug.
    private static bool IsOfDatabase(Exception? exception) => exception switch
    {
        PostgresException said => said.SqlState[..2] is "08" or "53" or "55" or "57",
        _ => exception is NpgsqlException or TimeoutException,
    };
}
