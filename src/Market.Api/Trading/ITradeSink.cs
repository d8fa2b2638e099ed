using Market.Api.Data;
using Npgsql;

namespace Market.Api.Trading;

/// <summary>
/// Who opens the swaps of new trades, in the transaction that journals them: a trade without its swap never exists.
/// </summary>
public interface ITradeSink
{
    /// <summary>
    /// Adds the statements that open one swap for each trade. They run in the batch's transaction after the trades are
    /// written; one that fails undoes the whole batch, so they must not depend on anything that can be refused.
    /// </summary>
    /// <param name="batch">The statements so far; append to it.</param>
    /// <param name="trades">The trades, at least one, each with its swap's id and both keys.</param>
    void Write(NpgsqlBatch batch, IReadOnlyList<TradeRow> trades);
}
