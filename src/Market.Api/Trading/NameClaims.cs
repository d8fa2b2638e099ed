using Market.Api.Results;
using Market.Trading;
using Npgsql;

namespace Market.Api.Trading;

/// <summary>
/// Sees to it that a client order id of an account names one order of all instruments. The engine knows those of its own
/// instrument; those of the others are claimed and then looked for in the table, in the batch's turn: whoever let go of a claim
/// had written its order before.
/// </summary>
internal sealed class NameClaims(string instrument, Promises promises)
{
    private readonly HashSet<(AccountId Account, ClientOrderId Name)> _claimed = [];
    private readonly HashSet<(AccountId Account, ClientOrderId Name)> _taken = [];

    /// <summary>Claims the ids of a batch's new orders.</summary>
    public async Task ClaimAsync(NpgsqlConnection connection, IEnumerable<Work> batch, CancellationToken cancel)
    {
        _taken.Clear();
        if (!promises.AreOfSeveral) return;
        foreach (var command in batch.OfType<Work.Placing>().Select(placing => placing.Command))
        {
            var name = (command.Account, command.ClientId);
            (promises.TryName(instrument, name.Account, name.ClientId) ? _claimed : _taken).Add(name);
        }
        if (_claimed.Count > 0) await LookAsync(connection, cancel);
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

    private async Task LookAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("""
            select o.account, o.client_order_id from market.orders o
            join unnest ($2::bigint[], $3::text[]) as n (account, name) on o.account = n.account and o.client_order_id = n.name
            where o.instrument <> $1
            """, connection);
        command.Parameters.AddWithValue(instrument);
        command.Parameters.AddWithValue(_claimed.Select(n => (long)n.Account.Value).ToArray());
        command.Parameters.AddWithValue(_claimed.Select(n => n.Name.ToString()).ToArray());
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            if (ClientOrderId.TryParse(rows.GetString(1), out var name))
                _taken.Add((new AccountId((ulong)rows.GetInt64(0)), name));
        }
    }
}
