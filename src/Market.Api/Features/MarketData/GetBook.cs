using FluentValidation;
using Market.Api.Instruments;
using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.MarketData;

/// <summary>Asks for the book.</summary>
public sealed record GetBook(string Instrument, int Depth) : IRequest<Result<BookSnapshot>>;

/// <summary>Shape of the request.</summary>
public sealed class GetBookValidator : AbstractValidator<GetBook>
{
    /// <summary>The rules.</summary>
    public GetBookValidator() => RuleFor(r => r.Depth).InclusiveBetween(1, ServerLimits.MaxBookDepth)
        .WithMessage($"must be from 1 to {ServerLimits.MaxBookDepth}");
}

/// <summary>Reads the book.</summary>
public sealed class GetBookHandler(InstrumentSet instruments)
    : IRequestHandler<GetBook, Result<BookSnapshot>>
{
    /// <inheritdoc/>
    public Task<Result<BookSnapshot>> Handle(GetBook request, CancellationToken cancellationToken) =>
        Task.FromResult(instruments.Find(request.Instrument).Then(host => host.Feed.Book.Snapshot(request.Depth)));
}

/// <summary>GET /api/v1/instruments/{instrument}/book</summary>
public sealed class GetBookEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Book, async (string instrument, IMediator mediator, CancellationToken cancel, int depth = 50) =>
            (await mediator.Send(new GetBook(instrument, depth), cancel)).HttpWithETag())
        .Describe("getBook", "Market data", "The book by price levels",
            "Best first. The checksum is, whatever depth is asked, " + BookChecksum.Shape + ".")
        .Returns(Examples.Book).Tagged().Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument);
}
