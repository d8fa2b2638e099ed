using Market.Api.Data;

namespace Market.Api.Doors.Auth;

/// <summary>Writes once a minute which API keys were used, and once more when the host stops.</summary>
public sealed class ApiKeyKeeper(ApiKeys keys, TimeProvider clock, ILogger<ApiKeyKeeper> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await log.Supervise("The list of API keys", clock).RepeatAsync(keys.TidyAsync, Pause, stoppingToken);
        await WriteLastAsync();
    }

    private async Task WriteLastAsync()
    {
        using var patience = new CancellationTokenSource(LastPatience, clock);
        try
        {
            await keys.TidyAsync(patience.Token);
        }
        catch (Exception e) when (Outage.IsOfDatabase(e) || e is OperationCanceledException)
        {
            log.LogWarning("When API keys were used in the last minute was not written: {Reason}", e.Message);
        }
    }
}
