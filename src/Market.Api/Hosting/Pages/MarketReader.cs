using Market.Api.Features.Accounts;
using Market.Api.Features.Analytics;
using Market.Api.Features.Chains;
using Market.Api.Features.Instruments;
using Market.Api.Features.MarketData;
using Market.Api.Features.Miners;
using Market.Api.Features.Service;
using Market.Api.Features.Sources;
using Market.Api.Features.Standing;
using Market.Api.Features.Swaps;
using Market.Api.Hosting.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Chains.Http;
using Market.Contracts;
using Market.Web;
using MediatR;

namespace Market.Api.Hosting.Pages;

/// <summary>What the pages show: asked for as the interface is asked, through the same pipeline.</summary>
public sealed class MarketReader(IMediator mediator, InstrumentSet instruments, OpenApiFile openApi) : IMarketReader
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<Instrument>> InstrumentsAsync(CancellationToken cancel) => AskAsync(new GetInstruments(), cancel);

    /// <inheritdoc/>
    public Task<BookSnapshot> BookAsync(string instrument, int depth, CancellationToken cancel) =>
        AskAsync(new GetBook(instrument, depth), cancel);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Trade>> TradesAsync(string instrument, int limit, CancellationToken cancel) =>
        (await AskAsync(new GetTrades(instrument, limit, null), cancel)).Items;

    /// <inheritdoc/>
    public Task<IReadOnlyList<Candle>> CandlesAsync(
        string instrument, CandleInterval interval, int limit, CancellationToken cancel) =>
        AskAsync(new GetCandles(instrument, WireEnum.Name(interval), null, null, limit), cancel);

    /// <inheritdoc/>
    public Task<Ticker> TickerAsync(string instrument, CancellationToken cancel) => AskAsync(new GetTicker(instrument), cancel);

    /// <inheritdoc/>
    public async Task<Discount?> DiscountAsync(string instrument, CancellationToken cancel) =>
        (await AskAsync(new GetLastDiscount(instrument), cancel)).Value;

    /// <inheritdoc/>
    public async Task<Page<WorthReading>> ReadingsAsync(
        string instrument, CandleInterval every, int limit, string? cursor, CancellationToken cancel) =>
        await FindAsync(new GetReadings(instrument, WireEnum.Name(every), null, null, limit, cursor), cancel)
            ?? new Page<WorthReading> { Items = [] };

    /// <inheritdoc/>
    public async Task<Page<ComparedReading>> ComparedAsync(
        string instrument, string with, CandleInterval every, int limit, string? cursor, CancellationToken cancel) =>
        await FindAsync(new GetComparedReadings(instrument, with, WireEnum.Name(every), null, null, limit, cursor), cancel)
            ?? new Page<ComparedReading> { Items = [] };

    /// <inheritdoc/>
    public Task<InstrumentComparison> ComparisonAsync(string instrument, CancellationToken cancel) =>
        AskAsync(new GetComparison(instrument), cancel);

    /// <inheritdoc/>
    public async Task<Page<SwapSummary>> SwapsAsync(
        string instrument, SwapOutcome? outcome, int limit, string? cursor, CancellationToken cancel) =>
        await FindAsync(new GetSwaps(instrument, outcome is { } o ? WireEnum.Name(o) : null, null, limit, cursor), cancel)
            ?? new Page<SwapSummary> { Items = [] };

    /// <inheritdoc/>
    public Task<SwapCounts> SwapCountsAsync(string instrument, CancellationToken cancel) =>
        AskAsync(new GetSwapCounts(instrument), cancel);

    /// <inheritdoc/>
    public Task<SwapDetail?> SwapAsync(string id, CancellationToken cancel) => FindAsync(new GetSwap(id, null), cancel);

    /// <inheritdoc/>
    public async Task<Page<BlockSummary>> BlocksAsync(
        string instrument, ChainName chain, int limit, string? cursor, CancellationToken cancel) =>
        await FindAsync(new GetBlocks(PathOf(instrument, chain), limit, cursor), cancel) ?? new Page<BlockSummary> { Items = [] };

    /// <inheritdoc/>
    public Task<BlockDetail?> BlockAsync(string instrument, ChainName chain, string heightOrId, CancellationToken cancel) =>
        FindAsync(new GetBlock(PathOf(instrument, chain), heightOrId), cancel);

    /// <inheritdoc/>
    public Task<TransactionDetail?> TransactionAsync(
        string instrument, ChainName chain, string id, bool isWhole, CancellationToken cancel) =>
        FindAsync(new GetTransaction(PathOf(instrument, chain), id, isWhole), cancel);

    /// <inheritdoc/>
    public Task<AddressDetail?> AddressAsync(string instrument, ChainName chain, string address, CancellationToken cancel) =>
        FindAsync(new GetAddress(PathOf(instrument, chain), address), cancel);

    /// <inheritdoc/>
    public async Task<ShareHolderPage> HoldersAsync(string instrument, int limit, string? cursor, CancellationToken cancel) =>
        await FindAsync(new GetHolders(PathOf(instrument, ChainName.Sharechain), limit, cursor), cancel)
            ?? await AskAsync(new GetHolders(PathOf(instrument, ChainName.Sharechain), limit, null), cancel);

    /// <inheritdoc/>
    public Task<FoundBlocks> FoundAsync(string instrument, int limit, CancellationToken cancel) =>
        AskAsync(new GetFound(PathOf(instrument, ChainName.Sharechain), limit), cancel);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SearchHit>> SearchAsync(string text, CancellationToken cancel) =>
        (await FindAsync(new Search(text), cancel))?.Hits ?? [];

    /// <inheritdoc/>
    public Task<MiningServer> MiningAsync(string instrument, CancellationToken cancel) =>
        AskAsync(new GetMiners(instrument), cancel);

    /// <inheritdoc/>
    public Task<Miner?> MinerAsync(string instrument, string address, CancellationToken cancel) =>
        FindAsync(new GetMiner(address, instrument), cancel);

    /// <inheritdoc/>
    public Task<ServerStatus> StatusAsync(CancellationToken cancel) => AskAsync(new GetStatus(), cancel);

    /// <inheritdoc/>
    public Task<Fees> FeesAsync(string instrument, CancellationToken cancel) => AskAsync(new GetFees(instrument), cancel);

    /// <inheritdoc/>
    public Task<WatchedAccount> AccountAsync(string instrument, string key, CancellationToken cancel) =>
        AskAsync(new WatchAccount(instrument, key), cancel);

    /// <inheritdoc/>
    public Task<ShownStanding?> StandingAsync(string key, CancellationToken cancel) => FindAsync(new ShowStanding(key), cancel);

    /// <inheritdoc/>
    public Task<ShownDirectory> DirectoryAsync(string instrument, CancellationToken cancel) =>
        AskAsync(new ShowDirectory(PathOf(instrument, ChainName.Sharechain)), cancel);

    /// <inheritdoc/>
    public Task<PoolSource?> P2PoolSourceAsync(CancellationToken cancel) => FindAsync(new GetP2PoolSource(), cancel);

    /// <inheritdoc/>
    public Task<byte[]> OpenApiAsync(CancellationToken cancel) => openApi.ReadAsync(cancel);

    private string PathOf(string instrument, ChainName chain) => chain == ChainName.Mainchain
        ? NodeHttpService.MainchainName
        : instruments.FindGone(instrument) is { } gone ? gone.Chain.Profile.Name
        : instruments.Find(instrument).Value.Market.Sharechain;

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
