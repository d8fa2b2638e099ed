using FluentValidation;
using Market.Api.Instruments;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Chains;

/// <summary>Asks for blocks.</summary>
public sealed record GetBlocks(string Chain, int Limit, string? Cursor) : IRequest<Result<Page<BlockSummary>>>;

/// <summary>Shape of the request.</summary>
public sealed class GetBlocksValidator : AbstractValidator<GetBlocks>
{
    /// <summary>Blocks on a page.</summary>
    public const int MaxBlocks = 100;

    /// <summary>Blocks on a page of which nothing else was said.</summary>
    public const int DefaultBlocks = 20;

    /// <summary>The rules.</summary>
    public GetBlocksValidator()
    {
        RuleFor(r => r.Limit).InclusiveBetween(1, MaxBlocks).WithMessage($"must be from 1 to {MaxBlocks}");
        RuleFor(r => r.Cursor).Cursor();
    }
}

/// <summary>Reads blocks.</summary>
public sealed class GetBlocksHandler(InstrumentSet instruments)
    : IRequestHandler<GetBlocks, Result<Page<BlockSummary>>>
{
    /// <inheritdoc/>
    public async Task<Result<Page<BlockSummary>>> Handle(GetBlocks request, CancellationToken cancellationToken)
    {
        var found = instruments.FindChain(request.Chain);
        if (found.Refusal is { } unknown) return unknown;
        var (host, name) = found.Value;
        var tip = await host.Chains.Of(name).GetTipAsync(cancellationToken);
        var from = (int)Math.Min(tip.Height, Paging.Before(request.Cursor) - 1);
        var read = await host.Explorer.BlocksAsync(name, from, request.Limit + 1, cancellationToken);
        return Paging.Of(read, request.Limit, b => DecimalStrings.Format(b.Height));
    }
}

/// <summary>GET /api/v1/chains/{chain}/blocks</summary>
public sealed class GetBlocksEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Blocks, async (string chain, IMediator mediator, CancellationToken cancel,
                string? cursor = null, int limit = GetBlocksValidator.DefaultBlocks) =>
            (await mediator.Send(new GetBlocks(chain, limit, cursor), cancel)).HttpWithETag())
        .Weighs(CallWeight.Heavy, new ListWeight(20, GetBlocksValidator.DefaultBlocks, GetBlocksValidator.MaxBlocks))
        .Describe("getBlocks", "Chains", "Blocks of the active chain, newest first",
            "Chains: mainchain, and a sharechain by its name; where one is followed also sharechain.")
        .Returns(Examples.Blocks).Tagged().Refuses(ProblemCodes.ValidationFailed, ProblemCodes.ChainUnavailable);
}
