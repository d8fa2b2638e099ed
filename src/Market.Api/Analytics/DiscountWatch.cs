using Market.Api.Chains;
using Market.Api.Data;
using Market.Api.Realtime;
using Market.Chains;

namespace Market.Api.Analytics;

/// <summary>Keeps the discount of the last price up to date: computed again after a trade or a new tip, at most once a
/// second, and every ten seconds without either, since a hashrate falls while nothing is found.</summary>
public sealed class DiscountWatch(
    DiscountModel model, TipWatch tips, MarketFeed feed, Workers workers, TimeProvider clock, ILogger<DiscountWatch> log)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly WakeUp _wake = new(clock);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        tips.Moved += _ => _wake.Call();
        feed.Counted += _wake.Call;
        await workers.Supervise(log, "The discount", clock).RepeatAsync(ComputeAsync, WaitAsync, stoppingToken);
    }

    private async Task ComputeAsync(CancellationToken stop)
    {
        var discount = await model.OfAsync(feed.LastPrice, DiscountModel.DefaultRate, DiscountModel.DefaultYears, stop);
        if (discount.IsOk) feed.SetDiscount(discount.Value);
    }

    private async Task WaitAsync(CancellationToken stop)
    {
        await _wake.PauseAsync(Longest, stop);
        await Task.Delay(Pause, clock, stop);
    }
}
