using Market.Chains;
using Market.Client.Api;
using Market.Contracts;
using Market.Sharechain;

namespace Market.Client;

/// <summary>Which instrument is meant: a wallet's is that of its sharechain, and whoever has none names it.</summary>
public static class TradedInstrument
{
    /// <summary>The id of the instrument of a sharechain's shares.</summary>
    public static string IdOf(IChain sharechain)
    {
        ArgumentNullException.ThrowIfNull(sharechain);
        return Instrument.IdOf(SharechainProfile.Find(sharechain.Name)?.Design ?? sharechain.Name);
    }

    /// <summary>The id of the instrument of a wallet.</summary>
    /// <param name="network">Its network.</param>
    /// <param name="sharechain">The design of its sharechain; null for the network's own.</param>
    public static string IdOf(string network, string? sharechain) =>
        Instrument.IdOf(sharechain ?? SharechainProfile.Of(network).Design);

    /// <summary>The instrument that is named, or the market's only one.</summary>
    /// <param name="api">The market.</param>
    /// <param name="named">The id; null where none is named.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="NotSupportedException">None is named and there are several: says which.</exception>
    /// <exception cref="MarketApiException">The market has no such instrument: says which it has.</exception>
    public static async Task<Instrument> ChooseAsync(MarketApi api, string? named, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(api);
        if (named is not null)
        {
            return await api.GetInstrumentAsync(named, cancellation).ConfigureAwait(false);
        }

        var all = await api.GetInstrumentsAsync(cancellation).ConfigureAwait(false);
        return all.Count == 1
            ? all[0]
            : throw new NotSupportedException(
                "The market trades several instruments: name one with --instrument: "
                + $"{string.Join(", ", all.Select(one => one.Id))}.");
    }
}
