using System.Globalization;
using Market.Bitcoin;
using Market.Chains;
using Market.Client.Api;
using Market.Client.Wallets;
using Market.Contracts;

namespace Market.Client.Orders;

/// <summary>
/// Proves coins of a wallet to a market once, so that orders draw on them without a signature each. In the wallet they are
/// promised to that: nothing else spends them, and the swaps of such orders are locked with them. What a swap leaves stays among
/// them.
/// </summary>
/// <param name="api">The market, with the wallet's account.</param>
/// <param name="wallet">The coins.</param>
/// <param name="clock">Tells the time.</param>
public sealed class ProvedCoins(MarketApi api, Wallet wallet, TimeProvider clock)
{
    /// <summary>What proved coins are promised to.</summary>
    public const string Purpose = "proved";

    private const int PageSize = 100;
    private static readonly ChainKind[] Chains = [ChainKind.Mainchain, ChainKind.Sharechain];
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    // The market looks up each coin that it lists, so it is not asked with every step.
    private static readonly TimeSpan RenewEvery = TimeSpan.FromHours(1);

    private readonly CoinProver _prover = new(api, wallet, clock);
    private IReadOnlyList<TradingRules>? _rules;

    /// <summary>The name of a chain of the wallet in requests.</summary>
    public string NameOf(ChainKind chain) => _prover.NameOf(chain);

    /// <summary>Coins of the wallet that can be proved: confirmed, spendable and promised to nothing; the largest first. Dust is
    /// left out: an order has so many coins at most, and as many of these would not make the smallest. Whoever sends it to an
    /// address of the wallet would else fill the places that the market keeps for the account.</summary>
    public async Task<IReadOnlyList<WalletCoin>> FreeAsync(ChainKind chain, CancellationToken cancellation = default)
    {
        var coins = await wallet.GetCoinsAsync(chain, cancellation).ConfigureAwait(false);
        var least = await LeastAsync(chain, cancellation).ConfigureAwait(false);
        return
        [
            .. coins.Where(coin => coin is { IsSpendable: true, ReservedFor: null, Coin.Confirmations: > 0 }
                    && coin.Value.Sats >= least)
                .OrderByDescending(coin => coin.Value).ThenBy(coin => coin.OutPoint),
        ];
    }

    /// <summary>The least that a coin is worth proving for: base units of a share, or satoshis.</summary>
    private async Task<long> LeastAsync(ChainKind chain, CancellationToken cancellation)
    {
        _rules ??=
        [
            .. (await api.GetInstrumentsAsync(cancellation).ConfigureAwait(false))
                .Where(one => one.Sharechain == wallet.On(ChainKind.Sharechain).Name).Select(one => one.Rules),
        ];
        return _rules.Select(rules => (chain == ChainKind.Sharechain ? rules.MinQuantity.Units : rules.MinNotional.Value)
            / Math.Max(rules.MaxOutpoints, 1)).DefaultIfEmpty(0).Min();
    }

    /// <summary>Proves coins, and promises them to it in the wallet. What the market refuses for certain, or was never asked, is
    /// free again.</summary>
    /// <param name="chain">Their chain.</param>
    /// <param name="coins">The coins.</param>
    /// <param name="life">How long orders may stand on them: at most <see cref="ProveOutpoints.MostDays"/> days.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="MarketApiException">The market refused some; those before them are proved.</exception>
    /// <exception cref="InsufficientFundsException">One of them was promised elsewhere meanwhile.</exception>
    public async Task<IReadOnlyList<ProvedOutpoint>> ProveAsync(
        ChainKind chain, IReadOnlyList<WalletCoin> coins, TimeSpan life, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(coins);
        var proved = new List<ProvedOutpoint>(coins.Count);
        foreach (var some in coins.Chunk(ProveOutpoints.Most))
        {
            var names = some.Select(coin => coin.OutPoint).ToList();
            if (!wallet.File.TryReserve(chain, names, Purpose))
            {
                throw new InsufficientFundsException(chain, "Coins were promised elsewhere meanwhile. Try again.");
            }

            try
            {
                proved.AddRange(await _prover.ProveAsync(chain, some, life, cancellation).ConfigureAwait(false));
            }
            catch (Exception e) when (IsUndone(e))
            {
                wallet.File.Release(chain, names, Purpose);
                throw;
            }
        }

        return proved;
    }

    // What was sent and not answered may be proved: that stays promised until it is asked for.
    private static bool IsUndone(Exception e) =>
        e is MarketApiException { IsCertain: true } or (MarketUnavailableException and not AnswerLostException);

