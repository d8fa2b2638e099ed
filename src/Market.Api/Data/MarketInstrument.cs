using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Sharechain;

namespace Market.Api.Data;

/// <summary>An instrument of this market: the shares of one sharechain for BTC.</summary>
/// <param name="Id">Its id on the wire.</param>
/// <param name="Base">What is sold: the sharechain's design in capitals.</param>
/// <param name="Network">The network of both chains.</param>
/// <param name="Sharechain">The sharechain's row on that network.</param>
public sealed record MarketInstrument(string Id, string Base, string Network, string Sharechain)
{
    /// <summary>The expiry series whose shares are sold; null where they never expire.</summary>
    public Series? Series { get; init; }

    /// <summary>The instrument of a sharechain's shares.</summary>
    /// <param name="network">The network.</param>
    /// <param name="sharechain">The sharechain's row.</param>
    /// <param name="series">Which of its series; null where its shares never expire.</param>
    public static MarketInstrument Of(MarketNetwork network, SharechainProfile sharechain, Series? series = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(sharechain);
        return new MarketInstrument(
            Instrument.IdOf(sharechain.Design, series?.Number), sharechain.Design.ToUpperInvariant(), network.Name, sharechain.Name)
        {
            Series = series,
        };
    }

    /// <summary>The network with this sharechain: what its swaps are planned by.</summary>
    public NetworkProfile Chains => SharechainProfile.Find(Sharechain)!.On(NetworkProfile.Of(Network));

    /// <summary>The name of one of its chains. Two instruments' coins are on the same chain where the names are the same: of two
    /// sharechains an outpoint may be the same, and is another coin.</summary>
    public string NameOf(ChainKind chain) => chain == ChainKind.Mainchain ? Network : Sharechain;
}
