using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Api.Settlement;
using Market.Bitcoin;
using Market.Chains.Stratum;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Miners;

/// <summary>Asks about an address of a sharechain.</summary>
/// <param name="Address">The address.</param>
/// <param name="Instrument">In which instrument; null for the one whose sharechain writes addresses like this.</param>
public sealed record GetMiner(string Address, string? Instrument) : IRequest<Result<Miner>>;

/// <summary>Shape of the request.</summary>
public sealed class GetMinerValidator : AbstractValidator<GetMiner>
{
    /// <summary>No address is longer (BIP173).</summary>
    private const int Longest = 90;

    /// <summary>The rules.</summary>
    public GetMinerValidator() => RuleFor(r => r.Address).Length(1, Longest)
        .WithMessage($"must be an address of a sharechain, of at most {Longest} characters");
}

/// <summary>Reads workers from Stratum's account, coins from the sharechain and what was sold from the swaps.</summary>
public sealed class GetMinerHandler(InstrumentSet instruments, MiningPort port, SwapBoard board)
    : IRequestHandler<GetMiner, Result<Miner>>
{
    private const int MostWorkers = 200;
    private const int MostPayments = 200;

    /// <inheritdoc/>
    public async Task<Result<Miner>> Handle(GetMiner request, CancellationToken cancellationToken)
    {
        var found = Find(request);
        if (found.Refusal is { } refusal) return refusal;
        var (host, address) = found.Value;
        var report = port.Server?.ReportOn(host.Market.Sharechain, address.ToString());
        var workers = (report?.Workers ?? []).OrderByDescending(worker => worker.LastResult)
            .Select(worker => new MinerWorker
            {
                Name = worker.Name,
                Agent = worker.Agent,
                Connections = worker.Connections,
                Figures = MinerText.Of(worker),
            }).ToList();
        var total = MinerText.Sum([.. workers.Select(worker => worker.Figures)]);
        var rate = MinerText.Newest(total);
        return new Miner
        {
            Instrument = host.Id,
            Sharechain = host.Market.Sharechain,
            Address = address.ToString(),
            Stratum = port.Address,
            Waiting = report?.Waiting,
            Total = total,
            Workers = [.. workers.Take(MostWorkers)],
            WorkersInAll = workers.Count,
            SecondsToShare = MinersReport.Expected(report?.ShareDifficulty, rate),
            SecondsToBlock = MinersReport.Expected(report?.MainDifficulty, rate),
            Holdings = await HoldingsAsync(host, address.ScriptPubKey, cancellationToken),
        };
    }

    private Result<(InstrumentHost Host, BitcoinAddress Address)> Find(GetMiner request)
    {
        var asked = request.Instrument is { } id ? instruments.Find(id).Then(host => (IReadOnlyList<InstrumentHost>)[host])
            : Result<IReadOnlyList<InstrumentHost>>.FromValue(instruments.All);
        if (asked.Refusal is { } unknown) return unknown;
        var reading = asked.Value.Where(host => Read(request.Address, host) is not null).ToList();
        return reading switch
        {
            [var host] => (host, Read(request.Address, host)!),
            [] => Refusal.Invalid("address", "must be an address of " + string.Join(" or ", asked.Value.Select(Writing))),
            _ => Refusal.Invalid("instrument", "must be named, since the address is one of several: "
                + string.Join(", ", reading.Select(host => host.Id))),
        };
    }

    private static string Writing(InstrumentHost host) =>
        $"{host.Market.Sharechain} ({host.Chains.Shares.Network.Bech32Hrp}1...)";

    private static BitcoinAddress? Read(string text, InstrumentHost host) =>
        BitcoinAddress.TryParse(text, host.Chains.Shares.Network, out var address, out _) ? address : null;

    private async Task<MinerHoldings> HoldingsAsync(InstrumentHost host, Script script, CancellationToken cancel)
    {
        var shares = host.Chains.Shares;
        var coins = await shares.GetCoinsAsync(script, cancel);
        var held = coins.Sum(coin => coin.Output.Value.Sats);
        var mature = new Quantity(
            coins.Where(coin => coin.IsSpendable(shares.CoinbaseMaturity)).Sum(coin => coin.Output.Value.Sats));
        // Of expiring shares the book that is shown takes those of its series alone.
        var sellable = new Quantity(coins
            .Where(coin => coin.IsSpendable(shares.CoinbaseMaturity)
                && (host.Market.Series is not { } series || (coin.RootHeight is { } root && series.Holds(root))))
            .Sum(coin => coin.Output.Value.Sats));
        var (earned, from) = host.Explorer.MintedTo(ChainName.Sharechain, script);
        var bid = host.Feed.Book.Snapshot(1).Bids.FirstOrDefault();
        return new MinerHoldings
        {
            Held = new Quantity(held),
            Mature = mature,
            Maturing = new Quantity(held - mature.Units),
            Earned = new Quantity(earned),
            Sold = await SoldAsync(host, script, cancel),
            From = from,
            Bid = bid?.Price,
            BidWants = bid?.Quantity,
            WorthNow = bid is null ? null : Worth(bid.Price, sellable),
        };
    }

    private async Task<Quantity> SoldAsync(InstrumentHost host, Script script, CancellationToken cancel)
    {
        var payments = await host.Explorer.PaymentsAsync(ChainName.Sharechain, script, MostPayments, cancel);
        var spenders = payments.Select(payment => payment.Spender).OfType<string>().Distinct().ToList();
        var swaps = await board.OfTransactionsAsync(spenders, cancel);
        // Swaps are counted and not the coins that went into them, whose change comes back.
        return new Quantity(swaps.Values.Where(swap => swap.Outcome == SwapOutcome.Settled).DistinctBy(swap => swap.Id)
            .Sum(swap => swap.Quantity));
    }

    // Rounded down: what is said to be there is not less.
    private static Sats Worth(Price price, Quantity quantity) => new((long)Int128.Min(
        (Int128)price.Sats * quantity.Units / Quantity.UnitsPerShare, long.MaxValue));
}

/// <summary>GET /api/v1/miners/{address}</summary>
public sealed class GetMinerEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Miner, async (string address, IMediator mediator, CancellationToken cancel, string? instrument = null) =>
            (await mediator.Send(new GetMiner(address, instrument), cancel)).HttpWithETag())
        .Weighs(CallWeight.Heaviest)
        .Describe("getMiner", "Miners", "An address' workers, and what it has",
            "Workers with hash rates and their errors, results by fate, expected times to a share and to a Bitcoin block, since "
            + "the server started; shares held, mature and maturing, and their worth at the best bid. Everybody may ask about "
            + "every address: what is told is on the chain, or is a hash rate. An account is not needed.")
        .Returns(MinerExamples.Miner).Tagged()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument, ProblemCodes.ChainUnavailable);
}
