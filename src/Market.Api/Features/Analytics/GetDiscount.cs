using FluentValidation;
using Market.Api.Instruments;
using Market.Api.Analytics;
using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Analytics;

/// <summary>Asks what the last price says, at a rate and over a horizon.</summary>
public sealed record GetDiscount(string Instrument, double Rate, double Years) : IRequest<Result<Discount>>;

/// <summary>Shape of the request.</summary>
public sealed class GetDiscountValidator : AbstractValidator<GetDiscount>
{
    /// <summary>The rules.</summary>
    public GetDiscountValidator()
    {
        RuleFor(r => r.Rate).InclusiveBetween(0, 10).WithMessage("must be from 0 to 10 (a yearly rate: 0.05 is 5 %)");
        RuleFor(r => r.Years).InclusiveBetween(0.01, 100).WithMessage("must be from 0.01 to 100");
    }
}

/// <summary>Computes the discount.</summary>
public sealed class GetDiscountHandler(InstrumentSet instruments)
    : IRequestHandler<GetDiscount, Result<Discount>>
{
    /// <inheritdoc/>
    public async Task<Result<Discount>> Handle(GetDiscount request, CancellationToken cancellationToken)
    {
        var found = instruments.Find(request.Instrument);
        if (found.Refusal is { } unknown) return unknown;
        var host = found.Value;
        return await host.Discount.OfAsync(host.Feed.LastPrice, request.Rate, request.Years, cancellationToken);
    }
}

/// <summary>GET /api/v1/instruments/{instrument}/discount</summary>
public sealed class GetDiscountEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Discount, async (string instrument, IMediator mediator, CancellationToken cancel,
                double rate = DiscountModel.DefaultRate, double years = DiscountModel.DefaultYears) =>
            (await mediator.Send(new GetDiscount(instrument, rate, years), cancel)).HttpWithETag())
        .Describe("getDiscount", "Analytics", "What the last price says about a share",
            "The price over the full-pay-per-share worth of the work behind a share (price M I / (B w): no forecast); then d = " +
            "price / face value = dTime x dParams over a horizon, with its error, the model's own dParams part by part, implied " +
            "yield and hashrate, and every figure that went into it. The rate is continuous and yearly, the horizon in years. Of " +
            "an expiry series it is told of the oldest shares that are not expired, over what is left of their life, with what " +
            "holding one is worth to who is not among the largest holders beside what it adds to the smallest of those who are.")
        .Returns(Examples.Discount).Tagged()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument, ProblemCodes.ChainUnavailable);
}
