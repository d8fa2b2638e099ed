using Market.Api.Realtime;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Analytics;

/// <summary>Asks for the discount that was computed last; no route of its own, since its stream begins with it.</summary>
public sealed record GetLastDiscount(string Instrument) : IRequest<Result<LastDiscount>>;

/// <summary>The discount that was computed last.</summary>
/// <param name="Value">Null while none can be computed (no mature share yet).</param>
public sealed record LastDiscount(Discount? Value);

/// <summary>Reads it.</summary>
public sealed class GetLastDiscountHandler(InstrumentCatalog catalog, MarketFeed feed)
    : IRequestHandler<GetLastDiscount, Result<LastDiscount>>
{
    /// <inheritdoc/>
    public Task<Result<LastDiscount>> Handle(GetLastDiscount request, CancellationToken cancellationToken) =>
        Task.FromResult<Result<LastDiscount>>(catalog.Find(request.Instrument) is null
            ? new Refusal(ProblemCodes.UnknownInstrument)
            : new LastDiscount(feed.Discount.Value));
}
