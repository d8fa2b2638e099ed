namespace Market.Api.Trading;

/// <summary>
/// Which coins are promised, to orders of which instruments, and how much of each; and which coins accounts have proved, so that
/// orders may draw on parts of them. The parts are never more than the coin holds, over all instruments, and a coin that stands
/// behind an order whole stands behind no other. Safe from any thread.
/// </summary>
/// <param name="most">Proved coins of all accounts.</param>
public sealed class CoinLedger(int most = CoinLedger.MostProved)
{
    /// <summary>Proved coins of all accounts. The last half of them is for accounts that have earned something, and for what swaps
    /// leave: anybody can make as many accounts as he likes.</summary>
    public const int MostProved = 200_000;

    /// <summary>How long the coin of an account without standing has to be proved before it gives way to new ones, where the market
    /// keeps as many as it does.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromHours(1);

    /// <summary>Coins that give way at once: the next ones find room.</summary>
    public const int MostGivingWay = 100;

    // An order that brought the proof has all of the coin, whatever that holds.
    private const long Whole = long.MaxValue;

    private readonly Lock _gate = new();
    private readonly Dictionary<PromisedCoin, Entry> _coins = [];
    private readonly Dictionary<string, List<Entry>> _ofKeys = new(StringComparer.Ordinal);
    private int _proved;

    private sealed class Entry(PromisedCoin coin)
    {
        public PromisedCoin Coin => coin;

        public List<(string Instrument, long Amount)> Taken { get; } = new(1);

        public ProvedCoin? Proved { get; set; }

        /// <summary>Its account takes it back just now, or it gives way.</summary>
        public bool IsLeaving { get; set; }

        /// <summary>It is on its way to the disk: proved for nobody yet, and for nobody else.</summary>
        public bool IsComing { get; set; }

        /// <summary>It was seen to be spent, or gone from its chain, and was not seen there since.</summary>
        public bool IsGone { get; set; }

        public long TakenBy(string instrument) => Taken.Find(t => t.Instrument == instrument).Amount;

        // What the others have already of the coin that took this one's place they have not to find again.
        public long TakenByOthers(string? instrument, Entry? but = null)
        {
            var sum = 0L;
            foreach (var (by, amount) in Taken)
                if (by != instrument) sum = Sum(sum, but is null ? amount : Math.Max(0, amount - but.TakenBy(by)));
            return sum;
        }
    }

    /// <summary>Takes a coin whole for an order of an instrument. False where something of it stands behind orders of another; the
    /// instrument itself knows of its own.</summary>
    public bool TryTake(string instrument, PromisedCoin coin)
    {
        lock (_gate)
        {
            var entry = Enter(coin);
            if (entry.TakenByOthers(instrument) > 0) return false;
            Put(entry, instrument, Whole);
            return true;
        }
    }

    /// <summary>Draws on a proved coin for an order of an instrument.</summary>
    /// <param name="instrument">Whose order.</param>
    /// <param name="coin">The coin.</param>
    /// <param name="key">The account, which has proved it.</param>
    /// <param name="own">What orders of the instrument draw on it, in this turn.</param>
    /// <param name="wanted">How much is asked for.</param>
    /// <param name="now">What time it is.</param>
    /// <param name="before">The coin in whose place it stands, of which others are to find their parts again; null for none.
    /// </param>
    /// <returns>How much of it is the order's: nought where it may draw on nothing of it.</returns>
    public long Draw(
        string instrument, PromisedCoin coin, string key, long own, long wanted, DateTimeOffset now,
        (PromisedCoin Coin, long Own)? before = null)
    {
        lock (_gate)
        {
            if (!_coins.TryGetValue(coin, out var entry) || !MayDraw(entry, key, now)) return 0;
            var kept = before is { } old && _coins.TryGetValue(old.Coin, out var spent)
                ? Sum(spent.TakenByOthers(instrument, but: entry), old.Own)
                : 0;
            var granted = Math.Min(wanted, entry.Proved!.Value - Sum(Sum(entry.TakenByOthers(instrument), own), kept));
            if (granted <= 0) return 0;
            // What ended in this turn is still promised for the others until that is on disk.
            Put(entry, instrument, Math.Max(entry.TakenBy(instrument), own + granted));
            return granted;
        }
    }

    /// <summary>What orders of an instrument take of a coin is this much, as it is on disk; nought where they do no more.</summary>
    public void Set(string instrument, PromisedCoin coin, long amount, bool isWhole = false)
    {
        lock (_gate)
        {
            if (amount == 0 && !isWhole && !_coins.ContainsKey(coin)) return;
            Put(Enter(coin), instrument, isWhole ? Whole : amount);
        }
    }

