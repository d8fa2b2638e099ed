namespace Market.Api.Chains;

/// <summary>Has the chains of an instrument indexed from its start on, and not only once somebody asks.</summary>
public sealed class ExplorerStart(ChainPair chains, ChainIndexes indexes) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        indexes.Of(chains.Main);
        indexes.Of(chains.Shares);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
