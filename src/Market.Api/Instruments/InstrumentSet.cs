using Market.Api.Results;
using Market.Chains.Http;
using Market.Contracts;

namespace Market.Api.Instruments;

/// <summary>The instruments of this market, in the order in which its operator named them.</summary>
public sealed class InstrumentSet(IReadOnlyList<InstrumentHost> all) : BackgroundService, IAsyncDisposable
{
    /// <summary>All of them.</summary>
    public IReadOnlyList<InstrumentHost> All => all;

    /// <summary>Their ids.</summary>
    public IReadOnlyList<string> Ids { get; } = [.. all.Select(host => host.Id)];

    /// <summary>The instrument of an id.</summary>
    public Result<InstrumentHost> Find(string id) =>
        all.FirstOrDefault(host => string.Equals(host.Id, id, StringComparison.Ordinal)) is { } found
            ? found
            : new Refusal(ProblemCodes.UnknownInstrument, $"Known: {string.Join(", ", Ids)}.");

    /// <summary>The instrument of an id, or the only one where none is named. Where there are several nobody guesses.</summary>
    public Result<InstrumentHost> Choose(string? id) =>
        id is not null ? Find(id)
        : all.Count == 1 ? all[0]
        : Refusal.Invalid("instrument", $"Several are traded: name one of {string.Join(", ", Ids)}.");

    /// <summary>A chain by its name in paths: the mainchain, the only sharechain, or a sharechain by its row's name.</summary>
    public Result<(InstrumentHost Host, ChainName Chain)> FindChain(string name)
    {
        if (name == NodeHttpService.MainchainName) return (all[0], ChainName.Mainchain);
        if (name == NodeHttpService.SharechainName && all.Count == 1) return (all[0], ChainName.Sharechain);
        return all.FirstOrDefault(host => string.Equals(host.Market.Sharechain, name, StringComparison.Ordinal)) is { } found
            ? (found, ChainName.Sharechain)
            : Refusal.Invalid("chain", $"must be one of {string.Join(", ", ChainNames)}");
    }

    /// <summary>The instrument of a swap's coordinator.</summary>
    public async ValueTask<Result<InstrumentHost>> OfSwapAsync(Settlement.SwapBoard board, string swap, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(board);
        return await board.InstrumentOfAsync(swap, cancel) is { } id && Find(id) is { IsOk: true } found
            ? found
            : new Refusal(ProblemCodes.UnknownSwap);
    }

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var host in all) await host.StartAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(all.Select(host => host.StopAsync(cancellationToken)));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        base.Dispose();
        foreach (var host in all) await host.DisposeAsync();
    }

    /// <summary>What ends by a bug in one of them ends the server, as any hosted service's does.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var running = all.SelectMany(host => host.Running).ToList();
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny(running).WaitAsync(stoppingToken);
            running.Remove(ended);
            await ended;
        }
    }

    private IEnumerable<string> ChainNames =>
    [
        NodeHttpService.MainchainName, .. all.Count == 1 ? [NodeHttpService.SharechainName] : (string[])[],
        .. all.Select(host => host.Market.Sharechain),
    ];
}
