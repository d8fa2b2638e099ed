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
/// What the instruments of a market promise together: a coin stands behind orders of one instrument at a time, and a client order
/// id of an account names one order of all. A sequencer claims both in its turn, before its engine carries an order out, and gives
/// back what came to nothing, or has ended, only once that is on disk. Safe from any thread.
/// </summary>
public sealed class Promises
{
    private readonly ConcurrentDictionary<PromisedCoin, string> _coins = new();
    private readonly ConcurrentDictionary<(AccountId Account, ClientOrderId Name), string> _names = new();

    /// <summary>True where orders of more than one instrument are in the tables, or may come to be.</summary>
    public bool AreOfSeveral { get; private set; }

    /// <summary>Reads what stands behind orders of all instruments: before the first of them takes an order.</summary>
    /// <param name="db">The tables.</param>
    /// <param name="traded">The instruments that take orders.</param>
    /// <param name="cancel">Stops reading.</param>
    public async Task LoadAsync(MarketDb db, IReadOnlyCollection<string> traded, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        ArgumentNullException.ThrowIfNull(traded);
        AreOfSeveral = traded.Count > 1 || await db.Set<OrderRow>().AnyAsync(o => !traded.Contains(o.Instrument), cancel);
        var coins = await db.Set<OutpointRow>().AsNoTracking().Where(c => c.Locked)
            .Select(c => new { c.Instrument, c.ChainName, c.TxId, c.Index }).ToListAsync(cancel);
        foreach (var coin in coins)
        {
            var outPoint = new OutPoint(new TxId(new Hash256(coin.TxId)), (uint)coin.Index);
            _coins[new PromisedCoin(coin.ChainName, outPoint)] = coin.Instrument;
        }
    }

    /// <summary>Claims a coin for orders of an instrument. False where it stands behind one of another.</summary>
    public bool TryTake(string instrument, PromisedCoin coin) =>
        string.Equals(_coins.GetOrAdd(coin, instrument), instrument, StringComparison.Ordinal);

    /// <summary>Gives a coin back.</summary>
    public void Release(string instrument, PromisedCoin coin) => _coins.TryRemove(KeyValuePair.Create(coin, instrument));

    /// <summary>The coins that stand behind orders of an instrument are these and no others, as its tables say.</summary>
    public void Settle(string instrument, IReadOnlySet<PromisedCoin> coins)
    {
        ArgumentNullException.ThrowIfNull(coins);
        foreach (var coin in coins) _coins[coin] = instrument;
        foreach (var (coin, owner) in _coins.Where(c => c.Value == instrument && !coins.Contains(c.Key)).ToList())
            Release(owner, coin);
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