    /// <summary>What orders of an instrument take is this and nothing else, as its tables say.</summary>
    public void Settle(string instrument, IReadOnlyDictionary<PromisedCoin, (long Amount, bool IsWhole)> taken)
    {
        ArgumentNullException.ThrowIfNull(taken);
        lock (_gate)
        {
            foreach (var entry in _coins.Values.Where(e => e.TakenBy(instrument) > 0 && !taken.ContainsKey(e.Coin)).ToList())
                Put(entry, instrument, 0);
            foreach (var (coin, (amount, isWhole)) in taken) Put(Enter(coin), instrument, isWhole ? Whole : amount);
        }
    }

    /// <summary>Keeps a coin as proved, or another expiry of it. False where another account has proved it, or where there are as
    /// many as there may be.</summary>
    public bool TryProve(ProvedCoin coin)
    {
        ArgumentNullException.ThrowIfNull(coin);
        lock (_gate)
        {
            if (_coins.TryGetValue(coin.Coin, out var known) && known.Proved is { } before)
            {
                if (before.Key != coin.Key || known.IsLeaving) return false;
                (known.Proved, known.IsGone, known.IsComing) = (coin, false, false);
                return true;
            }
            if (_proved >= most) return false;
            Add(coin);
            return true;
        }
    }

    /// <summary>Keeps a place for a coin until it is on disk, or not: <see cref="TryProve"/> or <see cref="GiveUp"/>.</summary>
    /// <param name="coin">The coin.</param>
    /// <param name="hasStanding">Whether its account has earned something.</param>
    /// <returns>True where it has one now; null where it has one already, of whichever account; false where there are as many as
    /// there may be.</returns>
    public bool? TryCome(ProvedCoin coin, bool hasStanding)
    {
        ArgumentNullException.ThrowIfNull(coin);
        lock (_gate)
        {
            if (_coins.GetValueOrDefault(coin.Coin)?.Proved is not null) return null;
            if (!HasRoom(1, hasStanding)) return false;
            Add(coin).IsComing = true;
            return true;
        }
    }

    /// <summary>A coin did not come to the disk: its place is free.</summary>
    public void GiveUp(PromisedCoin coin)
    {
        lock (_gate)
        {
            if (_coins.TryGetValue(coin, out var entry) && entry.IsComing) Remove(entry);
        }
    }

    /// <summary>Whether a proof may take the place of the one that there is: it expires no sooner where orders, or their swaps,
    /// stand on the coin.</summary>
    public bool MayRenew(ProvedCoin coin)
    {
        ArgumentNullException.ThrowIfNull(coin);
        lock (_gate)
        {
            return _coins.GetValueOrDefault(coin.Coin) is not { Proved: { } before, Taken.Count: > 0 } || before.Key != coin.Key
                || coin.ExpiresAt >= before.ExpiresAt;
        }
    }

    /// <summary>Whether there is room for so many coins more of an account with standing, or of one without.</summary>
    public bool MayCome(int coins, bool hasStanding)
    {
        lock (_gate) return HasRoom(coins, hasStanding);
    }

    /// <summary>Coins that give way, at most <see cref="MostGivingWay"/>: what is gone from its chain, and then what accounts
    /// without standing proved long ago, of those first that have most. Nothing stands on them, and nothing may until
    /// <see cref="Forget"/> or <see cref="Stay"/>.</summary>
    /// <param name="now">What time it is.</param>
    /// <param name="hasStanding">Whether an account has earned something. Its coins that are there never give way.</param>
    public IReadOnlyList<ProvedCoin> GiveWay(DateTimeOffset now, Predicate<string> hasStanding)
    {
        ArgumentNullException.ThrowIfNull(hasStanding);
        List<(PromisedCoin Coin, string Key, bool IsGone, int Count, DateTimeOffset ProvedAt)> idle;
        lock (_gate)
        {
            idle =
            [
                .. _ofKeys.SelectMany(own => own.Value.Where(e => IsIdle(e, now))
                    .Select(e => (e.Coin, own.Key, e.IsGone, own.Value.Count, e.Proved!.ProvedAt))),
            ];
        }
        var known = new Dictionary<string, bool>(StringComparer.Ordinal);
        var gone = idle.OrderByDescending(e => e.IsGone).ThenByDescending(e => e.Count).ThenBy(e => e.ProvedAt)
            .Where(e => e.IsGone || !HasStanding(e.Key)).Take(MostGivingWay).ToList();
        lock (_gate)
        {
            var leaving = new List<ProvedCoin>(gone.Count);
            foreach (var (coin, key, _, _, _) in gone)
            {
                if (_coins.GetValueOrDefault(coin) is not { } entry || entry.Proved?.Key != key || !IsIdle(entry, now)) continue;
                entry.IsLeaving = true;
                leaving.Add(entry.Proved);
            }
            return leaving;
        }

        bool HasStanding(string key) => known.TryGetValue(key, out var has) ? has : known[key] = hasStanding(key);
    }

    /// <summary>Forgets proofs that have expired, of coins that no order draws on.</summary>
    public void Sweep(DateTimeOffset now)
    {
        lock (_gate)
        {
            foreach (var entry in _coins.Values.Where(e => e.Proved?.ExpiresAt <= now && e.Taken.Count == 0).ToList())
                Remove(entry);
        }
    }

