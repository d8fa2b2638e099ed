using FluentValidation;
using Market.Api.Instruments;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Bitcoin;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Chains;

/// <summary>Asks for a transaction.</summary>
public sealed record GetTransaction(string Chain, string Id) : IRequest<Result<TransactionDetail>>;

/// <summary>Shape of the request.</summary>
public sealed class GetTransactionValidator : AbstractValidator<GetTransaction>
{
    /// <summary>The rules.</summary>
    public GetTransactionValidator()
    {
        RuleFor(r => r.Id).Hex(32);
    }
}

/// <summary>Reads a transaction.</summary>
public sealed class GetTransactionHandler(InstrumentSet instruments) : IRequestHandler<GetTransaction, Result<TransactionDetail>>
{
    /// <inheritdoc/>
    public async Task<Result<TransactionDetail>> Handle(GetTransaction request, CancellationToken cancellationToken)
    {
        var found = instruments.FindChain(request.Chain);
        if (found.Refusal is { } unknown) return unknown;
        var (host, name) = found.Value;
        return await host.Explorer.TransactionAsync(name, TxId.Parse(request.Id), cancellationToken) is { } transaction
            ? transaction
            : new Refusal(ProblemCodes.UnknownTransaction);
    }
}

/// <summary>GET /api/v1/chains/{chain}/transactions/{id}</summary>
public sealed class GetTransactionEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Transaction, async (string chain, string id, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetTransaction(chain, id), cancel)).HttpWithETag())
        .Weighs(CallWeight.Heavy)
        .Describe("getTransaction", "Chains", "A transaction", "Of the active chain or the mempool.")
        .Returns(Examples.Transaction).Tagged()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownTransaction, ProblemCodes.ChainUnavailable);
}
