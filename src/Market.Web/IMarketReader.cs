using Market.Contracts;

namespace Market.Web;

/// <summary>
/// Everything the pages show, as the server that mounts them knows it. All calls are reads of public state. A call that
/// cannot be answered throws; the page then says so (503) instead of showing half a market.
/// </summary>
public interface IMarketReader
{
    /// <summary>All instruments, at least one; pages that name none are about the first.</summary>
    Task<IReadOnlyList<Instrument>> InstrumentsAsync(CancellationToken cancel);

    /// <summary>The book with at most <paramref name="depth"/> levels a side.</summary>
    Task<BookSnapshot> BookAsync(string instrument, int depth, CancellationToken cancel);

    /// <summary>The newest trades, newest first.</summary>
    Task<IReadOnlyList<Trade>> TradesAsync(string instrument, int limit, CancellationToken cancel);

    /// <summary>The newest candles, oldest first.</summary>
    Task<IReadOnlyList<Candle>> CandlesAsync(string instrument, CandleInterval interval, int limit, CancellationToken cancel);

    /// <summary>The instrument at a glance.</summary>
    Task<Ticker> TickerAsync(string instrument, CancellationToken cancel);

    /// <summary>The discount of the last price; null while it cannot be computed (no mature share yet).</summary>
    Task<Discount?> DiscountAsync(string instrument, CancellationToken cancel);

    /// <summary>What was said of a share's worth over time, newest first.</summary>
    /// <param name="instrument">Of which instrument.</param>
    /// <param name="every">The first reading of each such interval, from a minute on.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cursor">From an earlier page; null for the first. One that makes no sense gives an empty page.</param>
    /// <param name="cancel">Stops the read.</param>
    Task<Page<WorthReading>> ReadingsAsync(
        string instrument, CandleInterval every, int limit, string? cursor, CancellationToken cancel);

    /// <summary>The same of two instruments, one over the other.</summary>
    /// <param name="instrument">The one.</param>
    /// <param name="with">The other.</param>
    /// <param name="every">The first reading of each such interval, from a minute on.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cursor">From an earlier page; null for the first. One that makes no sense gives an empty page.</param>
    /// <param name="cancel">Stops the read.</param>
    Task<Page<ComparedReading>> ComparedAsync(
        string instrument, string with, CandleInterval every, int limit, string? cursor, CancellationToken cancel);

    /// <summary>All instruments in the light of one, by what was said last.</summary>
    Task<InstrumentComparison> ComparisonAsync(string instrument, CancellationToken cancel);

    /// <summary>Swaps, newest first.</summary>
    /// <param name="instrument">Of which instrument.</param>
    /// <param name="outcome">Only those that stand like this; all when null.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cursor">From an earlier page; null for the first. One that makes no sense gives an empty page.
    /// </param>
    /// <param name="cancel">Stops the read.</param>
    Task<Page<SwapSummary>> SwapsAsync(
        string instrument, SwapOutcome? outcome, int limit, string? cursor, CancellationToken cancel);

    /// <summary>One swap; null when there is none with this id.</summary>
    Task<SwapDetail?> SwapAsync(string id, CancellationToken cancel);

    /// <summary>How many swaps settled and failed, by side.</summary>
    Task<SwapCounts> SwapCountsAsync(string instrument, CancellationToken cancel);

    /// <summary>Blocks of the active chain, newest first.</summary>
    Task<Page<BlockSummary>> BlocksAsync(
        string instrument, ChainName chain, int limit, string? cursor, CancellationToken cancel);

    /// <summary>A block by height (decimal) or id (hex); null when the chain has none.</summary>
    Task<BlockDetail?> BlockAsync(string instrument, ChainName chain, string heightOrId, CancellationToken cancel);

    /// <summary>A transaction of the chain or its mempool; null when there is none.</summary>
    /// <param name="instrument">The instrument whose chain it is.</param>
    /// <param name="chain">The chain.</param>
    /// <param name="id">Its id.</param>
    /// <param name="isWhole">Whether fee, spenders and swap are looked up, too.</param>
    /// <param name="cancel">Stops the read.</param>
    Task<TransactionDetail?> TransactionAsync(
        string instrument, ChainName chain, string id, bool isWhole, CancellationToken cancel);