    /// <summary>A proved coin; null where it is none.</summary>
    public ProvedCoin? Find(PromisedCoin coin)
    {
        lock (_gate) return _coins.GetValueOrDefault(coin) is { IsComing: false } entry ? entry.Proved : null;
    }

    /// <summary>How many coins an account has proved, with those on their way.</summary>
    public int CountOf(string key)
    {
        lock (_gate) return _ofKeys.GetValueOrDefault(key)?.Count ?? 0;
    }

    /// <summary>The coins that an account has proved, with what of each is promised to nobody and may be drawn on.</summary>
    /// <param name="key">The account.</param>
    /// <param name="now">What time it is.</param>
    public IReadOnlyList<(ProvedCoin Coin, long Free)> Of(string key, DateTimeOffset now)
    {
        lock (_gate)
        {
            return _ofKeys.TryGetValue(key, out var own)
                ? [
                    .. own.Where(e => !e.IsComing)
                        .Select(e => (e.Proved!, MayDraw(e, key, now) ? Math.Max(0, e.Proved!.Value - e.TakenByOthers(null)) : 0)),
                ]
                : [];
        }
    }

    /// <summary>A coin was seen spent or gone: nothing more is drawn on it. Or it was seen on its chain again.</summary>
    public void Mark(PromisedCoin coin, bool isGone)
    {
        lock (_gate)
        {
            if (_coins.TryGetValue(coin, out var entry) && entry.Proved is not null) entry.IsGone = isGone;
        }
    }

    /// <summary>Keeps orders from drawing on a coin that its account takes back, until <see cref="Forget"/> or
    /// <see cref="Stay"/>.</summary>
    /// <param name="coin">The coin.</param>
    /// <param name="key">The account.</param>
    /// <returns>Null where it has not proved it; false where orders stand on it.</returns>
    public bool? TryLeave(PromisedCoin coin, string key)
    {
        lock (_gate)
        {
            if (!_coins.TryGetValue(coin, out var entry) || entry.Proved?.Key != key || entry.IsComing) return null;
            if (entry.TakenByOthers(null) > 0) return false;
            return entry.IsLeaving = true;
        }
    }

    /// <summary>A coin that was to be taken back is not.</summary>
    public void Stay(PromisedCoin coin)
    {
        lock (_gate)
        {
            if (_coins.TryGetValue(coin, out var entry)) entry.IsLeaving = false;
        }
    }

    /// <summary>A coin is proved no more.</summary>
    public void Forget(PromisedCoin coin)
    {
        lock (_gate)
        {
            if (_coins.TryGetValue(coin, out var entry)) Remove(entry);
        }
    }

    private Entry Add(ProvedCoin coin)
    {
        var entry = Enter(coin.Coin);
        entry.Proved = coin;
        _proved++;
        if (!_ofKeys.TryGetValue(coin.Key, out var own)) _ofKeys[coin.Key] = own = [];
        own.Add(entry);
        return entry;
    }

    private bool HasRoom(int coins, bool hasStanding) => _proved + coins <= (hasStanding ? most : most / 2);

    private static bool IsIdle(Entry entry, DateTimeOffset now) =>
        entry is { Taken.Count: 0, IsLeaving: false, IsComing: false, Proved: { } proved }
        && (entry.IsGone || proved.ProvedAt <= now - Idle);

    private void Remove(Entry entry)
    {
        if (entry.Proved is not { } proved) return;
        var own = _ofKeys[proved.Key];
        own.Remove(entry);
        if (own.Count == 0) _ofKeys.Remove(proved.Key);
        _proved--;
        (entry.Proved, entry.IsLeaving, entry.IsGone, entry.IsComing) = (null, false, false, false);
        if (entry.Taken.Count == 0) _coins.Remove(entry.Coin);
    }

    private static bool MayDraw(Entry entry, string key, DateTimeOffset now) =>
        entry is { Proved: { } proved, IsLeaving: false, IsGone: false, IsComing: false }
        && proved.Key == key && proved.ExpiresAt > now;

    private static long Sum(long a, long b) => a == Whole || b == Whole ? Whole : a + b;

    private Entry Enter(PromisedCoin coin)
    {
        if (!_coins.TryGetValue(coin, out var entry)) _coins[coin] = entry = new Entry(coin);
        return entry;
    }

    private void Put(Entry entry, string instrument, long amount)
    {
        var at = entry.Taken.FindIndex(t => t.Instrument == instrument);
        if (amount > 0)
        {
            if (at < 0) entry.Taken.Add((instrument, amount));
            else entry.Taken[at] = (instrument, amount);
            return;
        }
        if (at >= 0) entry.Taken.RemoveAt(at);
        if (entry.Taken.Count == 0 && entry.Proved is null) _coins.Remove(entry.Coin);
    }
}
