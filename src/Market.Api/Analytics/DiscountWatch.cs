using Market.Api.Chains;
using Market.Api.Data;
using Market.Api.Realtime;

namespace Market.Api.Analytics;

/// <summary>Keeps the discount of the last price up to date: computed again after a trade or a new tip, at most once a
/// second, and every ten seconds without either, since a hashrate falls while nothing is found.</summary>
public sealed class DiscountWatch(
    DiscountModel model, TipWatch tips, MarketFeed feed, TimeProvider clock, ILogger<DiscountWatch> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _wake = new(0, 1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        tips.Moved += _ => Wake();
        feed.Counted += Wake;
        var supervised = log.Supervise("The discount", clock);
        await supervised.RunAsync(async stop =>
        {
            while (!stop.IsCancellationRequested)
            {
                var discount = await model.OfAsync(
                    feed.LastPrice, DiscountModel.DefaultRate, DiscountModel.DefaultYears, stop);
                if (discount.IsOk) feed.SetDiscount(discount.Value);
                supervised.IsWell();
                await WaitAsync(stop);
            }
        }, stoppingToken);
    }

    private async Task WaitAsync(CancellationToken stop)
    {
        using var longest = new CancellationTokenSource(Longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(longest.Token, stop);
        await _wake.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(Pause, clock, stop);
    }

    private void Wake()
    {
        lock (_wake)
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
    }
}
