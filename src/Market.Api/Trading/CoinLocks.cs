using Market.Api.Data;
using Market.Bitcoin;
using Market.Chains;
using Market.Trading;

namespace Market.Api.Trading;

/// <summary>The coins behind the live orders of an instrument: each whole behind one, or drawn on by several. Changed by the
/// sequencer alone; safe to read from any thread.</summary>
internal sealed class CoinLocks
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(ChainKind Chain, OutPoint OutPoint), Held> _coins = [];

    private sealed class Held
    {
        public List<(OrderId Order, Backing Coin)> Orders { get; } = new(1);

        public long Worth { get; set; }
    }

    /// <summary>The oldest order that the coin stands behind; default for none.</summary>
    public OrderId FirstOf(ChainKind chain, OutPoint coin)
    {
        lock (_gate) return _coins.TryGetValue((chain, coin), out var held) ? held.Orders[0].Order : default;
    }

    /// <summary>The coin as it stands behind an order; null where it does not.</summary>
    public Backing? Find(ChainKind chain, OutPoint coin, OrderId order)
    {
        lock (_gate) return _coins.TryGetValue((chain, coin), out var held) ? held.Orders.Find(o => o.Order == order).Coin : null;
    }

    /// <summary>How much of a coin the orders take together.</summary>
    public long TakenOf(ChainKind chain, OutPoint coin)
    {
        lock (_gate) return _coins.TryGetValue((chain, coin), out var held) ? held.Worth : 0;
    }

    /// <summary>All of them, with their orders.</summary>
    public List<(OrderId Order, Backing Coin)> All()
    {
        lock (_gate) return [.. _coins.Values.SelectMany(held => held.Orders)];
    }

    /// <summary>Each coin once, with how much of it is taken and whether whole.</summary>
    public List<(ChainKind Chain, OutPoint Coin, long Worth, bool IsWhole)> Taken()
    {
        lock (_gate)
            return [.. _coins.Select(c => (c.Key.Chain, c.Key.OutPoint, c.Value.Worth, !c.Value.Orders[0].Coin.IsShared))];
    }

    /// <summary>A coin stands behind an order, or with another part than before.</summary>
    public void Put(OrderId order, Backing coin)
    {
        lock (_gate)
        {
            var at = (coin.Chain, coin.OutPoint);
            if (!_coins.TryGetValue(at, out var held)) _coins[at] = held = new Held();
            var place = held.Orders.FindIndex(o => o.Order == order);
            if (place < 0)
            {
                held.Orders.Add((order, coin));
                held.Worth += coin.Worth;
                return;
            }
            held.Worth += coin.Worth - held.Orders[place].Coin.Worth;
            held.Orders[place] = (order, coin);
        }
    }

    /// <summary>A coin stands behind an order no more.</summary>
    public void Remove(OrderId order, ChainKind chain, OutPoint coin)
    {
        lock (_gate)
        {
            if (!_coins.TryGetValue((chain, coin), out var held)) return;
            var at = held.Orders.FindIndex(o => o.Order == order);
            if (at < 0) return;
            held.Worth -= held.Orders[at].Coin.Worth;
            held.Orders.RemoveAt(at);
            if (held.Orders.Count == 0) _coins.Remove((chain, coin));
        }
    }

    /// <summary>Starts anew.</summary>
    public void Clear()
    {
        lock (_gate) _coins.Clear();
    }
}
