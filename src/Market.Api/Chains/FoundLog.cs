using Market.Chains;

namespace Market.Api.Chains;

/// <summary>Writes a line for each Bitcoin block that a sharechain finds, and for each change of its fate.</summary>
public sealed partial class FoundLog : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <summary>Begins to listen.</summary>
    /// <param name="shares">The sharechains.</param>
    /// <param name="clock">The time of pauses.</param>
    /// <param name="log">Where the lines go.</param>
    public FoundLog(IEnumerable<ISharechain> shares, TimeProvider clock, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(shares);
        var listening = shares.Select(chain => new Supervised(
            $"The log of blocks that {chain.Name} finds", clock, e => e is ChainUnavailableException).RunAsync(
                stop => ListenAsync(chain, log, stop), _stop.Token));
        _running = Task.WhenAll(listening.ToList());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private static async Task ListenAsync(ISharechain chain, ILogger log, CancellationToken stop)
    {
        await foreach (var happened in chain.SubscribeAsync(stop))
        {
            if (happened is ChainEvent.FateChanged changed) Tell(log, chain.Name, changed.Block);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Chain}: {Block}.")]
    private static partial void Tell(ILogger log, string chain, FoundBlock block);
}
