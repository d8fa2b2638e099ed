using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Contracts;
using Market.Standing;
using MediatR;

namespace Market.Api.Features.Orders;

/// <summary>Sets, renews or turns off the dead man's switch of a key.</summary>
public sealed record SetDeadManRequest(string Key, SetDeadMan Body) : IRequest<Result<DeadMan>>;

/// <summary>Shape of the request.</summary>
public sealed class SetDeadManValidator : AbstractValidator<SetDeadManRequest>
{
    /// <summary>The rules.</summary>
    public SetDeadManValidator() => RuleFor(r => r.Body.Seconds).InclusiveBetween(0, SetDeadMan.LongestSeconds)
        .WithMessage($"must be 0 to {SetDeadMan.LongestSeconds}");
}

/// <summary>Sets it.</summary>
public sealed class SetDeadManHandler(DeadManSwitch switches) : IRequestHandler<SetDeadManRequest, Result<DeadMan>>
{
    /// <inheritdoc/>
    public async Task<Result<DeadMan>> Handle(SetDeadManRequest request, CancellationToken cancellationToken) =>
        (await switches.SetAsync(request.Key, request.Body.Seconds, cancellationToken))
            .Then(due => new DeadMan { FiresAt = due });
}

/// <summary>PUT /api/v1/orders/dead-man</summary>
public sealed class SetDeadManEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPut(Routes.DeadMan, async (SetDeadMan body, Caller caller, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new SetDeadManRequest(caller.Key, body), cancel)).Http())
        .Weighs(CallWeight.Middling).Through(GateKind.Cancels)
        .Describe("setDeadMan", "Orders", "Set the dead man's switch",
            "All orders of the account, in all instruments, are cancelled when so many seconds went by without another of these "
            + "calls, which sets it anew; 0 turns it off. It outlives a restart of the server: one that ran out meanwhile fires "
            + "at the start. Swaps go on, and orders that are filled whole stay as they are. A stream that is opened with "
            + "cancelOnDisconnect does the same when it ends.")
        .Takes(OrderExamples.SetDeadMan).Returns(OrderExamples.DeadMan)
        .Refuses(ProblemCodes.ValidationFailed)
        .RequireAccount();
}
