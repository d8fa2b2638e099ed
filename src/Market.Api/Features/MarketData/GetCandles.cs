using FluentValidation;
using Market.Api.Instruments;
using Market.Api.Data;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.MarketData;

/// <summary>Asks for candles.</summary>
public sealed record GetCandles(
    string Instrument, string Interval, DateTimeOffset? From, DateTimeOffset? To, int Limit)
    : IRequest<Result<IReadOnlyList<Candle>>>;

/// <summary>Shape of the request.</summary>
public sealed class GetCandlesValidator : AbstractValidator<GetCandles>
{
    /// <summary>The rules.</summary>
    public GetCandlesValidator()
    {
        RuleFor(r => r.Limit).PageSize();
        RuleFor(r => r.Interval).Must(i => WireEnum.TryParse<CandleInterval>(i, out _))
            .WithMessage($"must be one of {WireEnum.Names<CandleInterval>()}");
        RuleFor(r => r.To).Must((r, to) => to is null || r.From is null || r.From < to)
            .WithMessage("must be after from");
    }
}

/// <summary>Reads candles.</summary>
public sealed class GetCandlesHandler(InstrumentSet instruments, IDbContextFactory<MarketDb> database)
    : IRequestHandler<GetCandles, Result<IReadOnlyList<Candle>>>
{
    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<Candle>>> Handle(GetCandles request, CancellationToken cancellationToken)
    {
        if (instruments.WhyUnknown(request.Instrument) is { } unknown) return unknown;
        WireEnum.TryParse<CandleInterval>(request.Interval, out var interval);
        if (request.From is null && request.To is null && instruments.Find(request.Instrument) is { IsOk: true } found)
            return Result<IReadOnlyList<Candle>>.FromValue(found.Value.Feed.Candles.Of(interval).Items(request.Limit));
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var read = await CandleQuery.ReadAsync(
            db, request.Instrument, interval, request.From, request.To, request.Limit, cancellationToken);
        return Result<IReadOnlyList<Candle>>.FromValue([.. read.Select(c => c.Candle)]);
    }
}

/// <summary>GET /api/v1/instruments/{instrument}/candles</summary>
public sealed class GetCandlesEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Candles, async (string instrument, IMediator mediator, CancellationToken cancel,
                string interval = "minute", DateTimeOffset? from = null, DateTimeOffset? to = null,
                int limit = ServerLimits.DefaultPageSize) =>
            (await mediator.Send(new GetCandles(instrument, interval, from, to, limit), cancel)).HttpWithETag())
        .Weighs(CallWeight.Middling)
        .Describe("getCandles", "Market data", "Candles, oldest first",
            "The newest ones that begin in [from, to), each whole; intervals: tenSeconds, minute, fiveMinutes, hour, day. An " +
            "interval without a final trade has no candle. Trades count at the times at which they were made, so a candle may " +
            "change while swaps of trades made in it run. d is of the close, at the face value that was said then.")
        .Returns<IReadOnlyList<Candle>>([Examples.Candle]).Tagged()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument);
}