    /// <summary>Proves what is free of the wallet on both chains and is not proved yet, as much as the market keeps: the largest,
    /// for which the smallest that no order stands on are taken back. One that is refused leaves the others.</summary>
    /// <param name="life">How long orders may stand on them.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>How many coins were proved.</returns>
    public async Task<int> ProveFreeAsync(TimeSpan life, CancellationToken cancellation = default)
    {
        var count = 0;
        foreach (var chain in Chains)
        {
            var free = await FreeAsync(chain, cancellation).ConfigureAwait(false);
            List<WalletCoin> some = [.. free.Take(ProveOutpoints.Most)];
            try
            {
                count += (await ProveAsync(chain, some, life, cancellation).ConfigureAwait(false)).Count;
            }
            catch (MarketApiException e) when (IsOfOne(e) || e.Code == ProblemCodes.TooManyOutpoints)
            {
                count += await ProveEachAsync(chain, some, life, cancellation).ConfigureAwait(false);
            }
        }

        return count;
    }

    // The market takes all of a request or none.
    private async Task<int> ProveEachAsync(
        ChainKind chain, IReadOnlyList<WalletCoin> coins, TimeSpan life, CancellationToken cancellation)
    {
        var count = 0;
        foreach (var coin in coins)
        {
            for (var mayMakeRoom = true; ; mayMakeRoom = false)
            {
                try
                {
                    count += (await ProveAsync(chain, [coin], life, cancellation).ConfigureAwait(false)).Count;
                    break;
                }
                catch (MarketApiException e) when (IsOfOne(e))
                {
                    break;
                }
                catch (MarketApiException e) when (e.Code == ProblemCodes.TooManyOutpoints)
                {
                    // Those that follow are smaller still. What there is no room for stays free until others are spent.
                    if (!mayMakeRoom || !await MakeRoomAsync(chain, coin.Value.Sats, cancellation).ConfigureAwait(false))
                    {
                        return count;
                    }
                }
            }
        }

        return count;
    }

    /// <summary>Takes back the smallest proved coin of a chain that no order stands on, if it is smaller.</summary>
    private async Task<bool> MakeRoomAsync(ChainKind chain, long than, CancellationToken cancellation)
    {
        var smallest = (await ListAsync(cancellation).ConfigureAwait(false))
            .Where(coin => coin is { State: OutpointState.Free, Orders.Count: 0 } && coin.Chain == NameOf(chain))
            .Select(coin => (Coin: coin, Value: long.Parse(coin.Value, CultureInfo.InvariantCulture)))
            .OrderBy(one => one.Value).FirstOrDefault();
        if (smallest.Coin is null || smallest.Value >= than)
        {
            return false;
        }

        await TakeBackAsync(smallest.Coin, cancellation).ConfigureAwait(false);
        return true;
    }

    /// <summary>True where one coin is to blame, and the others of the same request may be proved.</summary>
    private static bool IsOfOne(MarketApiException e) => e.IsCertain && e.Code
        is ProblemCodes.OutpointUnavailable or ProblemCodes.OutpointInUse or ProblemCodes.OutpointNotOwned;

    /// <summary>Proves anew what the wallet has promised to it and what is proved for no more than half as long yet, or not at
    /// all. What the market refuses stays promised: orders may stand on it.</summary>
    /// <param name="life">How long orders may stand on them from now on.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>How many coins were proved anew.</returns>
    /// <exception cref="MarketApiException">The market refused some; the others are proved.</exception>
    public async Task<int> RenewAsync(TimeSpan life, CancellationToken cancellation = default)
    {
        var least = clock.GetUtcNow() + life / 2;
        var lasting = (await ListAsync(cancellation).ConfigureAwait(false)).Where(coin => coin.ExpiresAt > least)
            .Select(coin => (coin.Chain, coin.Outpoint)).ToHashSet();
        var count = 0;
        MarketApiException? refused = null;
        foreach (var chain in Chains)
        {
            var ending = (await PromisedAsync(chain, cancellation).ConfigureAwait(false))
                .Where(coin => !lasting.Contains((NameOf(chain), coin.OutPoint.ToString()))).ToList();
            foreach (var some in ending.Chunk(ProveOutpoints.Most))
            {
                try
                {
                    count += (await _prover.ProveAsync(chain, some, life, cancellation).ConfigureAwait(false)).Count;
                }
                catch (MarketApiException e) when (IsOfOne(e))
                {
                    refused = e;
                    count += await RenewEachAsync(chain, some, life, cancellation).ConfigureAwait(false);
                }
            }
        }

        return refused is null ? count : throw refused;
    }

    private async Task<int> RenewEachAsync(
        ChainKind chain, IEnumerable<WalletCoin> coins, TimeSpan life, CancellationToken cancellation)
    {
        var count = 0;
        foreach (var coin in coins)
        {
            try
            {
                count += (await _prover.ProveAsync(chain, [coin], life, cancellation).ConfigureAwait(false)).Count;
            }
            catch (MarketApiException e) when (IsOfOne(e))
            {
                // It is told once the others are done.
            }
        }

        return count;
    }

