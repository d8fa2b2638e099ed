using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Standing;
using Market.Contracts;
using Market.Standing;
using MediatR;

namespace Market.Api.Features.Standing;

/// <summary>Gives credits to another key.</summary>
public sealed record TransferCreditsRequest(Caller Caller, TransferCredits Body) : IRequest<Result<CreditTransfer>>;

/// <summary>Shape of the request.</summary>
public sealed class TransferCreditsValidator : AbstractValidator<TransferCreditsRequest>
{
    /// <summary>The rules.</summary>
    public TransferCreditsValidator()
    {
        RuleFor(r => r.Body.To).RealKey();
        RuleFor(r => r.Body.To).Must((r, to) => to != r.Caller.Key).WithMessage("must be another key");
        RuleFor(r => r.Body.Amount).InclusiveBetween(1, CreditUnits.Most).WithMessage($"must be from 1 to {CreditUnits.Most}");
        RuleFor(r => r.Body.Id).Must(IsName).WithMessage("must be 1 to 32 of A-Z a-z 0-9 _ -");
    }

    private static bool IsName(string? id) =>
        id is { Length: > 0 and <= 32 } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}

/// <summary>Does it.</summary>
public sealed class TransferCreditsHandler(CreditTransfers transfers)
    : IRequestHandler<TransferCreditsRequest, Result<CreditTransfer>>
{
    /// <inheritdoc/>
    public async Task<Result<CreditTransfer>> Handle(TransferCreditsRequest request, CancellationToken cancellationToken)
    {
        var (caller, body) = (request.Caller, request.Body);
        // A token stands for whoever has it; what gives away is signed by itself.
        return caller.ExpiresAt is not null
            ? new Refusal(ProblemCodes.AuthenticationRequired, "A transfer is signed by itself: a session's token is not enough.")
            : await transfers.DoAsync(caller.Key, body.To, body.Amount, body.Id, cancellationToken);
    }
}

/// <summary>POST /api/v1/standing/transfers</summary>
public sealed class TransferCreditsEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost(Routes.CreditTransfers, async (
            TransferCredits body, Caller caller, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new TransferCreditsRequest(caller, body), cancel)).Http())
        .Weighs(CallWeight.Middling)
        .Describe("transferCredits", "Standing", "Give credits to another key",
            "A signed request; a session's token is not enough. It is on disk before the answer. Of one giver each id is carried "
            + "out once: the same again is answered with what was done the first time.")
        .Takes(KeyStandingExamples.Transfer).Returns(KeyStandingExamples.Transferred)
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.InsufficientCredits)
        .RequireAccount();
}
