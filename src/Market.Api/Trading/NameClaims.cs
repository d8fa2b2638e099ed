using Market.Api.Results;
using Market.Trading;
using Npgsql;

namespace Market.Api.Trading;

/// <summary>
/// Sees to it that a client order id of an account names one order of all instruments. The engine knows those of its own
/// instrument, but for the oldest; those of the others are claimed. Both are then looked for in the table, in the batch's turn and
/// for all of it at once: whoever let go of a claim had written its order before.
/// </summary>
internal sealed class NameClaims(string instrument, Promises promises)
{
    private readonly HashSet<(AccountId Account, ClientOrderId Name)> _claimed = [];
    private readonly HashSet<(AccountId Account, ClientOrderId Name)> _taken = [];
    private readonly Dictionary<(AccountId Account, ClientOrderId Name), OrderId> _firsts = [];

    /// <summary>Claims the ids of a batch's new orders, and says in each that repeats a forgotten one which that is.</summary>
    /// <param name="connection">Where the tables are.</param>
    /// <param name="batch">What comes.</param>
    /// <param name="book">The book before it.</param>
    /// <param name="cancel">Stops looking.</param>
    public async Task ClaimAsync(NpgsqlConnection connection, IReadOnlyList<Work> batch, OrderBook book, CancellationToken cancel)
    {
        _taken.Clear();
        _firsts.Clear();
        var hasForgotten = book.ForgottenClientIds > 0;
        if (!promises.AreOfSeveral && !hasForgotten) return;
        var asked = new HashSet<(AccountId Account, ClientOrderId Name)>();
        foreach (var command in batch.OfType<Work.Placing>().Select(placing => placing.Command))
        {
            var name = (command.Account, command.ClientId);
            if (!promises.AreOfSeveral) asked.Add(name);
            else if (promises.TryName(instrument, name.Account, name.ClientId)) _claimed.Add(name);
            else _taken.Add(name);
        }
        asked.UnionWith(_claimed);
        if (asked.Count == 0) return;
        await LookAsync(connection, asked, cancel);
        if (!hasForgotten) return;
        // Also those that it knows yet: the batch itself may have it forget them.
        foreach (var placing in batch.OfType<Work.Placing>())
            placing.First = _firsts.GetValueOrDefault((placing.Command.Account, placing.Command.ClientId));
    }

    /// <summary>Why an order is not taken; null where its id is free.</summary>
    public Refusal? Judge(in Command command) => _taken.Contains((command.Account, command.ClientId))
        ? OrderMapping.ToRefusal(Reason.ClientIdReused)
        : null;

    /// <summary>What was claimed is on disk, or never will be.</summary>
    public void Release()
    {
        promises.ReleaseNames(instrument, _claimed);
        _claimed.Clear();
    }

    private async Task LookAsync(
        NpgsqlConnection connection, HashSet<(AccountId Account, ClientOrderId Name)> asked, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("""
            select o.account, o.client_order_id, o.id, o.instrument = $1 from market.orders o
            join unnest ($2::bigint[], $3::text[]) as n (account, name) on o.account = n.account and o.client_order_id = n.name
            """, connection);
        command.Parameters.AddWithValue(instrument);
        command.Parameters.AddWithValue(asked.Select(n => (long)n.Account.Value).ToArray());
        command.Parameters.AddWithValue(asked.Select(n => n.Name.ToString()).ToArray());
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            if (!ClientOrderId.TryParse(rows.GetString(1), out var text)) continue;
            var name = (new AccountId((ulong)rows.GetInt64(0)), text);
            if (rows.GetBoolean(3)) _firsts[name] = new OrderId((ulong)rows.GetInt64(2));
            else _taken.Add(name);
        }
    }
}
