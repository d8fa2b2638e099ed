using Market.Api.Data;
using Market.Api.Trading;
using Market.Contracts;
using Market.Swaps;
using Market.Trading;

namespace Market.Api.Settlement;

/// <summary>Tells matching that legs are locked and how swaps ended, from the outbox: once it is journaled, the row is done. Safe
/// to repeat.</summary>
public sealed partial class TradeEnds(SwapStore store, Sequencer sequencer, ILogger<TradeEnds> log)
{
    private const int Batch = 100;

    /// <summary>Tells what waits. What matching cannot take now stays for the next time.</summary>
    public async Task FlushAsync(CancellationToken cancel)
    {
        var waiting = await store.OutboxAsync(Batch, cancel);
        var settled = waiting.Where(w => w.End.Seller == TradeEnd.Settled).Select(w => w.Swap.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var (end, swap) in waiting)
        {
            if (end.Seller is not (TradeEnd.Settled or TradeEnd.Locked) && settled.Contains(swap.Id))
            {
                // What was read as a failure was the way to the end, seen late.
                await store.DoneAsync(end.Number, cancel);
                continue;
            }
            var (maker, taker) = swap.SellerIsMaker ? (end.Seller, end.Buyer) : (end.Buyer, end.Seller);
            var result = end.Seller == TradeEnd.Locked
                ? await sequencer.LockTradeAsync(swap.TradeId, cancel)
                : await sequencer.CloseTradeAsync(swap.TradeId, Of(maker), Of(taker), cancel);
            if (result.Refusal is { Code: not ProblemCodes.UnknownOrder } refusal)
            {
                Waiting(log, swap.Id, refusal.Code);
                return;
            }
            await store.DoneAsync(end.Number, cancel);
        }
    }

    private static TradeOutcome Of(TradeEnd end) => end switch
    {
        TradeEnd.Settled => TradeOutcome.Settled,
        TradeEnd.Forfeited => TradeOutcome.Forfeited,
        _ => TradeOutcome.Returned,
    };

    [LoggerMessage(LogLevel.Warning, "Matching cannot take what became of swap {swap} now: {code}")]
    private static partial void Waiting(ILogger log, string swap, string code);
}
