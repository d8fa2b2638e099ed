using Market.Bitcoin;
using Market.Chains;
using Market.Swaps;
using Market.Trading;
using Npgsql;

namespace Market.Api.Trading;

/// <summary>What an order's side locks in one of its swaps.</summary>
/// <param name="Script">The contract's script; null until the terms are fixed.</param>
/// <param name="Amount">Satoshis or base units.</param>
/// <param name="Funding">The output that locks it, once seen.</param>
/// <param name="Expected">True while the swap still waits for that lock.</param>
public sealed record OwnLeg(Script? Script, long Amount, OutPoint? Funding, bool Expected);

/// <summary>Tells which locks an order's own swaps ask of it.</summary>
public interface IOwnLegs
{
    /// <summary>The legs that the order's side locks in its swaps that are not closed.</summary>
    Task<IReadOnlyList<OwnLeg>> OfAsync(string instrument, OrderId order, ChainKind chain, CancellationToken cancel);
}

/// <summary>Reads them from the swaps' table.</summary>
public sealed class OwnLegs(NpgsqlDataSource database) : IOwnLegs
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<OwnLeg>> OfAsync(
        string instrument, OrderId order, ChainKind chain, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            select s.machine from market.swaps s
            join market.trades t on t.instrument = s.instrument and t.id = s.trade_id
            where t.instrument = $1 and (t.maker_order = $2 or t.taker_order = $2) and not s.closed
            """);
        command.Parameters.AddWithValue(instrument);
        command.Parameters.AddWithValue((long)order.Value);
        var legs = new List<OwnLeg>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            var swap = SwapJson.ReadSwap(reader.GetString(0));
            var role = swap.RoleOn(chain == ChainKind.Sharechain ? SwapChain.Share : SwapChain.Coin);
            var funding = swap.FundingOf(role)?.OutPoint;
            legs.Add(new OwnLeg(swap.Terms?.HtlcOf(role).ScriptPubKey, swap.AmountOf(role).Sats, funding,
                funding is null && swap.Failure is null));
        }
        return legs;
    }
}
