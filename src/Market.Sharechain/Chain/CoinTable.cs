using System.Runtime.InteropServices;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>
/// Unspent outputs packed side by side in slots, found by outpoint, by script, by place and by the unit that they hold. There
/// are no holes: where one is taken out the last takes its slot, so that what is spent takes no memory.
/// </summary>
/// <remarks>
/// Only the index of places knows slots; all else names an output by its place, which stays its own. So the output that takes
/// another's slot is looked for nowhere else.
/// </remarks>
internal sealed class CoinTable
{
    /// <summary>Most outputs that can be looked ahead for at once.</summary>
    public const int Ahead = PlaceIndex.MostAtOnce;

    private const int PageBits = 12;
    private const int PageSize = 1 << PageBits;

    private readonly List<PackedCoin[]> _pages = [];
    private readonly PlaceIndex _places = new();
    private readonly HashedPlaces _byOutPoint = new();

    // The first of all whose scripts have the hash; they are linked with each other.
    private readonly HashedPlaces _byScript = new();

    // By place: scripts that do not fit, and payout scripts that are not the output's own: few, unless somebody pays for them.
    private readonly Dictionary<int, Script> _scripts = [];
    private readonly Dictionary<int, Script> _payouts = [];

    /// <summary>How many outputs.</summary>
    public int Count => _places.Count;

    /// <summary>Base units that take part in the draw.</summary>
    public long Units => _places.Total;

    /// <summary>All outputs in creation order.</summary>
    public IEnumerable<ShareCoin> InOrder => _places.Slots.Select(slot => CoinOf(in At(slot)));

    /// <summary>All outputs in no particular order.</summary>
    public IEnumerable<ShareCoin> All => Enumerable.Range(0, Count).Select(slot => CoinOf(in At(slot)));

    /// <summary>The output of a name; null where there is none.</summary>
    public ShareCoin? Find(OutPoint outPoint) =>
        SlotOf(outPoint, HashOf(outPoint)) is var slot and >= 0 ? CoinOf(in At(slot)) : null;

    /// <summary>The output of a place, which must be here.</summary>
    public ShareCoin OfPlace(int place) => CoinOf(in AtPlace(place));

    /// <summary>The output that holds a unit, counted from the first output's first.</summary>
    /// <param name="unit">From 0 to less than <see cref="Units"/>.</param>
    public ShareCoin Holder(long unit) => CoinOf(in At(_places.Find(unit)));

    /// <summary>All outputs under exactly this script, in creation order.</summary>
    public List<ShareCoin> WithScript(Script script)
    {
        var coins = new List<ShareCoin>();
        for (var place = _byScript.Find(HashOf(script.Span)); place >= 0;)
        {
            ref var coin = ref AtPlace(place);
            if (SpanOf(in coin).SequenceEqual(script.Span))
            {
                coins.Add(CoinOf(in coin));
            }

            place = coin.NextScript - 1;
        }

        coins.Sort((left, right) => left.Place.CompareTo(right.Place));
        return coins;
    }

    /// <summary>Puts an output in.</summary>
    /// <param name="outPoint">Its name.</param>
    /// <param name="made">The output.</param>
    /// <param name="place">Its place in creation order.</param>
    /// <param name="payout">Who is paid when it is drawn; null: it is never drawn.</param>
    /// <param name="isMature">True where it takes part in the draw at once.</param>
    /// <exception cref="InvalidOperationException">There is an output of this name already.</exception>
    public void Add(OutPoint outPoint, in Coin made, int place, Script? payout, bool isMature)
    {
        var hash = HashOf(outPoint);
        if (SlotOf(outPoint, hash) >= 0)
        {
            throw new InvalidOperationException($"There is a coin at {outPoint} already.");
        }

        var script = made.Output.ScriptPubKey;
        var slot = Count;
        if (slot >> PageBits == _pages.Count)
        {
            _pages.Add(new PackedCoin[PageSize]);
        }

        ref var coin = ref At(slot);
        coin = new PackedCoin
        {
            TxId = outPoint.TxId,
            Index = outPoint.Index,
            Value = made.Output.Value.Sats,
            Place = place,
            Height = made.Height,
            PreviousMedianTime = made.PreviousMedianTime,
            IsCoinbase = made.IsCoinbase,
            IsPaid = payout is not null,
            IsAnnotated = payout is { } named && named != script,
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
            _scripts.Add(place, new Script(script.ToArray()));
        }

        if (coin.IsAnnotated)
        {
            _payouts.Add(place, new Script(payout!.Value.ToArray()));
        }

        _places.Insert(place, slot, isMature ? coin.Weight : 0);
        _byOutPoint.Add(hash, place);
        LinkScript(ref coin);
    }

