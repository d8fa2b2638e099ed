using System.Numerics;
using System.Runtime.InteropServices;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>
/// Unspent outputs packed side by side, found by outpoint and by script. There are no holes: where one is taken out the last
/// takes its slot, so that what is spent takes no memory.
/// </summary>
internal sealed class CoinTable
{
    private const int PageBits = 12;
    private const int PageSize = 1 << PageBits;
    private const int LeastBuckets = 64;

    private readonly List<PackedCoin[]> _pages = [];

    // Scripts that do not fit, and payout scripts that are not the output's own: few, unless somebody pays for them.
    private readonly Dictionary<int, Script> _scripts = [];
    private readonly Dictionary<int, Script> _payouts = [];
    private int[] _byOutPoint = new int[LeastBuckets];
    private int[] _byScript = new int[LeastBuckets];

    /// <summary>How many outputs.</summary>
    public int Count { get; private set; }

    /// <summary>The slot of an output; -1 where there is none.</summary>
    public int Find(OutPoint outPoint)
    {
        for (var next = _byOutPoint[BucketOf(outPoint)]; next != 0;)
        {
            ref var coin = ref At(next - 1);
            if (coin.Index == outPoint.Index && coin.TxId == outPoint.TxId)
            {
                return next - 1;
            }

            next = coin.NextOutPoint;
        }

        return -1;
    }

    /// <summary>The output in a slot.</summary>
    public ShareCoin this[int slot]
    {
        get
        {
            ref var coin = ref At(slot);
            var script = ScriptOf(slot);
            Script? payout = coin.IsAnnotated ? _payouts[slot] : PayoutAnnotation.OwnPayout(script);
            return new ShareCoin(
                new OutPoint(coin.TxId, coin.Index),
                new Coin(new TxOut(new Amount(coin.Value), script), coin.Height, coin.IsCoinbase, coin.PreviousMedianTime),
                coin.Place,
                payout);
        }
    }

    /// <summary>The place of the output in a slot.</summary>
    public int PlaceOf(int slot) => At(slot).Place;

    /// <summary>Slots of all outputs under a script, in no particular order.</summary>
    public List<int> WithScript(Script script)
    {
        var slots = new List<int>();
        for (var next = _byScript[BucketOf(script.Span)]; next != 0; next = At(next - 1).NextScript)
        {
            if (SpanOf(next - 1).SequenceEqual(script.Span))
            {
                slots.Add(next - 1);
            }
        }

        return slots;
    }

    /// <summary>Puts an output in; its outpoint must not be here.</summary>
    /// <returns>Its slot.</returns>
    public int Add(ShareCoin made)
    {
        if (Count == _byOutPoint.Length)
        {
            Resize(2 * Count);
        }

        var slot = Count++;
        if (slot >> PageBits == _pages.Count)
        {
            _pages.Add(new PackedCoin[PageSize]);
        }

        var script = made.Coin.Output.ScriptPubKey;
        ref var coin = ref At(slot);
        coin = new PackedCoin
        {
            TxId = made.OutPoint.TxId, Index = made.OutPoint.Index, Value = made.Value.Sats, Place = made.Place,
            Height = made.Coin.Height, PreviousMedianTime = made.Coin.PreviousMedianTime, IsCoinbase = made.Coin.IsCoinbase,
            IsAnnotated = made.IsAnnotated,
        };
        if (script.Length <= PackedCoin.InlineScript)
        {
            coin.ScriptLength = (byte)script.Length;
            script.Span.CopyTo(coin.Script);
        }
        else
        {
            // Copied, so that it does not keep its whole block alive.
            coin.ScriptLength = PackedCoin.Elsewhere;
            _scripts.Add(slot, new Script(script.ToArray()));
        }

        if (made.IsAnnotated)
        {
            _payouts.Add(slot, new Script(made.Payout!.Value.ToArray()));
        }

        Link(slot);
        return slot;
    }

