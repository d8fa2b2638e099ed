using Market.Api.Instruments;
using Market.Api.Chains;
using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Contracts;
using Market.Swaps;
using MediatR;

namespace Market.Api.Features.Service;

/// <summary>Asks what trading an instrument costs now.</summary>
public sealed record GetFees(string? Instrument) : IRequest<Result<Fees>>;

/// <summary>Asks both chains.</summary>
public sealed class GetFeesHandler(InstrumentSet instruments) : IRequestHandler<GetFees, Result<Fees>>
{
    /// <summary>Blocks within which a swap's transactions should confirm.</summary>
    public const int TargetBlocks = 2;

    /// <inheritdoc/>
    public async Task<Result<Fees>> Handle(GetFees request, CancellationToken cancellationToken)
    {
        var found = instruments.Choose(request.Instrument);
        if (found.Refusal is { } unknown) return unknown;
        var host = found.Value;
        return new Fees
        {
            Instrument = host.Id,
            Maker = InstrumentListing.Rules.MakerFee,
            Taker = InstrumentListing.Rules.TakerFee,
            Sharechain = await OfAsync(host.Chains, ChainName.Sharechain, cancellationToken),
            Mainchain = await OfAsync(host.Chains, ChainName.Mainchain, cancellationToken),
        };
    }

    private static async Task<ChainFees> OfAsync(ChainPair chains, ChainName name, CancellationToken cancel)
    {
        var rate = await chains.Of(name).EstimateFeeAsync(TargetBlocks, cancel);
        var size = SwapFees.LockVirtualSize(name == ChainName.Sharechain ? SwapChain.Share : SwapChain.Coin);
        return new ChainFees
        {
            Chain = name,
            FeeRate = rate.SatsPerKvB / 1000.0,
            MinRelayFeeRate = FeeRate.MinimumRelay.SatsPerKvB / 1000.0,
            Funding = new Sats(rate.FeeFor(size).Sats),
            Claim = new Sats(rate.FeeFor(SwapFees.ClaimVirtualSize).Sats),
            Refund = new Sats(rate.FeeFor(SwapFees.RefundVirtualSize).Sats),
        };
    }
}

/// <summary>GET /api/v1/fees</summary>
public sealed class GetFeesEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Fees, async (IMediator mediator, CancellationToken cancel, string? instrument = null) =>
            (await mediator.Send(new GetFees(instrument), cancel)).HttpWithETag())
        .Describe("getFees", "Service", "What trading costs",
            "The market's own fees, and what a swap's transactions cost on each chain at the rates of now. Where "
            + "several instruments are traded one is named.")
        .Returns(Examples.Fees).Tagged()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument, ProblemCodes.ChainUnavailable);
}
