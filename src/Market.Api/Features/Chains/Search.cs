using System.Globalization;
using FluentValidation;
using Market.Api.Chains;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Api.Settlement;
using Market.Bitcoin;
using Market.Chains.Http;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Chains;

/// <summary>Asks what something typed may be.</summary>
public sealed record Search(string Q) : IRequest<Result<SearchAnswer>>;

/// <summary>Shape of the request.</summary>
public sealed class SearchValidator : AbstractValidator<Search>
{
    private const int Longest = 100;
    private const int MostDigits = 32;

    /// <summary>The rules.</summary>
    public SearchValidator() => RuleFor(r => r.Q)
        .Must(text => text?.Trim() is { Length: > 0 and <= Longest } typed && IsOfSuch(typed))
        .WithMessage($"must be a height, an id, its first {ChainIndex.LeastDigits} digits or more, an address or a swap, of at "
            + $"most {Longest} characters");

    // Heights, ids, outputs and addresses are written with these; no number of so many digits is a height.
    private static bool IsOfSuch(string typed) =>
        typed.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '#' or ',' or ':')
        && (typed.Length is <= MostDigits or 2 * Hash256.Length || !typed.All(char.IsAsciiDigit));
}

/// <summary>Looks on every chain, and among the swaps.</summary>
public sealed class SearchHandler(InstrumentSet instruments, SwapBoard board) : IRequestHandler<Search, Result<SearchAnswer>>
{
    private const int Most = 20;
    private const int SwapDigits = 32;

    private readonly record struct Place(InstrumentHost Host, ChainName Chain, string Path);

    /// <inheritdoc/>
    public async Task<Result<SearchAnswer>> Handle(Search request, CancellationToken cancellationToken)
    {
        var typed = request.Q.Trim();
        var plain = typed.TrimStart('#').Replace(",", "", StringComparison.Ordinal).ToLowerInvariant();
        // An output is looked for as the transaction that makes it.
        var hex = plain.Split(':')[0];
        var hits = new List<SearchHit>();
        if (hex.All(char.IsAsciiHexDigit) && hex.Length >= ChainIndex.LeastDigits && hex.Length <= SwapDigits)
            await AddSwapsAsync(hex, hits, cancellationToken);
        foreach (var place in Places())
        {
            AddAddress(place, typed, hits);
            if (int.TryParse(plain, NumberStyles.None, CultureInfo.InvariantCulture, out var height))
                await AddHeightAsync(place, height, hits, cancellationToken);
            if (!hex.All(char.IsAsciiHexDigit)) continue;
            if (hex.Length == 2 * Hash256.Length) await AddIdAsync(place, Hash256.Parse(hex), hits, cancellationToken);
            else if (hex.Length is >= ChainIndex.LeastDigits and < 2 * Hash256.Length)
                await AddBeginningAsync(place, hex, hits, cancellationToken);
        }
        return new SearchAnswer { Hits = [.. hits.Take(Most)] };
    }

    // The mainchain is one, whichever instrument; instruments of one sharechain have one.
    private IEnumerable<Place> Places() => instruments.All.DistinctBy(host => host.Market.Sharechain)
        .Select(host => new Place(host, ChainName.Sharechain, host.Market.Sharechain))
        .Append(new Place(instruments.All[0], ChainName.Mainchain, NodeHttpService.MainchainName));

    private async Task AddSwapsAsync(string digits, List<SearchHit> hits, CancellationToken cancel)
    {
        foreach (var (id, instrument) in await board.BeginningAsync(digits, Most, cancel))
            hits.Add(new SearchHit { Kind = SearchKind.Swap, Id = id, Instrument = instrument });
    }

    private static void AddAddress(Place place, string typed, List<SearchHit> hits)
    {
        if (BitcoinAddress.TryParse(typed, place.Host.Chains.AddressesOf(place.Chain), out var address, out _))
            hits.Add(HitOf(place, SearchKind.Address, address.ToString(), null));
    }

    private static async Task AddHeightAsync(Place place, int height, List<SearchHit> hits, CancellationToken cancel)
    {
        if (await place.Host.Chains.Of(place.Chain).GetBlockIdAsync(height, cancel) is { } id)
            hits.Add(HitOf(place, SearchKind.Block, id.ToString(), height));
    }

    private static async Task AddIdAsync(Place place, Hash256 id, List<SearchHit> hits, CancellationToken cancel)
    {
        var chain = place.Host.Chains.Of(place.Chain);
        if (await place.Host.Explorer.FindBlockAsync(place.Chain, id, cancel) is { } block)
            hits.Add(HitOf(place, SearchKind.Block, id.ToString(), block.Height));
        else if (await chain.FindTransactionAsync(new TxId(id), cancel) is { } transaction)
            hits.Add(HitOf(place, SearchKind.Transaction, id.ToString(), transaction.Block?.Height));
    }

    private static async Task AddBeginningAsync(Place place, string digits, List<SearchHit> hits, CancellationToken cancel)
    {
        foreach (var found in await place.Host.Explorer.BeginningAsync(place.Chain, digits, cancel))
            hits.Add(HitOf(place, found.IsBlock ? SearchKind.Block : SearchKind.Transaction, found.Id, found.Height));
    }

    private static SearchHit HitOf(Place place, SearchKind kind, string id, long? height) => new()
    {
        Kind = kind,
        Id = id,
        Chain = place.Path,
        Instrument = place.Host.Id,
        Height = height,
    };
}

/// <summary>GET /api/v1/search</summary>
public sealed class SearchEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Search, async (string q, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new Search(q), cancel)).HttpWithETag())
        .Weighs(CallWeight.Heaviest)
        .Describe("search", "Chains", "Blocks, transactions, addresses and swaps by what is typed",
            "A height, an id or at least its first 8 digits, an output, an address, a swap. On every chain that is followed; "
            + "beginnings of ids are looked for among swaps and in the blocks that the explorer looked through.")
        .Returns(ChainExamples.Found).Tagged()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.ChainUnavailable);
}
