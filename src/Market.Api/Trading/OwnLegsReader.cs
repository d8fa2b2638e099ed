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

    /// <summary>The legs that an account locks on a chain in its swaps of all orders and instruments that are not closed.</summary>
    Task<IReadOnlyList<OwnLeg>> OfKeyAsync(string key, ChainKind chain, CancellationToken cancel);
}

/// <summary>Reads them from the swaps' table.</summary>
public sealed class OwnLegsReader(NpgsqlDataSource database) : IOwnLegs
{
    /// <summary>Swaps of an account that are read at once.</summary>
    public const int MostSwaps = 1_000;

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

    /// <inheritdoc/>
    public async Task<IReadOnlyList<OwnLeg>> OfKeyAsync(string key, ChainKind chain, CancellationToken cancel) =>
        [.. (await SwapsOfAsync(key, chain, cancel)).Select(swap => swap.Leg)];

    /// <summary>The same with the swaps that they are of, newest first. Of more than <see cref="MostSwaps"/> the oldest are left
    /// out.</summary>
    public async Task<IReadOnlyList<(string Swap, OwnLeg Leg)>> SwapsOfAsync(string key, ChainKind chain, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"""
            select id, machine from market.swaps
            where not closed and {(chain == ChainKind.Sharechain ? "seller_key" : "buyer_key")} = $1
            order by number desc limit {MostSwaps}
            """);
        command.Parameters.AddWithValue(key);
        var legs = new List<(string, OwnLeg)>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            legs.Add((reader.GetString(0), LegOf(SwapJson.ReadSwap(reader.GetString(1)), chain)));
        return legs;
    }

    /// <summary>What an account has locked on a chain in its swaps of these instruments that are not over: satoshis or base units.
    /// Of more than <see cref="MostSwaps"/> that are not closed the oldest are left out.</summary>
    public async Task<long> LockedAsync(
        string key, ChainKind chain, IReadOnlyCollection<string> instruments, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"""
            select machine from market.swaps
            where not closed and {(chain == ChainKind.Sharechain ? "seller_key" : "buyer_key")} = $1 and instrument = any ($2)
            order by number desc limit {MostSwaps}
            """);
        command.Parameters.AddWithValue(key);
        command.Parameters.AddWithValue(instruments.ToArray());
        var sum = 0L;
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            var swap = SwapJson.ReadSwap(reader.GetString(0));
            if (!IsOver(swap.Phase) && LegOf(swap, chain) is { Funding: not null } leg) sum += leg.Amount;
        }
        return sum;
    }

    private static bool IsOver(SwapPhase phase) => phase is SwapPhase.Settled or SwapPhase.Refunded or SwapPhase.InitiatorRefunded
        or SwapPhase.Expired or SwapPhase.Faulted;

    private static OwnLeg LegOf(Swap swap, ChainKind chain)
    {
        var role = swap.RoleOn(chain == ChainKind.Sharechain ? SwapChain.Share : SwapChain.Coin);
        var funding = swap.FundingOf(role)?.OutPoint;
        return new OwnLeg(swap.Terms?.ContractOf(role).ScriptPubKey, swap.AmountOf(role).Sats, funding,
            funding is null && swap.Failure is null);
    }
}
