using Market.Api.Instruments;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Analytics;

/// <summary>Asks for the discount that was computed last; no route of its own, since its stream begins with it.</summary>
public sealed record GetLastDiscount(string Instrument) : IRequest<Result<LastDiscount>>;

/// <summary>The discount that was computed last.</summary>
/// <param name="Value">Null while none can be computed (no mature share yet).</param>
public sealed record LastDiscount(Discount? Value);

/// <summary>Reads it.</summary>
public sealed class GetLastDiscountHandler(InstrumentSet instruments)
    : IRequestHandler<GetLastDiscount, Result<LastDiscount>>
{
    /// <inheritdoc/>
    public Task<Result<LastDiscount>> Handle(GetLastDiscount request, CancellationToken cancellationToken) =>
        Task.FromResult(instruments.Find(request.Instrument).Then(host => new LastDiscount(host.Feed.Discount.Value)));
}
