using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Outpoints;

/// <summary>An account takes a proved coin back.</summary>
public sealed record TakeBackOutpointRequest(string Key, string Outpoint, string? Chain) : IRequest<Result<ProvedOutpoint>>;

/// <summary>Shape of the request.</summary>
public sealed class TakeBackOutpointValidator : AbstractValidator<TakeBackOutpointRequest>
{
    /// <summary>The rules.</summary>
    public TakeBackOutpointValidator()
    {
        RuleFor(r => r.Outpoint).Must(o => OutPoint.TryParse(o, out var parsed) && parsed.ToString() == o)
            .WithMessage("must be txid:index");
        RuleFor(r => r.Chain).MaximumLength(64);
    }
}

/// <summary>Takes it back where no order stands on it.</summary>
public sealed class TakeBackOutpointHandler(
    InstrumentSet instruments, Promises promises, OutpointDesk desk, OutpointView view)
    : IRequestHandler<TakeBackOutpointRequest, Result<ProvedOutpoint>>
{
    /// <inheritdoc/>
    public async Task<Result<ProvedOutpoint>> Handle(TakeBackOutpointRequest request, CancellationToken cancellationToken)
    {
        OutPoint.TryParse(request.Outpoint, out var outPoint);
        var chains = OutpointChain.All(instruments);
        if (request.Chain is { } name)
        {
            var found = OutpointChain.Find(instruments, name);
            if (found.Refusal is { } unknown) return unknown;
            chains = [found.Value];
        }
        var proved = chains.Select(chain => promises.Coins.Find(new PromisedCoin(chain.Name, outPoint))).OfType<ProvedCoin>()
            .Where(coin => coin.Key == request.Key).ToList();
        if (proved.Count > 1)
            return Refusal.Invalid("chain", "The outpoint is proved on several chains: name one.");
        if (proved is not [var coin]) return OutpointDesk.NotProved;
        try
        {
            var shown = await view.OfAsync(request.Key, [coin], cancellationToken);
            return await desk.TakeBackAsync(coin.Coin, request.Key) is { } refusal ? refusal : shown[0];
        }
        catch (ChainUnavailableException e)
        {
            return new Refusal(ProblemCodes.ChainUnavailable, e.Message);
        }
    }
}

/// <summary>DELETE /api/v1/outpoints/{outpoint}</summary>
public sealed class TakeBackOutpointEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapDelete(Routes.Outpoint, async (
                string outpoint, Caller caller, IMediator mediator, CancellationToken cancel, string? chain = null) =>
            (await mediator.Send(new TakeBackOutpointRequest(caller.Key, outpoint, chain), cancel)).Http())
        .Weighs(CallWeight.Middling)
        .Describe("takeBackOutpoint", "Outpoints", "Take a proved coin back",
            "No order draws on it any more. It is refused while orders, or swaps that they matched, stand on it: these are "
            + "cancelled first. Answers with the coin as it was.")
        .Returns(OutpointExamples.Free).RequireAccount()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.NotFound, ProblemCodes.OutpointInUse, ProblemCodes.ChainUnavailable);
}
