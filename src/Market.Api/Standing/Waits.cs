using System.Collections.Concurrent;
using System.Globalization;
using Market.Api.Data;
using Market.Api.Results;
using Market.Bitcoin;
using Market.Contracts;
using Market.Trading;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Standing;

/// <summary>
/// Who waits because it let swaps fail. An account that waits takes nothing; a coin that waits stands behind no order, whoever's
/// key names it. The table is the truth; this is what of it is asked for with every order. Safe from any thread.
/// </summary>
public sealed class Waits(TimeProvider clock) : IDisposable
{
    /// <summary>Accounts and coins kept in memory and in the table; beyond it those whose wait ends first are forgotten.</summary>
    public const int MaxKept = 200_000;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly ConcurrentDictionary<string, TakeWait> _known = new(StringComparer.Ordinal);

    /// <summary>The name of an account.</summary>
    /// <param name="key">Hex of the x-only key.</param>
    public static string OfAccount(string key) => key;

    /// <summary>The name of a coin.</summary>
    /// <param name="chain">The chain's name.</param>
    /// <param name="outPoint">The coin's name there.</param>
    public static string OfCoin(string chain, OutPoint outPoint) => $"{chain}:{outPoint}";

    /// <summary>What is known of an account or a coin; the default where it let nothing fail.</summary>
    public TakeWait Of(string subject) =>
        _known.TryGetValue(subject, out var wait) && !wait.IsForgotten(Now) ? wait : default;

    /// <summary>Whether a coin let a swap fail and stands behind no order for now.</summary>
    public bool IsWaiting(string chain, OutPoint outPoint) => !_known.IsEmpty && Of(OfCoin(chain, outPoint)).IsWaiting(Now);

    /// <summary>Until when an account takes nothing; null where it does not wait.</summary>
    public DateTimeOffset? UntilOf(string key) => Of(OfAccount(key)) is var wait && wait.IsWaiting(Now)
        ? DateTimeOffset.FromUnixTimeSeconds(wait.Until)
        : null;

    /// <summary>Why an order is not taken because its account or one of its coins waits; null where none does.</summary>
    /// <param name="instrument">The order's instrument.</param>
    /// <param name="key">The account's key.</param>
    /// <param name="coins">The coins behind the order.</param>
    /// <param name="takes">Whether it would trade at once.</param>
    public Refusal? Judge(MarketInstrument instrument, string key, IEnumerable<Backing> coins, bool takes)
    {
        ArgumentNullException.ThrowIfNull(instrument);
        ArgumentNullException.ThrowIfNull(coins);
        if (_known.IsEmpty) return null;
        foreach (var coin in coins)
        {
            if (Of(OfCoin(instrument.NameOf(coin.Chain), coin.OutPoint)) is var wait && wait.IsWaiting(Now))
                return Refuse($"{coin.OutPoint} let a swap fail and stands behind no order", wait);
        }
        return takes && Of(OfAccount(key)) is var own && own.IsWaiting(Now)
            ? Refuse("This account let a swap fail and takes nothing", own)
            : null;
    }

    /// <summary>Reads the table; before the first order is taken.</summary>
    public async Task LoadAsync(MarketDb db, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        var rows = await db.Set<WaitRow>().AsNoTracking().OrderByDescending(w => w.Until).Take(MaxKept).ToListAsync(cancel);
        _known.Clear();
        foreach (var row in rows) _known[row.Subject] = row.Wait;
    }

    /// <summary>Keeps what was written.</summary>
    public void Set(IEnumerable<WaitRow> written)
    {
        ArgumentNullException.ThrowIfNull(written);
        foreach (var row in written) _known[row.Subject] = row.Wait;
        if (_known.Count <= MaxKept) return;
        foreach (var (subject, _) in _known.OrderBy(w => w.Value.Until).Take(_known.Count - MaxKept * 9 / 10).ToList())
            _known.TryRemove(subject, out _);
    }

    /// <summary>Takes the turn of who reads a wait, adds to it and writes it: the swaps of two instruments may fail at once.
    /// Dispose what is returned once it is written and kept.</summary>
    public async Task<IDisposable> TurnAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        return new Turn(_turn);
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }

    private long Now => clock.GetUtcNow().ToUnixTimeSeconds();

    private static Refusal Refuse(string who, TakeWait wait)
    {
        var until = DateTimeOffset.FromUnixTimeSeconds(wait.Until);
        return new Refusal(ProblemCodes.MustWait, string.Create(
            CultureInfo.InvariantCulture, $"{who} until {until:yyyy-MM-dd HH:mm:ss} UTC. Each failure doubles the wait."))
        {
            RetryAt = until,
        };
    }
}
