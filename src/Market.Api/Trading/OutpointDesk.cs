using Market.Api.Data;
using Market.Api.Results;
using Market.Api.Standing;
using Market.Contracts;
using Market.Standing;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Trading;

/// <summary>Writes down which coins accounts have proved, and takes them back. What is kept of it for orders is the ledger's.
/// </summary>
/// <param name="promises">What is promised.</param>
/// <param name="standing">What accounts have earned.</param>
/// <param name="database">The tables.</param>
public sealed class OutpointDesk(Promises promises, StandingBook standing, IDbContextFactory<MarketDb> database)
{
    private readonly CoinLedger _ledger = promises.Coins;

    /// <summary>Keeps coins of an account that were looked at and signed for: in the tables all of them, or none, and none that
    /// the ledger has no place for. At one that the ledger cannot keep just now it stops, and keeps the rest once it is asked
    /// again.</summary>
    /// <returns>Why they are not kept; null where they are.</returns>
    public async Task<Refusal?> ProveAsync(IReadOnlyList<ProvedCoin> coins, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(coins);
        if (coins.FirstOrDefault(coin => !_ledger.MayRenew(coin)) is { } shorter)
        {
            return new Refusal(ProblemCodes.OutpointInUse,
                $"Orders, or swaps that they matched, stand on {shorter.Coin.OutPoint}: its proof is made no shorter.");
        }
        await using var db = await database.CreateDbContextAsync(cancel);
        var come = new List<PromisedCoin>(coins.Count);
        var isKept = false;
        try
        {
            if (await ComeAsync(db, coins, come, cancel) is { } full) return full;
            if (await WriteAsync(db, coins, cancel) is { } others) return others;
            isKept = true;
        }
        finally
        {
            if (!isKept) come.ForEach(_ledger.GiveUp);
        }
        foreach (var coin in coins)
        {
            if (!_ledger.TryProve(coin))
                return new Refusal(ProblemCodes.Unavailable, $"{coin.Coin.OutPoint} cannot be kept now. Ask again.");
        }
        return null;
    }

    // A place for each first, so that what the ledger cannot keep is in no table.
    private async Task<Refusal?> ComeAsync(
        MarketDb db, IReadOnlyList<ProvedCoin> coins, List<PromisedCoin> come, CancellationToken cancel)
    {
        if (coins.Count == 0) return null;
        var hasStanding = HasStanding(coins[0].Key);
        var more = coins.Count(coin => _ledger.Find(coin.Coin) is null);
        if (!_ledger.MayCome(more, hasStanding)) await SweepAsync(db, coins[0].ProvedAt, cancel);
        if (!_ledger.MayCome(more, hasStanding)) await GiveWayAsync(coins[0].ProvedAt);
        foreach (var coin in coins)
        {
            if (_ledger.TryCome(coin, hasStanding) is not { } isThere) continue;
            if (!isThere)
            {
                return new Refusal(ProblemCodes.TooManyOutpoints, hasStanding
                    ? "The market keeps no more proved outpoints."
                    : "The market keeps no more proved outpoints of accounts without standing.");
            }
            come.Add(coin.Coin);
        }
        return null;
    }

    private static async Task<Refusal?> WriteAsync(MarketDb db, IReadOnlyList<ProvedCoin> coins, CancellationToken cancel)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        // In one order always, so that no two requests wait for each other's rows.
        foreach (var coin in coins.OrderBy(c => c.Coin.Chain, StringComparer.Ordinal).ThenBy(c => c.Coin.OutPoint))
        {
            var (chain, txid, index) = NameOf(coin.Coin);
            var (script, number) = (coin.Script.ToArray(), (short)coin.Chain);
            // Another account's row stays as it is, whoever came first: that is told by no row being written.
            var written = await db.Database.ExecuteSqlAsync($"""
                insert into market.proved_outpoints
                    (chain_name, txid, index, key, chain, value, script, root, change, proved_at, expires_at)
                values ({chain}, {txid}, {index}, {coin.Key}, {number}, {coin.Value}, {script}, {coin.Root}, {coin.IsChange},
                    {coin.ProvedAt}, {coin.ExpiresAt})
                on conflict (chain_name, txid, index) do update set proved_at = excluded.proved_at,
                    expires_at = excluded.expires_at where proved_outpoints.key = excluded.key
                """, cancel);
            if (written == 0)
                return new Refusal(ProblemCodes.OutpointInUse, $"{coin.Coin.OutPoint} is proved for another account.");
        }
        // Whether it is there must not be left open.
        await transaction.CommitAsync(CancellationToken.None);
        return null;
    }

    private bool HasStanding(string key) => standing.TierOf(key) > Tier.Newcomer;

    /// <summary>Takes a coin back. Orders that stand on it keep it where it is: they are to be cancelled first.</summary>
    public async Task<Refusal?> TakeBackAsync(PromisedCoin coin, string key)
    {
        switch (_ledger.TryLeave(coin, key))
        {
            case null:
                return NotProved;
            case false:
                return new Refusal(ProblemCodes.OutpointInUse,
                    $"Orders, or swaps that they matched, stand on {coin.OutPoint}: cancel them first, or wait until they end.");
            default:
                break;
        }
        await LeaveAsync(coin, key);
        return null;
    }

    // One that is on its way out of the ledger.
    private async Task LeaveAsync(PromisedCoin coin, string key)
    {
        var isGone = false;
        try
        {
            // What has begun is finished: whether it is proved still must not be left open.
            await RemoveAsync(coin, key, CancellationToken.None);
            isGone = true;
        }
        finally
        {
            if (isGone) _ledger.Forget(coin);
            else _ledger.Stay(coin);
        }
    }

    private async Task GiveWayAsync(DateTimeOffset now)
    {
        var left = new Queue<ProvedCoin>(_ledger.GiveWay(now, HasStanding));
        try
        {
            while (left.TryDequeue(out var coin)) await LeaveAsync(coin.Coin, coin.Key);
        }
        finally
        {
            foreach (var coin in left) _ledger.Stay(coin.Coin);
        }
    }

    /// <summary>What is said of a coin that the account has not proved.</summary>
    public static Refusal NotProved { get; } = new(ProblemCodes.NotFound, "The account has not proved such an outpoint.");

    private async Task RemoveAsync(PromisedCoin coin, string key, CancellationToken cancel)
    {
        var (chain, txid, index) = NameOf(coin);
        await using var db = await database.CreateDbContextAsync(cancel);
        await db.Set<ProvedOutpointRow>()
            .Where(o => o.ChainName == chain && o.TxId == txid && o.Index == index && o.Key == key).ExecuteDeleteAsync(cancel);
    }

    private async Task SweepAsync(MarketDb db, DateTimeOffset now, CancellationToken cancel)
    {
        await db.Set<ProvedOutpointRow>().Where(o => o.ExpiresAt <= now && !db.Set<OutpointRow>().Any(
            c => c.Locked && c.Hold > 0 && c.ChainName == o.ChainName && c.TxId == o.TxId && c.Index == o.Index))
            .ExecuteDeleteAsync(cancel);
        _ledger.Sweep(now);
    }

    private static (string Chain, byte[] TxId, long Index) NameOf(PromisedCoin coin) =>
        (coin.Chain, coin.OutPoint.TxId.Value.ToArray(), coin.OutPoint.Index);
}
