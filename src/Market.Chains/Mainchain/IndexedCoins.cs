using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Mainchain;

/// <summary>The mainchain's unspent outputs, also by script. Not safe for several threads.</summary>
internal sealed class IndexedCoins : ICoinSet
{
    private readonly CoinSet _coins = new();
    private readonly Dictionary<Script, HashSet<OutPoint>> _byScript = [];

    public bool TryGet(OutPoint outPoint, out Coin coin) => _coins.TryGet(outPoint, out coin);

    public void Add(OutPoint outPoint, in Coin coin)
    {
        _coins.Add(outPoint, coin);
        if (!_byScript.TryGetValue(coin.Output.ScriptPubKey, out var places))
        {
            _byScript.Add(coin.Output.ScriptPubKey, places = []);
        }

        places.Add(outPoint);
    }

    public Coin Remove(OutPoint outPoint)
    {
        var coin = _coins.Remove(outPoint);
        var places = _byScript[coin.Output.ScriptPubKey];
        places.Remove(outPoint);
        if (places.Count == 0)
        {
            _byScript.Remove(coin.Output.ScriptPubKey);
        }

        return coin;
    }

    /// <summary>Oldest first.</summary>
    public IEnumerable<KeyValuePair<OutPoint, Coin>> Of(Script script) =>
        !_byScript.TryGetValue(script, out var places) ? [] : places
            .Select(place => KeyValuePair.Create(place, _coins.TryGet(place, out var coin) ? coin : default))
            .OrderBy(pair => pair.Value.Height).ThenBy(pair => pair.Key);

    public Hash256 StateHash() => _coins.StateHash();

    public byte[] ToArray()
    {
        var writer = new ByteWriter(64 + 100 * _coins.Count).CompactSize((ulong)_coins.Count);
        foreach (var (place, coin) in _coins.Coins)
        {
            writer.Hash256(place.TxId.Value).UInt32(place.Index);
            coin.Write(writer);
        }

        return writer.ToArray();
    }

    /// <summary>Null where the bytes are something else.</summary>
    public static IndexedCoins? Parse(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        var coins = new IndexedCoins();
        for (var left = reader.ReadCount(OutPoint.Length + Coin.LeastLength); left > 0 && !reader.Failed; left--)
        {
            var place = new OutPoint(new TxId(reader.ReadHash256()), reader.ReadUInt32());
            var coin = Coin.Read(ref reader);
            if (reader.Failed || coins.TryGet(place, out _))
            {
                return null;
            }

            coins.Add(place, coin);
        }

        reader.ExpectEnd();
        return reader.Failed ? null : coins;
    }
}
