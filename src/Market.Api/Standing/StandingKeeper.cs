using Market.Api.Data;

namespace Market.Api.Standing;

/// <summary>Writes each second what calls used up, and tidies every few minutes; once more when the host stops.</summary>
public sealed class StandingKeeper(StandingBook book, TimeProvider clock, ILogger<StandingKeeper> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(3);
    private const int TidyEvery = 300;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var supervised = log.Supervise("The book of standing", clock);
        await supervised.RunAsync(async stop =>
        {
            for (var round = 0; !stop.IsCancellationRequested; round++)
            {
                await Task.Delay(Pause, clock, stop);
                await book.FlushAsync(stop);
                if (round % TidyEvery == 0) await book.TidyAsync(stop);
                supervised.IsWell();
            }
        }, stoppingToken);
        await WriteLastAsync();
    }

    private async Task WriteLastAsync()
    {
        using var patience = new CancellationTokenSource(LastPatience, clock);
        try
        {
            await book.FlushAsync(patience.Token);
        }
        catch (Exception e) when (Outage.IsOfDatabase(e) || e is OperationCanceledException)
        {
            log.LogWarning("The last second of used credits was not written: {Reason}", e.Message);
        }
    }
}
