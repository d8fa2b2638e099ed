using System.Collections.Concurrent;
using Market.Api.Data;
using Market.Bitcoin;
using Market.Trading;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Trading;

/// <summary>A coin among those of all chains.</summary>
/// <param name="Chain">The chain's name.</param>
/// <param name="OutPoint">Its name there.</param>
public readonly record struct PromisedCoin(string Chain, OutPoint OutPoint);

/// <summary>
/// What the instruments of a market promise together: a coin that came with an order stands behind that one, the parts that orders
/// draw on a proved coin are no more than it holds, a client order id of an account names one order of all, and a key has as many
/// open orders as its tier gives. A sequencer claims all of it in its turn, before its engine carries an order out, and gives back
/// what came to nothing, or has ended, only once that is on disk. Safe from any thread.
/// </summary>
public sealed class Promises
{
    private readonly ConcurrentDictionary<(AccountId Account, ClientOrderId Name), string> _names = new();

    /// <summary>What of which coins is promised, and which coins are proved.</summary>
    public CoinLedger Coins { get; } = new();

    /// <summary>How many open orders keys have.</summary>
    public OpenOrders Orders { get; } = new();

    /// <summary>True where orders of more than one instrument are in the tables, or may come to be.</summary>
    public bool AreOfSeveral { get; private set; }

    /// <summary>Reads which orders of all instruments are open and what stands behind them: before the first of them takes an
    /// order.</summary>
    /// <param name="db">The tables.</param>
    /// <param name="traded">The instruments that take orders.</param>
    /// <param name="grows">Whether others may come to them.</param>
    /// <param name="cancel">Stops reading.</param>
    public async Task LoadAsync(MarketDb db, IReadOnlyCollection<string> traded, bool grows, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        ArgumentNullException.ThrowIfNull(traded);
        AreOfSeveral = grows || traded.Count > 1 || await HasOthersAsync(db, traded, cancel);
        foreach (var row in await db.Set<ProvedOutpointRow>().AsNoTracking().OrderBy(o => o.Number).ToListAsync(cancel))
            Coins.TryProve(ProvedCoin.Of(row));
        var coins = await db.Set<OutpointRow>().AsNoTracking().Where(c => c.Locked)
            .GroupBy(c => new { c.Instrument, c.ChainName, c.TxId, c.Index })
            .Select(c => new { c.Key, Drawn = c.Sum(o => o.Drawn), Hold = c.Min(o => o.Hold) }).ToListAsync(cancel);
        foreach (var coin in coins)
        {
            var outPoint = new OutPoint(new TxId(new Hash256(coin.Key.TxId)), (uint)coin.Key.Index);
            Coins.Set(coin.Key.Instrument, new PromisedCoin(coin.Key.ChainName, outPoint), coin.Drawn, isWhole: coin.Hold == 0);
        }
        var open = await db.Set<OrderRow>().Where(o => o.Live).GroupBy(o => new { o.Instrument, o.Key })
            .Select(group => new { group.Key.Instrument, group.Key.Key, Count = group.Count() }).ToListAsync(cancel);
        foreach (var one in open) Orders.Set(one.Instrument, one.Key, one.Count);
    }

    // The least and the greatest name stand at the ends of an index; whether any other is there would be asked of every order.
    private static async Task<bool> HasOthersAsync(MarketDb db, IReadOnlyCollection<string> traded, CancellationToken cancel)
    {
        var orders = db.Set<OrderRow>();
        string?[] ends =
        [
            await orders.MinAsync(o => (string?)o.Instrument, cancel), await orders.MaxAsync(o => (string?)o.Instrument, cancel),
        ];
        return ends.Any(end => end is not null && !traded.Contains(end));
    }

    /// <summary>Claims a client order id until its order is on disk, where every instrument finds it. False where an order of
    /// another instrument under the same id is on its way there.</summary>
    public bool TryName(string instrument, AccountId account, ClientOrderId name) =>
        string.Equals(_names.GetOrAdd((account, name), instrument), instrument, StringComparison.Ordinal);

    /// <summary>What an instrument had on its way is on disk, or is not and never will be.</summary>
    public void ReleaseNames(string instrument, IEnumerable<(AccountId Account, ClientOrderId Name)> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach (var name in names) _names.TryRemove(KeyValuePair.Create(name, instrument));
    }
}
