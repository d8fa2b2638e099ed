using Market.Chains;
using Market.Swaps;
using Market.Trading;
using Npgsql;

namespace Market.Api.Trading;

/// <summary>Tells which locks an order's own swaps ask of it.</summary>
public interface IOwnLegs
{
    /// <summary>The legs that the order's side locks in its swaps that are not closed.</summary>
    Task<OwnLegs> OfAsync(string instrument, OrderId order, ChainKind chain, CancellationToken cancel);
}

/// <summary>Reads them from the swaps' table.</summary>
public sealed class OwnLegsReader(NpgsqlDataSource database) : IOwnLegs
{
    /// <inheritdoc/>
    public async Task<OwnLegs> OfAsync(string instrument, OrderId order, ChainKind chain, CancellationToken cancel)
    {
        // One statement sees one moment: a trade is in what it tells of, or newer than all of it.
        await using var command = database.CreateCommand("""
            select t.id, case when s.closed then null else s.machine end from market.swaps s
            join market.trades t on t.instrument = s.instrument and t.id = s.trade_id
            where t.instrument = $1 and (t.maker_order = $2 or t.taker_order = $2)
            """);
        command.Parameters.AddWithValue(instrument);
        command.Parameters.AddWithValue((long)order.Value);
        var legs = new List<OwnLeg>();
        var newest = 0L;
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            newest = Math.Max(newest, reader.GetInt64(0));
            if (!await reader.IsDBNullAsync(1, cancel)) legs.Add(LegOf(SwapJson.ReadSwap(reader.GetString(1)), chain));
        }
        return new OwnLegs(legs, newest);
    }

    private static OwnLeg LegOf(Swap swap, ChainKind chain)
    {
        var role = swap.RoleOn(chain == ChainKind.Sharechain ? SwapChain.Share : SwapChain.Coin);
        var funding = swap.FundingOf(role)?.OutPoint;
        return new OwnLeg(swap.Terms?.ContractOf(role).ScriptPubKey, swap.AmountOf(role).Sats, funding,
            funding is null && swap.Failure is null);
    }
}