    /// <summary>What an address has and was paid; null where it is no address of the chain.</summary>
    Task<AddressDetail?> AddressAsync(string instrument, ChainName chain, string address, CancellationToken cancel);

    /// <summary>Who takes part in the next payout of the instrument's sharechain, the largest first.</summary>
    Task<ShareHolderPage> HoldersAsync(string instrument, int limit, string? cursor, CancellationToken cancel);

    /// <summary>Bitcoin blocks that the instrument's sharechain found and their fate, the newest first.</summary>
    Task<FoundBlocks> FoundAsync(string instrument, int limit, CancellationToken cancel);

    /// <summary>Blocks, transactions, addresses and swaps by what is typed.</summary>
    Task<IReadOnlyList<SearchHit>> SearchAsync(string text, CancellationToken cancel);

    /// <summary>Where miners connect to this server, and how they are doing together.</summary>
    Task<MiningServer> MiningAsync(string instrument, CancellationToken cancel);

    /// <summary>An address' workers and what it has; null where it is no address of the instrument's sharechain.</summary>
    Task<Miner?> MinerAsync(string instrument, string address, CancellationToken cancel);

    /// <summary>How the market is doing, with the tips of each instrument.</summary>
    Task<ServerStatus> StatusAsync(CancellationToken cancel);

    /// <summary>What trading costs.</summary>
    Task<Fees> FeesAsync(string instrument, CancellationToken cancel);

    /// <summary>What may be shown to somebody who knows an account's public key: its orders that are not done and its newest swaps.
    /// An account that never traded has neither.</summary>
    /// <param name="instrument">In which instrument.</param>
    /// <param name="key">Hex of the x-only key, 64 lower case digits; the page has checked it.</param>
    /// <param name="cancel">Stops the read.</param>
    Task<WatchedAccount> AccountAsync(string instrument, string key, CancellationToken cancel);

    /// <summary>What a key may do, why, and what it costs; null where it is no key.</summary>
    /// <param name="key">Hex of the x-only key.</param>
    /// <param name="cancel">Stops the read.</param>
    Task<ShownStanding?> StandingAsync(string key, CancellationToken cancel);

    /// <summary>The markets that authorities announced on the instrument's sharechain.</summary>
    Task<ShownDirectory> DirectoryAsync(string instrument, CancellationToken cancel);

    /// <summary>What a p2poolv2 node tells of its pool; null where the market reads none.</summary>
    Task<PoolSource?> P2PoolSourceAsync(CancellationToken cancel);

    /// <summary>The OpenAPI document (JSON, UTF-8) that the server publishes.</summary>
    Task<byte[]> OpenApiAsync(CancellationToken cancel);
}

/// <summary>The public side of one account.</summary>
public sealed record WatchedAccount
{
    /// <summary>Hex of the x-only key.</summary>
    public required string Key { get; init; }

    /// <summary>Its tier, what that gives, what the next one needs and what an order costs now, in sentences.</summary>
    public required string Standing { get; init; }

    /// <summary>Open and settling orders, newest first; at most 200.</summary>
    public required IReadOnlyList<WatchedOrder> Orders { get; init; }

    /// <summary>Newest swaps with the account's role, newest first; at most 50.</summary>
    public required IReadOnlyList<WatchedSwap> Swaps { get; init; }
}

/// <summary>An open or settling order without what only its owner should see (client id, outpoints).</summary>
public sealed record WatchedOrder
{
    /// <summary>The market's id.</summary>
    public required string Id { get; init; }

    /// <summary>Buy or sell.</summary>
    public required Side Side { get; init; }

    /// <summary>Satoshis per whole share.</summary>
    public required Price Price { get; init; }

    /// <summary>As placed.</summary>
    public required Quantity Quantity { get; init; }

    /// <summary>Still in the book.</summary>
    public required Quantity Remaining { get; init; }

    /// <summary>In the book, or settling: filled, with swaps that run.</summary>
    public required OrderStatus Status { get; init; }

    /// <summary>When it was placed.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A swap with the watched account's role in it.</summary>
public sealed record WatchedSwap
{
    /// <summary>What the account gives.</summary>
    public required SwapRole Role { get; init; }

    /// <summary>The swap.</summary>
    public required SwapSummary Swap { get; init; }
}
