using Market.Bitcoin;
using Market.Chains;
using Market.Client.Api;
using Market.Contracts;
using Market.Sharechain;
using Market.Swaps;

namespace Market.Client;

/// <summary>Which instrument is meant: a wallet's is that of its sharechain, and whoever has none names it.</summary>
public static class TradedInstrument
{
    /// <summary>The id of the instrument of a sharechain's shares.</summary>
    public static string IdOf(IChain sharechain) => IdOf(sharechain, null);

    /// <summary>The id of the instrument of an expiry series of a sharechain's shares.</summary>
    /// <param name="sharechain">The sharechain.</param>
    /// <param name="series">The series' number; null where shares never expire.</param>
    public static string IdOf(IChain sharechain, int? series)
    {
        ArgumentNullException.ThrowIfNull(sharechain);
        return Instrument.IdOf(SharechainProfile.Find(sharechain.Name)?.Design ?? sharechain.Name, series);
    }

    /// <summary>The expiry series whose coins stand behind a sale of an instrument; null where it has none, and of
    /// bitcoin.</summary>
    /// <param name="id">The instrument's id.</param>
    /// <param name="chain">The chain whose coins are meant.</param>
    public static int? SeriesOf(string id, ChainKind chain) =>
        chain == ChainKind.Sharechain && Instrument.TryParseId(id, out _, out var series) ? series : null;

    /// <summary>The lowest root height that shares of an instrument have; null where it is no expiry series of the
    /// sharechain's.</summary>
    /// <param name="id">The instrument's id.</param>
    /// <param name="sharechain">The sharechain.</param>
    public static int? LeastRootOf(string id, IChain sharechain) =>
        sharechain is ISharechain { Profile: { } profile } && SeriesOf(id, ChainKind.Sharechain) is { } number
            ? Series.At(profile, number)?.First
            : null;

    /// <summary>True for an instrument of a wallet's sharechain: where shares expire, one of any series, else the only
    /// one.</summary>
    /// <param name="id">The instrument's id.</param>
    /// <param name="network">The wallet's network.</param>
    /// <param name="sharechain">The design of its sharechain; null for the network's own.</param>
    public static bool IsOf(string id, string network, string? sharechain)
    {
        var design = sharechain ?? SharechainProfile.Of(network).Design;
        return Instrument.TryParseId(id, out var named, out var series) && named == design
            && series is not null == HasSeries(network, design);
    }

    /// <summary>True where the shares of a sharechain are sold by series, each in an instrument of its own.</summary>
    /// <param name="network">The network.</param>
    /// <param name="design">The sharechain's design.</param>
    public static bool HasSeries(string network, string design) =>
        SharechainProfile.Of(network, design) is { SeriesLength: not null };

    /// <summary>What swaps of a sharechain's shares are planned by: the pace is the row's, all else the network's.</summary>
    /// <param name="network">The network.</param>
    /// <param name="sharechain">The sharechain.</param>
    public static SwapRules RulesOf(string network, IChain sharechain)
    {
        ArgumentNullException.ThrowIfNull(sharechain);
        var row = SharechainProfile.Find(sharechain.Name) ?? SharechainProfile.Of(network);
        return SwapRules.Of(row.On(NetworkProfile.Of(network)));
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
