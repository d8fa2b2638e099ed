using System.Security.Cryptography;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Ledger;

/// <summary>The unspent outputs of a chain, in memory. Not safe for use by several threads at once.</summary>
public sealed class CoinSet : ICoinSet
{
    private readonly Dictionary<OutPoint, Coin> _coins = [];

    /// <summary>How many coins.</summary>
    public int Count => _coins.Count;

    /// <summary>All coins in no particular order.</summary>
    public IEnumerable<KeyValuePair<OutPoint, Coin>> Coins => _coins;

    /// <inheritdoc/>
    public bool TryGet(OutPoint outPoint, out Coin coin) => _coins.TryGetValue(outPoint, out coin);

    /// <inheritdoc/>
    public void Add(OutPoint outPoint, in Coin coin)
    {
        if (!_coins.TryAdd(outPoint, coin))
        {
            throw new InvalidOperationException($"There is a coin at {outPoint} already.");
        }
    }

    /// <inheritdoc/>
    public Coin Remove(OutPoint outPoint) => _coins.Remove(outPoint, out var coin)
        ? coin
        : throw new InvalidOperationException($"There is no coin at {outPoint}.");

    /// <summary>
    /// SHA-256 of all coins in order of their outpoints: equal sets have equal hashes. Takes time in proportion to
    /// n log n.
    /// </summary>
    public Hash256 StateHash()
    {
        var keys = _coins.Keys.ToArray();
        Array.Sort(keys);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var key in keys)
        {
            var writer = new ByteWriter(128).Hash256(key.TxId.Value).UInt32(key.Index);
            _coins[key].Write(writer);
            hash.AppendData(writer.Written);
        }

        return new Hash256(hash.GetHashAndReset());
    }
}

/// <summary>
/// Changes on top of a view, not yet made: what a block's transactions would do, or what the unconfirmed ones do.
/// </summary>
/// <param name="under">The view below; it must not change meanwhile, except by <see cref="Flush"/>.</param>
public sealed class CoinOverlay(ICoinView under) : ICoinSet
{
    private readonly Dictionary<OutPoint, Coin?> _changes = [];

    /// <inheritdoc/>
    public bool TryGet(OutPoint outPoint, out Coin coin)
    {
        if (!_changes.TryGetValue(outPoint, out var change))
        {
            return under.TryGet(outPoint, out coin);
        }

        coin = change.GetValueOrDefault();
        return change.HasValue;
    }

    /// <inheritdoc/>
    public void Add(OutPoint outPoint, in Coin coin)
    {
        if (TryGet(outPoint, out _))
        {
            throw new InvalidOperationException($"There is a coin at {outPoint} already.");
        }

        _changes[outPoint] = coin;
    }

    /// <inheritdoc/>
    public Coin Remove(OutPoint outPoint)
    {
        if (!TryGet(outPoint, out var coin))
        {
            throw new InvalidOperationException($"There is no coin at {outPoint}.");
        }

        _changes[outPoint] = null;
        return coin;
    }

    /// <summary>Spends a transaction's inputs and makes its outputs, unchecked.</summary>
    /// <param name="transaction">Its inputs must be here; see <see cref="TransactionAcceptance"/>.</param>
    /// <param name="context">The block it is, or would be, in.</param>
    public void Apply(Transaction transaction, in BlockContext context)
    {
        if (!transaction.IsCoinbase)
        {
            foreach (var input in transaction.Inputs)
            {
                Remove(input.PreviousOutput);
            }
        }

        BlockConnector.AddOutputs(this, transaction, context);
    }

    /// <summary>Makes the changes in a set, and forgets them here.</summary>
    public void Flush(ICoinSet target)
    {
        foreach (var (outPoint, change) in _changes)
        {
            if (change is { } coin)
            {
                // A coin spent and made anew within the overlay stands in the target still.
                if (target.TryGet(outPoint, out _))
                {
                    target.Remove(outPoint);
                }

                target.Add(outPoint, coin);
            }
            else if (target.TryGet(outPoint, out _))
            {
                target.Remove(outPoint);
            }
        }

        _changes.Clear();
    }
}
