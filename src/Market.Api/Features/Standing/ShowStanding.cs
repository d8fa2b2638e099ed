using FluentValidation;
using Market.Api.Doors;
using Market.Api.Results;
using Market.Standing;
using Market.Web;
using MediatR;

namespace Market.Api.Features.Standing;

/// <summary>Asks for what the page of standing shows of a key.</summary>
public sealed record ShowStanding(string Key) : IRequest<Result<ShownStanding>>;

/// <summary>Shape of the request.</summary>
public sealed class ShowStandingValidator : AbstractValidator<ShowStanding>
{
    /// <summary>The rules.</summary>
    public ShowStandingValidator() => RuleFor(r => r.Key).RealKey();
}

/// <summary>Tells it.</summary>
public sealed class ShowStandingHandler(StandingView view, CallCosts costs) : IRequestHandler<ShowStanding, Result<ShownStanding>>
{
    // One of each kind of work.
    private static readonly string[] Operations = ["placeOrder", "cancelOrder", "giveSwapKeys", "getBook"];

    /// <inheritdoc/>
    public async Task<Result<ShownStanding>> Handle(ShowStanding request, CancellationToken cancellationToken) => new ShownStanding
    {
        Standing = await view.OfAsync(request.Key, cancellationToken),
        Costs = [.. Operations.Select(operation => costs.Of(operation, request.Key)!)],
        LeastDifficulty = MemoryTicket.LeastDifficulty,
        MostDifficulty = MemoryTicket.MostDifficulty,
        MostCredits = CreditUnits.Most,
        CreditsPerTry = MemoryTicket.CreditsPerTry,
    };
}
