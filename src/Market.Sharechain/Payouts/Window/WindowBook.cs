using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>
/// Of a window's outputs the root heights and, by payout script, the weights: put in and taken out in O(log n). Belongs to a state
/// and goes with it.
/// </summary>
internal sealed class WindowBook
{
    private readonly Dictionary<int, int> _roots = [];
    private readonly SortedDictionary<int, HashSet<int>> _byRoot = [];
    private readonly Dictionary<Script, long> _weights = [];
    private readonly SortedSet<Holder> _holders = [];

    /// <summary>The root height of the output at a place.</summary>
    public int RootOf(int place) => _roots[place];

    /// <summary>All holders, the largest first.</summary>
    public IEnumerable<Holder> Holders => _holders;

    /// <summary>Puts an output in.</summary>
    /// <param name="coin">The output.</param>
    /// <param name="root">Its root height.</param>
    public void Add(ShareCoin coin, int root)
    {
        _roots.Add(coin.Place, root);
        if (!_byRoot.TryGetValue(root, out var places))
        {
            _byRoot.Add(root, places = []);
        }

        places.Add(coin.Place);
        Weigh(coin, coin.Weight);
    }

    /// <summary>Takes an output out.</summary>
    /// <returns>Its root height.</returns>
    public int Remove(ShareCoin coin)
    {
        _roots.Remove(coin.Place, out var root);
        var places = _byRoot[root];
        places.Remove(coin.Place);
        if (places.Count == 0)
        {
            _byRoot.Remove(root);
        }

        Weigh(coin, -coin.Weight);
        return root;
    }

    /// <summary>Places of the outputs whose root height is below a height, ascending.</summary>
    public List<int> Below(int start)
    {
        var places = new List<int>();
        foreach (var (root, some) in _byRoot)
        {
            if (root >= start)
            {
                break;
            }

            places.AddRange(some);
        }

        places.Sort();
        return places;
    }

    /// <summary>The largest holders, as many as a row pays and a coinbase has room for.</summary>
    /// <param name="most">How many; null for all.</param>
    public ImmutableArray<Holder> Largest(int? most)
    {
        var largest = ImmutableArray.CreateBuilder<Holder>();
        var bytes = 0;
        foreach (var holder in _holders)
        {
            bytes += WindowSplit.SizeOf(holder.Script);
            if (largest.Count == most || bytes > WindowSplit.MostBytes)
            {
                break;
            }

            largest.Add(holder);
        }

        return largest.ToImmutable();
    }

    private void Weigh(ShareCoin coin, long difference)
    {
        if (difference == 0)
        {
            return;
        }

        var script = coin.Payout!.Value;
        var before = _weights.GetValueOrDefault(script);
        if (before > 0)
        {
            _holders.Remove(new Holder(script, before));
        }

        var after = before + difference;
        if (after == 0)
        {
            _weights.Remove(script);
            return;
        }

        // A copy, so that it does not keep its whole block alive.
        var own = before > 0 ? script : new Script(script.ToArray());
        _weights[own] = after;
        _holders.Add(new Holder(own, after));
    }
}