    /// <summary>Takes an output out.</summary>
    /// <param name="outPoint">Its name.</param>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public ShareCoin Remove(OutPoint outPoint)
    {
        var hash = HashOf(outPoint);
        var slot = SlotOf(outPoint, hash);
        if (slot < 0)
        {
            throw new InvalidOperationException($"There is no coin at {outPoint}.");
        }

        ref var coin = ref At(slot);
        var place = coin.Place;
        var removed = CoinOf(in coin);
        _byOutPoint.Remove(hash, place);
        UnlinkScript(in coin);
        if (coin.ScriptLength == PackedCoin.Elsewhere)
        {
            _scripts.Remove(place);
        }

        if (coin.IsAnnotated)
        {
            _payouts.Remove(place);
        }

        _places.Remove(place);
        ref var last = ref At(Count);
        if (slot != Count)
        {
            coin = last;
            _places.Move(coin.Place, slot);
        }

        last = default;
        if (_pages.Count > (Count >> PageBits) + 2)
        {
            // One empty page is kept, so that coming and going at its border costs nothing.
            _pages.RemoveAt(_pages.Count - 1);
        }

        return removed;
    }

    /// <summary>
    /// Reads what <see cref="Remove"/> will read of some outputs and changes nothing. Memory that no cache holds answers slowly,
    /// but many questions at once: each step is taken for all outputs before the next, since those of one wait for each other.
    /// </summary>
    /// <param name="outPoints">Their names, at most <see cref="Ahead"/>; some may not be here.</param>
    /// <returns>How many are here, as far as hashes tell.</returns>
    public int LookAhead(ReadOnlySpan<OutPoint> outPoints)
    {
        Span<uint> hashes = stackalloc uint[Ahead];
        Span<int> places = stackalloc int[Ahead];
        Span<int> slots = stackalloc int[Ahead];
        for (var i = 0; i < outPoints.Length; i++)
        {
            hashes[i] = HashOf(outPoints[i]);
        }

        var found = 0;
        foreach (var hash in hashes[..outPoints.Length])
        {
            if (_byOutPoint.Find(hash) is var place and >= 0)
            {
                places[found++] = place;
            }
        }

        _places.FindAll(places[..found], slots);
        for (var i = 0; i < found; i++)
        {
            // From end to end an output lies in two lines or three.
            ref var coin = ref At(slots[i]);
            hashes[i] = coin.Index ^ coin.Script[PackedCoin.InlineScript - 1];
        }

        for (var i = 0; i < found; i++)
        {
            hashes[i] = HashOf(SpanOf(in At(slots[i])));
        }

        var heads = 0;
        foreach (var hash in hashes[..found])
        {
            heads += _byScript.Find(hash) >= 0 ? 1 : 0;
        }

        return heads;
    }

