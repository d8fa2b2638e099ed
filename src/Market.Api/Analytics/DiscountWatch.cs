using Market.Api.Chains;
using Market.Api.Data;
using Market.Api.Realtime;
using Market.Chains;
using Market.Contracts;

namespace Market.Api.Analytics;

/// <summary>Keeps the discount of the last price up to date: computed again at once after a new tip (ten times a second at most),
/// after a trade at most once a second, and every ten seconds without either, since a hashrate falls while nothing is found. From a
/// tip until what follows from it is said, face value is in doubt (<see cref="ValueDoubt"/>).</summary>
public sealed class DiscountWatch(
    DiscountModel model, InstrumentTips tips, MarketFeed feed, Workers workers, TimeProvider clock, ILogger<DiscountWatch> log)
    : BackgroundService
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly WakeUp _wake = new(clock);
    private readonly WakeUp _tip = new(clock);

    /// <inheritdoc/>
    public override void Dispose()
    {
        tips.Moved -= CallForTip;
        feed.Counted -= _wake.Call;
        _wake.Dispose();
        _tip.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        tips.Moved += CallForTip;
        feed.Counted += _wake.Call;
        await workers.Supervise(log, "The discount", clock).RepeatAsync(ComputeAsync, WaitAsync, stoppingToken);
    }

    private void CallForTip(ChainName chain)
    {
        feed.Doubt.Begin();
        _tip.Call();
        _wake.Call();
    }

    private async Task ComputeAsync(CancellationToken stop)
    {
        var mark = feed.Doubt.Mark();
        var discount = await model.OfAsync(feed.LastPrice, DiscountModel.DefaultRate, DiscountModel.DefaultYears, stop);
        if (discount.IsOk) feed.SetDiscount(discount.Value);
        feed.Doubt.End(mark);
    }

    private async Task WaitAsync(CancellationToken stop)
    {
        // However fast blocks come, one value is said of several.
        await Task.Delay(Least, clock, stop);
        await _wake.PauseAsync(Longest, stop);
        await _tip.PauseAsync(Pause, stop);
    }
}
