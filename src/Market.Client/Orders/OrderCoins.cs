using Market.Client.Api;
using Market.Client.Wallets;
using Market.Contracts;

namespace Market.Client.Orders;

/// <summary>
/// Frees the coins of orders that are closed. An order's coins are promised to it until the market says that it is closed and no
/// swap of it needs them any more. What is not known frees nothing.
/// </summary>
/// <param name="api">The market, with the wallet's account.</param>
/// <param name="file">What the wallet promises.</param>
/// <param name="drives">True for a swap, by its id, that the own agent drives still.</param>
public sealed class OrderCoins(MarketApi api, WalletFile file, Func<string, bool> drives)
{
    private const string PurposePrefix = "order:";
    private const int FillsAPage = 100;

    // A hundred fills a page: no order opens as many swaps.
    private const int MostPages = 50;

    /// <summary>What leads the client order ids of orders that draw on any of the account's proved coins, before their prefix. It
    /// stands in the id, so that whoever drives the order's swaps knows from it, after a restore too, which coins lock
    /// them.</summary>
    public const char PooledMark = 'p';

    /// <summary>Whether a client order id has a prefix, with the mark of those that draw on proved coins before it or without.
    /// </summary>
    public static bool HasPrefix(string clientOrderId, string prefix)
    {
        ArgumentNullException.ThrowIfNull(clientOrderId);
        ArgumentNullException.ThrowIfNull(prefix);
        return clientOrderId.StartsWith(prefix, StringComparison.Ordinal)
            || (clientOrderId.StartsWith(PooledMark) && clientOrderId.AsSpan(1).StartsWith(prefix, StringComparison.Ordinal));
    }

    /// <summary>What the coins behind an order are promised to: to it alone or, where it draws on proved ones, to all orders that
    /// do.</summary>
    /// <param name="clientOrderId">The order's own id.</param>
    /// <param name="drawsOnProved">Whether it draws on proved ones; null where the id's mark says so. Ids of other programs have no
    /// marks.</param>
    public static string PurposeOf(string clientOrderId, bool? drawsOnProved = null)
    {
        ArgumentNullException.ThrowIfNull(clientOrderId);
        return drawsOnProved ?? clientOrderId.StartsWith(PooledMark) ? ProvedCoins.Purpose : PurposePrefix + clientOrderId;
    }

    /// <summary>The client order ids of orders that coins are promised to.</summary>
    public IReadOnlyList<string> Promised() =>
    [
        .. file.Purposes().Where(purpose => purpose.StartsWith(PurposePrefix, StringComparison.Ordinal))
            .Select(purpose => purpose[PurposePrefix.Length..]),
    ];

    /// <summary>Frees an order's coins: it never was, or is over.</summary>
    public void Release(string clientOrderId)
    {
        // Proved coins stay proved, whatever becomes of an order.
        if (PurposeOf(clientOrderId) is var purpose && purpose != ProvedCoins.Purpose)
        {
            file.Release(purpose);
        }
    }

    /// <summary>Frees the coins of an order as the market has just shown it, if nothing needs them any more.</summary>
    /// <returns>True where they are free.</returns>
    public async Task<bool> TryReleaseAsync(Order order, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (order.Status == OrderStatus.Open
            || (order.Filled.Units > 0 && await NeedsCoinsAsync(order, cancellation).ConfigureAwait(false)))
        {
            return false;
        }

        Release(order.ClientOrderId);
        return true;
    }

    /// <summary>True while a swap of the order moves, or not all of its swaps are known.</summary>
    private async Task<bool> NeedsCoinsAsync(Order order, CancellationToken cancellation)
    {
        long seen = 0;
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var fills = await api.GetFillsAsync(FillsAPage, cursor, cancellation).ConfigureAwait(false);
            foreach (var fill in fills.Items.Where(fill => IsOf(order, fill)))
            {
                seen += fill.Quantity.Units;
                if (await MovesAsync(fill.SwapId, cancellation).ConfigureAwait(false))
                {
                    return true;
                }
            }

            // Newest first: no fill of the order is older than the order.
            cursor = fills.NextCursor;
            if (cursor is null || (fills.Items.Count > 0 && fills.Items[^1].Time < order.CreatedAt))
            {
                return seen < order.Filled.Units;
            }
        }

        return true;
    }

    // An order's number is good in its instrument.
    private static bool IsOf(Order order, Fill fill) => fill.OrderId == order.Id && fill.Instrument == order.Instrument;

    /// <summary>The market keeps an order's coins locked until its swaps are over: a failed one may put it back.</summary>
    private async Task<bool> MovesAsync(string swapId, CancellationToken cancellation) =>
        drives(swapId) || (await api.GetSwapAsync(swapId, cancellation).ConfigureAwait(false)).Summary.Outcome
            == SwapOutcome.Moving;
}
