using FluentValidation;
using Market.Api.Instruments;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Settlement;
using Market.Bitcoin;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Chains;

/// <summary>Asks for a transaction.</summary>
/// <param name="Chain">The chain by its name in paths.</param>
/// <param name="Id">Its id.</param>
/// <param name="IsWhole">Whether fee, spenders and swap are looked up, too.</param>
public sealed record GetTransaction(string Chain, string Id, bool IsWhole = true) : IRequest<Result<TransactionDetail>>;

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
public sealed class GetTransactionHandler(InstrumentSet instruments, SwapBoard board)
    : IRequestHandler<GetTransaction, Result<TransactionDetail>>
{
    /// <inheritdoc/>
    public async Task<Result<TransactionDetail>> Handle(GetTransaction request, CancellationToken cancellationToken)
    {
        var found = instruments.FindChain(request.Chain);
        if (found.Refusal is { } unknown) return unknown;
        var (host, name) = found.Value;
        if (await host.Explorer.TransactionAsync(name, TxId.Parse(request.Id), request.IsWhole, cancellationToken) is not { } seen)
            return new Refusal(ProblemCodes.UnknownTransaction);
        if (!request.IsWhole) return seen;
        var swaps = await board.OfTransactionsAsync([request.Id], cancellationToken);
        return swaps.TryGetValue(request.Id, out var swap) ? seen with { Swap = swap.Id } : seen;
    }
}

/// <summary>GET /api/v1/chains/{chain}/transactions/{id}</summary>
public sealed class GetTransactionEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Transaction, async (string chain, string id, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetTransaction(chain, id), cancel)).HttpWithETag())
        .Weighs(CallWeight.Heaviest)
        .Describe("getTransaction", "Chains", "A transaction",
            "Of the active chain or the mempool: its block's time, what it pays and spends, what became of its outputs and who "
            + "spends them, and the swap that it belongs to. Spenders are told of the blocks that the explorer looked through.")
        .Returns(Examples.Transaction).Tagged()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownTransaction, ProblemCodes.ChainUnavailable);
}
