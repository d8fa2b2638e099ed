using Market.Api.Chains;
using Market.Api.Realtime;
using Market.Chains;

namespace Market.Api.Analytics;

/// <summary>Keeps the discount of the last price up to date: computed again after a trade or a new tip, at most once a
/// second, and every ten seconds without either, since a hashrate falls while nothing is found.</summary>
public sealed partial class DiscountWatch(
    DiscountModel model, TipWatch tips, MarketFeed feed, ILogger<DiscountWatch> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _wake = new(0, 1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        tips.Moved += _ => Wake();
        feed.Counted += Wake;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var discount = await model.OfAsync(
                    feed.LastPrice, DiscountModel.DefaultRate, DiscountModel.DefaultYears,
                    stoppingToken);
                if (discount.IsOk) feed.SetDiscount(discount.Value);
            }
            catch (ChainUnavailableException)
            {
                // The tip watch tells; the last discount stands until the chain is back.
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Failed(log, e);
            }
            await _wake.WaitAsync(Longest, stoppingToken);
            await Task.Delay(Pause, stoppingToken);
        }
    }

    private void Wake()
    {
        lock (_wake)
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
    }

    [LoggerMessage(LogLevel.Error, "The discount could not be computed")]
    private static partial void Failed(ILogger log, Exception e);
}
