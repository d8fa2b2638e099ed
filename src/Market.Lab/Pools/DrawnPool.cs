using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Lab;

/// <summary>Shares that never expire and of which units are drawn (p2share).</summary>
/// <param name="winners">K.</param>
/// <param name="maturity">Blocks until a sharebase takes part.</param>
internal sealed class DrawnPool(int winners, int maturity) : Pool
{
    private readonly PlaceIndex _index = new();
    private readonly Queue<(int Owner, long Units)> _young = new();
    private readonly byte[] _parent = new byte[32];
    private int _place;

    /// <summary>Base units that take part.</summary>
    public long Mature => _index.Total;

    /// <inheritdoc/>
    public override void Mint(int owner, long units)
    {
        _young.Enqueue((owner, units));

        // A sharebase of height h takes part in the draw of the share at h + maturity: on top of h + maturity - 1.
        if (_young.Count >= maturity)
        {
            var (who, held) = _young.Dequeue();
            _index.Insert(_place++, who, held);
        }
    }

    /// <inheritdoc/>
    public override void Pay(LabRandom random, int finder, Span<double> paid)
    {
        if (_index.Total == 0)
        {
            paid[finder] += Reward;
            return;
        }

        var parts = Draws.Split(new Amount(Reward), winners);
        random.Fill(_parent);
        var parent = new ShareId(new Hash256(_parent));
        for (var draw = 0; draw < winners; draw++)
        {
            paid[_index.Find(Draws.Unit(parent, draw, _index.Total))] += parts[draw].Sats;
        }
    }

    /// <summary>Who is drawn for the share on top of a new one; some must be mature.</summary>
    public int Winner(LabRandom random)
    {
        random.Fill(_parent);
        return _index.Find(Draws.Unit(new ShareId(new Hash256(_parent)), 0, _index.Total));
    }
}
