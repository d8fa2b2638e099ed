using Market.Api.Chains;
using Market.Api.Data;
using Market.Api.Features.Service;
using Market.Api.Features.Swaps;
using Market.Api.Hosting.OpenApi;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Api.Settlement;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Contracts;
using Market.Web;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Hosting.Pages;

/// <summary>What the pages show, read from the same places as the interface.</summary>
public sealed class MarketReader(
    InstrumentCatalog catalog, MarketFeed feed, SwapBoard swaps, Explorer explorer, ChainPair chains, StatusBoard status,
    FeeTable fees, SwapTally tally, IDbContextFactory<MarketDb> database, OpenApiFile openApi) : IMarketReader
{
    private const int WatchedOrders = 200;
    private const int WatchedSwaps = 50;

    /// <inheritdoc/>
    public Task<Instrument> InstrumentAsync(CancellationToken cancel) => Task.FromResult(catalog.Current);

    /// <inheritdoc/>
    public Task<BookSnapshot> BookAsync(int depth, CancellationToken cancel) => Task.FromResult(feed.Book.Snapshot(depth));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Trade>> TradesAsync(int limit, CancellationToken cancel) =>
        Task.FromResult(feed.Trades.Items(limit));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Candle>> CandlesAsync(CandleInterval interval, int limit, CancellationToken cancel) =>
        Task.FromResult(feed.Candles.Of(interval).Items(limit));

    /// <inheritdoc/>
    public Task<Ticker> TickerAsync(CancellationToken cancel) =>
        Task.FromResult(feed.Ticker.Value ?? throw new InvalidOperationException("The market is starting."));

    /// <inheritdoc/>
    public Task<Discount?> DiscountAsync(CancellationToken cancel) => Task.FromResult(feed.Discount.Value);

    /// <inheritdoc/>
    public async Task<Page<SwapSummary>> SwapsAsync(
        SwapOutcome? outcome, int limit, string? cursor, CancellationToken cancel)
    {
        if (cursor is not null && !DecimalStrings.TryParse(cursor, out _)) return new Page<SwapSummary> { Items = [] };
        var read = await new GetSwapsHandler(database, swaps).Handle(
            new GetSwaps(outcome is { } o ? WireEnum.Name(o) : null, null, limit, cursor), cancel);
        return read.Value;
    }

    /// <inheritdoc/>
    public Task<SwapCounts> SwapCountsAsync(CancellationToken cancel) =>
        Task.FromResult(tally.Show(catalog.Current.Id, swaps.Hopeful));

    /// <inheritdoc/>
    public async Task<SwapDetail?> SwapAsync(string id, CancellationToken cancel) =>
        SwapRequests.IsId(id) ? await swaps.FindAsync(id, null, cancel) : null;

    /// <inheritdoc/>
    public async Task<Page<BlockSummary>> BlocksAsync(ChainName chain, int limit, string? cursor, CancellationToken cancel)
    {
        if (cursor is not null && !DecimalStrings.TryParse(cursor, out _)) return new Page<BlockSummary> { Items = [] };
        var tip = await chains.Of(chain).GetTipAsync(cancel);
        var from = (int)Math.Min(tip.Height, Paging.Before(cursor) - 1);
        return Paging.Of(
            await explorer.BlocksAsync(chain, from, limit + 1, cancel), limit, b => DecimalStrings.Format(b.Height));
    }

    /// <inheritdoc/>
    public Task<BlockDetail?> BlockAsync(ChainName chain, string heightOrId, CancellationToken cancel) =>
        explorer.BlockAsync(chain, heightOrId, cancel);

    /// <inheritdoc/>
    public async Task<TransactionDetail?> TransactionAsync(ChainName chain, string id, CancellationToken cancel) =>
        TxId.TryParse(id, out var txId) ? await explorer.TransactionAsync(chain, txId, cancel) : null;

    /// <inheritdoc/>
    public async Task<ServerStatus> StatusAsync(CancellationToken cancel) => (await status.ReadAsync(cancel)).Value;

    /// <inheritdoc/>
    public Task<Fees> FeesAsync(CancellationToken cancel) => fees.ReadAsync(cancel);

    /// <inheritdoc/>
    public async Task<WatchedAccount> AccountAsync(string key, CancellationToken cancel)
    {
        await using var db = await database.CreateDbContextAsync(cancel);
        var orders = await db.Set<OrderRow>().AsNoTracking()
            .Where(o => o.Key == key && o.Live && (o.Remaining > 0 || (o.InSwap > 0 && o.InSwap + o.Settled == o.Quantity)))
            .OrderByDescending(o => o.Id).Take(WatchedOrders).ToListAsync(cancel);
        var own = await db.Set<SwapRow>().AsNoTracking().Where(s => s.SellerKey == key || s.BuyerKey == key)
            .OrderByDescending(s => s.Number).Take(WatchedSwaps).ToListAsync(cancel);
        return new WatchedAccount
        {
            Key = key,
            Orders = [.. orders.Select(o => new WatchedOrder
            {
                Id = DecimalStrings.Format(o.Id), Side = o.Side == 0 ? Side.Buy : Side.Sell, Price = new Price(o.Price),
                Quantity = new Quantity(o.Quantity), Remaining = new Quantity(o.Remaining),
                Status = OrderMapping.StatusOf(o), CreatedAt = o.CreatedAt,
            })],
            Swaps = [.. own.Select(s => new WatchedSwap
            {
                Role = SwapBoard.RoleOf(s, key)!.Value, Swap = swaps.Show(s).Summary,
            })],
        };
    }

    /// <inheritdoc/>
    public Task<byte[]> OpenApiAsync(CancellationToken cancel) => openApi.ReadAsync(cancel);
}
