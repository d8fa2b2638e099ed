using Market.Api.Features.Accounts;
using Market.Api.Features.Analytics;
using Market.Api.Features.Chains;
using Market.Api.Features.Instruments;
using Market.Api.Features.MarketData;
using Market.Api.Features.Service;
using Market.Api.Features.Swaps;
using Market.Api.Hosting.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using Market.Web;
using MediatR;

namespace Market.Api.Hosting.Pages;

/// <summary>What the pages show: asked for as the interface is asked, through the same pipeline.</summary>
public sealed class MarketReader(IMediator mediator, OpenApiFile openApi) : IMarketReader
{
    /// <inheritdoc/>
    public async Task<Instrument> InstrumentAsync(CancellationToken cancel) =>
        (await AskAsync(new GetInstruments(), cancel))[0];

    /// <inheritdoc/>
    public async Task<BookSnapshot> BookAsync(int depth, CancellationToken cancel) =>
        await AskAsync(new GetBook(await IdAsync(cancel), depth), cancel);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Trade>> TradesAsync(int limit, CancellationToken cancel) =>
        (await AskAsync(new GetTrades(await IdAsync(cancel), limit, null), cancel)).Items;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Candle>> CandlesAsync(CandleInterval interval, int limit, CancellationToken cancel) =>
        await AskAsync(new GetCandles(await IdAsync(cancel), WireEnum.Name(interval), null, null, limit), cancel);

    /// <inheritdoc/>
    public async Task<Ticker> TickerAsync(CancellationToken cancel) =>
        await AskAsync(new GetTicker(await IdAsync(cancel)), cancel);

    /// <inheritdoc/>
    public async Task<Discount?> DiscountAsync(CancellationToken cancel) =>
        (await AskAsync(new GetLastDiscount(await IdAsync(cancel)), cancel)).Value;

    /// <inheritdoc/>
    public async Task<Page<SwapSummary>> SwapsAsync(
        SwapOutcome? outcome, int limit, string? cursor, CancellationToken cancel) =>
        await FindAsync(new GetSwaps(outcome is { } o ? WireEnum.Name(o) : null, null, limit, cursor), cancel)
            ?? new Page<SwapSummary> { Items = [] };

    /// <inheritdoc/>
    public async Task<SwapCounts> SwapCountsAsync(CancellationToken cancel) =>
        await AskAsync(new GetSwapCounts(await IdAsync(cancel)), cancel);

    /// <inheritdoc/>
    public Task<SwapDetail?> SwapAsync(string id, CancellationToken cancel) => FindAsync(new GetSwap(id, null), cancel);

    /// <inheritdoc/>
    public async Task<Page<BlockSummary>> BlocksAsync(ChainName chain, int limit, string? cursor, CancellationToken cancel) =>
        await FindAsync(new GetBlocks(WireEnum.Name(chain), limit, cursor), cancel) ?? new Page<BlockSummary> { Items = [] };

    /// <inheritdoc/>
    public Task<BlockDetail?> BlockAsync(ChainName chain, string heightOrId, CancellationToken cancel) =>
        FindAsync(new GetBlock(WireEnum.Name(chain), heightOrId), cancel);

    /// <inheritdoc/>
    public Task<TransactionDetail?> TransactionAsync(ChainName chain, string id, CancellationToken cancel) =>
        FindAsync(new GetTransaction(WireEnum.Name(chain), id), cancel);

    /// <inheritdoc/>
    public Task<ServerStatus> StatusAsync(CancellationToken cancel) => AskAsync(new GetStatus(), cancel);

    /// <inheritdoc/>
    public Task<Fees> FeesAsync(CancellationToken cancel) => AskAsync(new GetFees(), cancel);

    /// <inheritdoc/>
    public Task<WatchedAccount> AccountAsync(string key, CancellationToken cancel) =>
        AskAsync(new WatchAccount(key), cancel);

    /// <inheritdoc/>
    public Task<byte[]> OpenApiAsync(CancellationToken cancel) => openApi.ReadAsync(cancel);

    private async Task<string> IdAsync(CancellationToken cancel) => (await InstrumentAsync(cancel)).Id;

    /// <summary>What a page cannot do without.</summary>
    private async Task<T> AskAsync<T>(IRequest<Result<T>> request, CancellationToken cancel)
    {
        var answer = await mediator.Send(request, cancel);
        return answer.Refusal is { } refusal ? throw new UnreadableException(refusal) : answer.Value;
    }

    /// <summary>What a page was asked for by its address; null where there is no such thing.</summary>
    private async Task<T?> FindAsync<T>(IRequest<Result<T>> request, CancellationToken cancel) where T : class
    {
        var answer = await mediator.Send(request, cancel);
        if (answer.Refusal is not { } refusal) return answer.Value;
        return ProblemTable.StatusOf(refusal.Code) < StatusCodes.Status500InternalServerError
            ? null
            : throw new UnreadableException(refusal);
    }
}

/// <summary>A page cannot be shown: what it shows was refused to it.</summary>
public sealed class UnreadableException(Refusal refusal) : Exception($"{refusal.Code}: {refusal.Detail}");