    /// <summary>Reads what <see cref="Add"/> will read for outputs that come back, as the other does for those that go.</summary>
    /// <param name="coins">Outputs that are not here, at most <see cref="Ahead"/>.</param>
    /// <returns>How many of their scripts are here already, as far as hashes tell.</returns>
    public int LookAhead(ReadOnlySpan<ShareCoin> coins)
    {
        Span<uint> hashes = stackalloc uint[Ahead];
        Span<uint> scripts = stackalloc uint[Ahead];
        for (var i = 0; i < coins.Length; i++)
        {
            (hashes[i], scripts[i]) = (HashOf(coins[i].OutPoint), HashOf(coins[i].Coin.Output.ScriptPubKey.Span));
        }

        var heads = 0;
        for (var i = 0; i < coins.Length; i++)
        {
            _ = _byOutPoint.Find(hashes[i]);
            heads += _byScript.Find(scripts[i]) >= 0 ? 1 : 0;
        }

        Span<int> places = stackalloc int[Ahead];
        for (var i = 0; i < coins.Length; i++)
        {
            places[i] = coins[i].Place;
        }

        _places.FindAll(places[..coins.Length], places);
        return heads;
    }

    /// <summary>An output takes part in the draw from now on, or no longer.</summary>
    /// <param name="place">Its place.</param>
    /// <param name="isMature">True where it does, and did not.</param>
    public void SetMature(int place, bool isMature)
    {
        var weight = AtPlace(place).Weight;
        _places.Add(place, isMature ? weight : -weight);
    }

    // The seed is the process's own, so that nobody can aim at one bucket.
    private static uint HashOf(OutPoint outPoint) => (uint)HashCode.Combine(outPoint.TxId, outPoint.Index);

    private static uint HashOf(ReadOnlySpan<byte> script)
    {
        var hash = new HashCode();
        hash.AddBytes(script);
        return (uint)hash.ToHashCode();
    }

    private ref PackedCoin At(int slot) => ref _pages[slot >> PageBits][slot & (PageSize - 1)];

    private ref PackedCoin AtPlace(int place) => ref At(_places.SlotOf(place));

    private int SlotOf(OutPoint outPoint, uint hash)
    {
        for (var at = _byOutPoint.Start(hash); _byOutPoint.Next(hash, ref at) is var place and >= 0;)
        {
            var slot = _places.SlotOf(place);
            ref var coin = ref At(slot);
            if (coin.Index == outPoint.Index && coin.TxId == outPoint.TxId)
            {
                return slot;
            }
        }

        return -1;
    }

    private ShareCoin CoinOf(in PackedCoin coin)
    {
        var script = coin.ScriptLength == PackedCoin.Elsewhere
            ? _scripts[coin.Place] : new Script(SpanOf(in coin).ToArray());
        Script? payout = coin.IsAnnotated ? _payouts[coin.Place] : coin.IsPaid ? script : null;
        return new ShareCoin(
            new OutPoint(coin.TxId, coin.Index),
            new Coin(new TxOut(new Amount(coin.Value), script), coin.Height, coin.IsCoinbase, coin.PreviousMedianTime),
            coin.Place,
            payout);
    }

    private ReadOnlySpan<byte> SpanOf(in PackedCoin coin) => coin.ScriptLength == PackedCoin.Elsewhere
        ? _scripts[coin.Place].Span
        : MemoryMarshal.CreateReadOnlySpan(in coin.Script[0], coin.ScriptLength);

    private void LinkScript(ref PackedCoin coin)
    {
        var hash = HashOf(SpanOf(in coin));
        var head = _byScript.Find(hash);
        if (head < 0)
        {
            _byScript.Add(hash, coin.Place);
            return;
        }

        coin.NextScript = head + 1;
        AtPlace(head).PreviousScript = coin.Place + 1;
        _byScript.Replace(hash, head, coin.Place);
    }

    private void UnlinkScript(in PackedCoin coin)
    {
        if (coin.NextScript != 0)
        {
            AtPlace(coin.NextScript - 1).PreviousScript = coin.PreviousScript;
        }

        if (coin.PreviousScript != 0)
        {
            AtPlace(coin.PreviousScript - 1).NextScript = coin.NextScript;
        }
        else if (coin.NextScript != 0)
        {
            _byScript.Replace(HashOf(SpanOf(in coin)), coin.Place, coin.NextScript - 1);
        }
        else
        {
            _byScript.Remove(HashOf(SpanOf(in coin)), coin.Place);
        }
    }
}
