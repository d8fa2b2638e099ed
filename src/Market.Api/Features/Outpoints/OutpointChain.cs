using Market.Api.Instruments;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Chains;
using Market.Chains.Http;
using Market.Contracts;

namespace Market.Api.Features.Outpoints;

/// <summary>Which chain is meant, and which instrument on it looks coins up.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Its own name: the network's, or that of the sharechain's row.</param>
/// <param name="Shown">Its name in paths and answers.</param>
/// <param name="Asset">What its coins are of.</param>
/// <param name="Host">An instrument on it.</param>
internal sealed record OutpointChain(ChainKind Kind, string Name, string Shown, string Asset, InstrumentHost Host)
{
    private const string Bitcoin = "BTC";

    /// <summary>Looks its coins up.</summary>
    public IOutpointSource Source => Host.Get<IOutpointSource>();

    /// <summary>The chain of coins, to look transactions up.</summary>
    public IChain Chain => Host.Get<BackingChains>().All.First(chain => chain.Kind == Kind);

    /// <summary>All chains that orders' coins are on: the mainchain, then each sharechain with an instrument.</summary>
    public static IReadOnlyList<OutpointChain> All(InstrumentSet instruments)
    {
        ArgumentNullException.ThrowIfNull(instruments);
        var hosts = instruments.All;
        return hosts.Count == 0
            ? []
            :
            [
                Of(hosts[0], ChainKind.Mainchain),
                .. hosts.DistinctBy(host => host.Market.Sharechain).Select(host => Of(host, ChainKind.Sharechain)),
            ];
    }

    /// <summary>A chain by its name in paths.</summary>
    public static Result<OutpointChain> Find(InstrumentSet instruments, string name)
    {
        ArgumentNullException.ThrowIfNull(instruments);
        var found = instruments.FindChain(name);
        if (found.Refusal is { } unknown) return unknown;
        var shown = found.Value.Chain == ChainName.Mainchain ? NodeHttpService.MainchainName : found.Value.Host.Profile.Name;
        return All(instruments).FirstOrDefault(chain => chain.Shown == shown) is { } there
            ? there
            : Refusal.Invalid("chain", "No instrument stands on it now.");
    }

    private static OutpointChain Of(InstrumentHost host, ChainKind kind) => new(
        kind, host.Market.NameOf(kind), kind == ChainKind.Mainchain ? NodeHttpService.MainchainName : host.Market.Sharechain,
        kind == ChainKind.Mainchain ? Bitcoin : host.Market.Base, host);
}