    /// <summary>Takes an output out.</summary>
    /// <param name="slot">Its slot.</param>
    /// <returns>True where another output took its slot: the one that had the last.</returns>
    public bool Remove(int slot)
    {
        Unlink(slot);
        _scripts.Remove(slot);
        _payouts.Remove(slot);
        var last = Count - 1;
        if (slot != last)
        {
            At(slot) = At(last);
            Move(_scripts, last, slot);
            Move(_payouts, last, slot);
            Relink(last, slot);
        }

        At(last) = default;
        Count--;
        if (_pages.Count > (Count >> PageBits) + 2)
        {
            // One empty page is kept, so that coming and going at its border costs nothing.
            _pages.RemoveAt(_pages.Count - 1);
        }

        if (_byOutPoint.Length > LeastBuckets && Count < _byOutPoint.Length / 8)
        {
            Resize(_byOutPoint.Length / 4);
        }

        return slot != last;
    }

    private static void Move(Dictionary<int, Script> scripts, int from, int to)
    {
        if (scripts.Remove(from, out var script))
        {
            scripts.Add(to, script);
        }
    }

    private ref PackedCoin At(int slot) => ref _pages[slot >> PageBits][slot & (PageSize - 1)];

    private Script ScriptOf(int slot) =>
        At(slot).ScriptLength == PackedCoin.Elsewhere ? _scripts[slot] : new Script(SpanOf(slot).ToArray());

    private ReadOnlySpan<byte> SpanOf(int slot)
    {
        ref var coin = ref At(slot);
        return coin.ScriptLength == PackedCoin.Elsewhere
            ? _scripts[slot].Span
            : MemoryMarshal.CreateReadOnlySpan(ref coin.Script[0], coin.ScriptLength);
    }

    // The seed is the process's own, so that nobody can aim at one bucket.
    private int BucketOf(OutPoint outPoint) => HashCode.Combine(outPoint.TxId, outPoint.Index) & (_byOutPoint.Length - 1);

    private int BucketOf(ReadOnlySpan<byte> script)
    {
        var hash = new HashCode();
        hash.AddBytes(script);
        return hash.ToHashCode() & (_byScript.Length - 1);
    }

    private void Link(int slot)
    {
        ref var coin = ref At(slot);
        ref var first = ref _byOutPoint[BucketOf(new OutPoint(coin.TxId, coin.Index))];
        (coin.NextOutPoint, first) = (first, slot + 1);
        ref var head = ref _byScript[BucketOf(SpanOf(slot))];
        (coin.PreviousScript, coin.NextScript) = (0, head);
        if (head != 0)
        {
            At(head - 1).PreviousScript = slot + 1;
        }

        head = slot + 1;
    }

    private void Unlink(int slot)
    {
        ref var coin = ref At(slot);
        ref var link = ref _byOutPoint[BucketOf(new OutPoint(coin.TxId, coin.Index))];
        while (link != slot + 1)
        {
            link = ref At(link - 1).NextOutPoint;
        }

        link = coin.NextOutPoint;
        if (coin.NextScript != 0)
        {
            At(coin.NextScript - 1).PreviousScript = coin.PreviousScript;
        }

        if (coin.PreviousScript != 0)
        {
            At(coin.PreviousScript - 1).NextScript = coin.NextScript;
        }
        else
        {
            _byScript[BucketOf(SpanOf(slot))] = coin.NextScript;
        }
    }

    // Whatever led to a slot leads to the one that its output has now, in which it stands already.
    private void Relink(int from, int to)
    {
        ref var coin = ref At(to);
        ref var link = ref _byOutPoint[BucketOf(new OutPoint(coin.TxId, coin.Index))];
        while (link != from + 1)
        {
            link = ref At(link - 1).NextOutPoint;
        }

        link = to + 1;
        if (coin.NextScript != 0)
        {
            At(coin.NextScript - 1).PreviousScript = to + 1;
        }

        if (coin.PreviousScript != 0)
        {
            At(coin.PreviousScript - 1).NextScript = to + 1;
        }
        else
        {
            _byScript[BucketOf(SpanOf(to))] = to + 1;
        }
    }

    private void Resize(int buckets)
    {
        var size = Math.Max(LeastBuckets, (int)BitOperations.RoundUpToPowerOf2((uint)buckets));
        (_byOutPoint, _byScript) = (new int[size], new int[size]);
        for (var slot = 0; slot < Count; slot++)
        {
            Link(slot);
        }
    }
}
