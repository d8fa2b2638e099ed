using Market.Api.Data;
using Market.Api.Instruments;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.Outpoints;

/// <summary>Tells where proved coins stand: by their chain, by the orders that draw on them, and by the account's swaps.</summary>
public sealed class OutpointView(
    InstrumentSet instruments, Promises promises, OwnLegsReader legs, IDbContextFactory<MarketDb> database, TimeProvider clock)
{
    /// <summary>Where coins of an account stand, in their order. Those of a chain that no instrument stands on now are left out.
    /// </summary>
    /// <exception cref="ChainUnavailableException">A chain does not answer.</exception>
    public async Task<IReadOnlyList<ProvedOutpoint>> OfAsync(string key, IReadOnlyList<ProvedCoin> coins, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(coins);
        var chains = OutpointChain.All(instruments).ToDictionary(chain => chain.Name);
        var orders = await OrdersAsync(key, coins, cancel);
        var fundings = new Dictionary<ChainKind, IReadOnlyDictionary<OutPoint, string>>();
        var shown = new List<ProvedOutpoint>(coins.Count);
        foreach (var coin in coins)
        {
            if (!chains.TryGetValue(coin.Coin.Chain, out var chain)) continue;
            var own = orders[coin.Coin].ToList();
            var promised = own.Sum(order => order.Drawn);
            var (state, swap) = await StateOfAsync(key, chain, coin, promised, fundings, cancel);
            var isThere = state is OutpointState.Free or OutpointState.Ordered;
            shown.Add(new ProvedOutpoint
            {
                Outpoint = coin.Coin.OutPoint.ToString(),
                Chain = chain.Shown,
                Asset = chain.Asset,
                Value = DecimalStrings.Format(coin.Value),
                State = state,
                Promised = DecimalStrings.Format(promised),
                Free = DecimalStrings.Format(isThere ? Math.Max(0, coin.Value - promised) : 0),
                Orders = [.. own.Select(order => order.Shown).OfType<OutpointOrder>()],
                SwapId = swap,
                Change = coin.IsChange,
                ProvedAt = coin.ProvedAt,
                ExpiresAt = coin.ExpiresAt,
            });
        }
        return shown;
    }

    private async Task<(OutpointState State, string? Swap)> StateOfAsync(
        string key, OutpointChain chain, ProvedCoin coin, long promised,
        Dictionary<ChainKind, IReadOnlyDictionary<OutPoint, string>> fundings, CancellationToken cancel)
    {
        var isThere = await chain.Source.FindAsync(chain.Kind, coin.Coin.OutPoint, cancel) is not null;
        promises.Coins.Mark(coin.Coin, isGone: !isThere);
        if (isThere)
        {
            return (coin.ExpiresAt <= clock.GetUtcNow() ? OutpointState.Expired
                : promised > 0 ? OutpointState.Ordered
                : OutpointState.Free, null);
        }
        if (!fundings.TryGetValue(chain.Kind, out var spent)) fundings[chain.Kind] = spent = await SpentAsync(key, chain, cancel);
        if (spent.TryGetValue(coin.Coin.OutPoint, out var swap)) return (OutpointState.InSwap, swap);
        return (await chain.Chain.FindTransactionAsync(coin.Coin.OutPoint.TxId, cancel) is null
            ? OutpointState.Gone
            : OutpointState.Spent, null);
    }

    /// <summary>The coins that the account's swaps which are not closed have locked, with the swaps.</summary>
    private async Task<IReadOnlyDictionary<OutPoint, string>> SpentAsync(string key, OutpointChain chain, CancellationToken cancel)
    {
        var spent = new Dictionary<OutPoint, string>();
        foreach (var (swap, leg) in await legs.SwapsOfAsync(key, chain.Kind, cancel))
        {
            if (leg.Funding is not { } funding
                || await chain.Chain.FindTransactionAsync(funding.TxId, cancel) is not { } found) continue;
            foreach (var input in found.Transaction.Inputs) spent.TryAdd(input.PreviousOutput, swap);
        }
        return spent;
    }

    // The part of each order; of one that brought the coin itself all of it. Which order of another account it is is not told.
    private async Task<ILookup<PromisedCoin, (OutpointOrder? Shown, long Drawn)>> OrdersAsync(
        string key, IReadOnlyList<ProvedCoin> coins, CancellationToken cancel)
    {
        await using var db = await database.CreateDbContextAsync(cancel);
        var chains = coins.Select(coin => coin.Coin.Chain).Distinct().ToArray();
        var ids = coins.Select(coin => coin.Coin.OutPoint.TxId.Value.ToArray()).ToArray();
        var locked = db.Set<OutpointRow>().AsNoTracking()
            .Where(c => c.Locked && chains.Contains(c.ChainName) && ids.Contains(c.TxId));
        // Each by its own index.
        var rows = await locked.Where(c => c.Hold > 0).Concat(locked.Where(c => c.Hold == 0))
            .Join(db.Set<OrderRow>(), c => new { c.Instrument, Id = c.Order }, o => new { o.Instrument, o.Id }, (c, o) => new
            {
                c.ChainName,
                c.TxId,
                c.Index,
                Drawn = c.Hold == 0 ? c.Value : c.Drawn,
                o.Instrument,
                o.Id,
                o.Key,
                o.ClientOrderId,
            }).OrderBy(r => r.Instrument).ThenBy(r => r.Id).ToListAsync(cancel);
        return rows.ToLookup(
            r => new PromisedCoin(r.ChainName, new OutPoint(new TxId(new Hash256(r.TxId)), (uint)r.Index)),
            r => (r.Key != key ? null : new OutpointOrder
            {
                Instrument = r.Instrument,
                Id = DecimalStrings.Format(r.Id),
                ClientOrderId = r.ClientOrderId,
                Amount = DecimalStrings.Format(r.Drawn),
            }, r.Drawn));
    }
}
