using Market.Chains;
using Npgsql;

namespace Market.Api.Data;

/// <summary>What may be away of what the server needs: its database and its nodes. Whatever else is thrown is a bug.</summary>
public static class Outage
{
    /// <summary>Whether an exception, or what brought it about, says that the database or a node is away.</summary>
    public static bool Is(Exception? exception) => exception is ChainUnavailableException || IsOfDatabase(exception);

    /// <summary>Whether it says that the database is away. Tables are read through a layer that wraps what is thrown.</summary>
    public static bool IsOfDatabase(Exception? exception) => exception switch
    {
        null => false,
        // Connection, transaction rolled back, resources, state, shutdown: all else is a statement that is wrong.
        PostgresException said => said.SqlState[..2] is "08" or "40" or "53" or "55" or "57",
        NpgsqlException => true,
        _ => IsOfDatabase(exception.InnerException),
    };
}
