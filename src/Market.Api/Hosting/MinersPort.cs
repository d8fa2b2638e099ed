using Market.Chains.Stratum;

namespace Market.Api.Hosting;

/// <summary>
/// Lets miners in once this server holds its database, and closes their port before it lets the database go: nobody is given
/// work by a
/// server that is about to find another one in its place.
/// </summary>
/// <param name="miners">Where they connect.</param>
internal sealed class MinersPort(StratumServer miners) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        miners.Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken) => await miners.DisposeAsync();
}
