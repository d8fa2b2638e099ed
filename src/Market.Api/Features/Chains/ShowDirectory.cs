using Market.Api.Instruments;
using Market.Api.Results;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains.Http;
using Market.Contracts;
using Market.Sharechain;
using Market.Web;
using MediatR;

namespace Market.Api.Features.Chains;

/// <summary>Asks for the markets that authorities announced on a sharechain: what the page of markets shows.</summary>
public sealed record ShowDirectory(string Chain) : IRequest<Result<ShownDirectory>>;

/// <summary>Reads them off the chain, as its node does.</summary>
public sealed class ShowDirectoryHandler(InstrumentSet instruments) : IRequestHandler<ShowDirectory, Result<ShownDirectory>>
{
    /// <inheritdoc/>
    public async Task<Result<ShownDirectory>> Handle(ShowDirectory request, CancellationToken cancellationToken)
    {
        var found = instruments.FindChain(request.Chain);
        if (found.Refusal is { } unknown) return unknown;
        if (found.Value.Chain == ChainName.Mainchain) return Refusal.Invalid("chain", "must be a sharechain");
        var directory = await found.Value.Host.Chains.Shares.GetDirectoryAsync(cancellationToken);
        return new ShownDirectory
        {
            Height = directory.Height,
            MainHeight = directory.MainHeight,
            Markets = [.. directory.Entries.Take(DirectoryPayload.MostMarkets).Select(Of)],
        };
    }

    private static ListedMarket Of(DirectoryEntry entry)
    {
        var said = entry.Market.Announcement;
        return new ListedMarket
        {
            Address = said.Address,
            Key = Digits(said.Market),
            Terms = said.Terms,
            Authority = Digits(said.Authority),
            Until = entry.Until,
            Height = entry.Market.Height,
            Works = [.. entry.Works.Select(work => new ListedWork(work.Block.ToString(), work.MainHeight))],
        };
    }

    // Keys in the order of their bytes; ids are printed backwards.
    private static string Digits(Hash256 key) => Hex.Encode(key.ToArray());
}
