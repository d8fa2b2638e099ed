using Market.Api.Data;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Contracts;
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
        var asked = new List<Asked>();
        foreach (var (end, swap) in waiting)
        {
            // Of one swap matching is told one thing after the other; of many at once, since each waits for a commit.
            if (asked.Exists(a => a.SwapId == swap.Id) && !await NoteAsync(asked, cancel)) return;
            asked.Add(new Asked(end.Number, swap.Id, TellAsync(end, swap, settled.Contains(swap.Id), cancel)));
        }
        await NoteAsync(asked, cancel);
    }

    private async Task<Refusal?> TellAsync(SwapOutboxRow end, SwapRow swap, bool isSettled, CancellationToken cancel)
    {
        // What was read as a failure was the way to the end, seen late.
        if (isSettled && end.Seller is not (TradeEnd.Settled or TradeEnd.Locked)) return null;
        var (maker, taker) = swap.SellerIsMaker ? (end.Seller, end.Buyer) : (end.Buyer, end.Seller);
        var result = end.Seller == TradeEnd.Locked
            ? await sequencer.LockTradeAsync(swap.TradeId, cancel)
            : await sequencer.CloseTradeAsync(swap.TradeId, Of(maker), Of(taker), cancel);
        return result.Refusal is { Code: not ProblemCodes.UnknownOrder } refusal ? refusal : null;
    }

    // Marks what matching has taken, and forgets it. False where something waits on; what was taken behind that is told again.
    private async Task<bool> NoteAsync(List<Asked> asked, CancellationToken cancel)
    {
        var done = new List<long>();
        var refused = false;
        foreach (var each in asked)
        {
            if (await each.Answer is { } refusal)
            {
                Waiting(log, each.SwapId, refusal.Code);
                refused = true;
                break;
            }
            done.Add(each.Number);
        }
        if (done.Count > 0) await store.DoneAsync(done, cancel);
        asked.Clear();
        return !refused;
    }

    private sealed record Asked(long Number, string SwapId, Task<Refusal?> Answer);

    private static TradeOutcome Of(TradeEnd end) => end switch
    {
        TradeEnd.Settled => TradeOutcome.Settled,
        TradeEnd.Forfeited => TradeOutcome.Forfeited,
        _ => TradeOutcome.Returned,
    };

    [LoggerMessage(LogLevel.Warning, "Matching cannot take what became of swap {swap} now: {code}")]
    private static partial void Waiting(ILogger log, string swap, string code);
}