    /// <summary>Coins in blocks that the wallet has promised to it, whatever the market knows of them.</summary>
    private async Task<IEnumerable<WalletCoin>> PromisedAsync(ChainKind chain, CancellationToken cancellation) =>
        (await wallet.GetCoinsAsync(chain, cancellation).ConfigureAwait(false)).Where(coin =>
            coin is { IsSpendable: true, ReservedFor: Purpose, Coin.Confirmations: > 0 });

    /// <summary>Coins that the wallet has promised to it and of which the market shows nothing: a request or an answer was lost, or
    /// a proof ended and was forgotten.</summary>
    /// <param name="shown">What the market shows.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Each by its chain and outpoint, as in requests.</returns>
    public async Task<IReadOnlyList<(string Chain, string Outpoint)>> UnknownAsync(
        IEnumerable<ProvedOutpoint> shown, CancellationToken cancellation = default)
    {
        var known = shown.Select(coin => (coin.Chain, coin.Outpoint)).ToHashSet();
        var unknown = new List<(string Chain, string Outpoint)>();
        foreach (var chain in Chains)
        {
            unknown.AddRange((await PromisedAsync(chain, cancellation).ConfigureAwait(false))
                .Select(coin => (NameOf(chain), coin.OutPoint.ToString())).Where(coin => !known.Contains(coin)));
        }

        return unknown;
    }

    /// <summary>Proves what is free again and again, until it is cancelled: what a swap brought is proved once it is confirmed, and
    /// what is proved is proved anew before that ends. A market or a chain that is away is waited for.</summary>
    /// <param name="life">How long orders may stand on them.</param>
    /// <param name="onProved">Is told how many were proved.</param>
    /// <param name="onAway">Is told, in a sentence, of what is away.</param>
    /// <param name="cancellation">Ends it.</param>
    public Task KeepAsync(TimeSpan life, Action<int> onProved, Action<string> onAway, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(onProved);
        ArgumentNullException.ThrowIfNull(onAway);
        var renewFrom = clock.GetUtcNow();
        return new Supervised("Proving coins", clock, e => Away.IsAny(e) || e is InsufficientFundsException,
            failure => onAway(failure.Error.Message)).RepeatAsync(
                async stop =>
                {
                    // First, and once in its time only: what fails of the one keeps the other from nothing. What is refused is
                    // tried again with the next, long before a proof ends.
                    if (clock.GetUtcNow() >= renewFrom)
                    {
                        renewFrom = clock.GetUtcNow() + RenewEvery;
                        if (await RenewAsync(life, stop).ConfigureAwait(false) is var renewed and > 0)
                        {
                            onProved(renewed);
                        }
                    }

                    if (await ProveFreeAsync(life, stop).ConfigureAwait(false) is var count and > 0)
                    {
                        onProved(count);
                    }
                },
                Pause, cancellation);
    }

    /// <summary>All that the account has proved on the wallet's chains, newest first.</summary>
    public async Task<IReadOnlyList<ProvedOutpoint>> ListAsync(CancellationToken cancellation = default)
    {
        var all = new List<ProvedOutpoint>();
        string? cursor = null;
        do
        {
            var page = await api.GetOutpointsAsync(null, PageSize, cursor, cancellation).ConfigureAwait(false);
            all.AddRange(page.Items.Where(coin => coin.Chain == NameOf(ChainKind.Mainchain)
                || coin.Chain == NameOf(ChainKind.Sharechain)));
            cursor = page.NextCursor;
        }
        while (cursor is not null && all.Count < ProveOutpoints.MostOfAccount);
        return all;
    }

    /// <summary>Takes a proved coin back; in the wallet it is free then. One that the market does not know as proved is free as
    /// well: the answer to an earlier try may have been lost.</summary>
    /// <exception cref="MarketApiException">Orders stand on it.</exception>
    public Task TakeBackAsync(ProvedOutpoint coin, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(coin);
        return TakeBackAsync(coin.Chain, coin.Outpoint, cancellation);
    }

    /// <summary>Takes a coin back that may be proved; in the wallet it is free then.</summary>
    /// <param name="chain">Its chain, as in requests.</param>
    /// <param name="outpoint">"txid:index".</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="MarketApiException">Orders stand on it.</exception>
    public async Task TakeBackAsync(string chain, string outpoint, CancellationToken cancellation = default)
    {
        try
        {
            await api.TakeBackOutpointAsync(outpoint, chain, cancellation).ConfigureAwait(false);
        }
        catch (MarketApiException e) when (e.Code == ProblemCodes.NotFound)
        {
            // It is as it was to be.
        }

        if (OutPoint.TryParse(outpoint, out var outPoint))
        {
            wallet.File.Release(
                chain == CoinProver.MainchainName ? ChainKind.Mainchain : ChainKind.Sharechain, [outPoint], Purpose);
        }
    }
}
