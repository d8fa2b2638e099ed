using FluentValidation;
using Market.Api.Instruments;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Chains;

/// <summary>Asks for a block by height or id.</summary>
public sealed record GetBlock(string Chain, string Block) : IRequest<Result<BlockDetail>>;

/// <summary>Shape of the request.</summary>
public sealed class GetBlockValidator : AbstractValidator<GetBlock>
{
    /// <summary>The rules.</summary>
    public GetBlockValidator()
    {
        RuleFor(r => r.Block).Must(b => b is { Length: 64 }
                ? b.All(char.IsAsciiHexDigitLower)
                : DecimalStrings.TryParse(b, out var height) && height <= int.MaxValue)
            .WithMessage("must be a height or an id of 64 lower case hex digits");
    }
}

/// <summary>Reads a block.</summary>
public sealed class GetBlockHandler(InstrumentSet instruments) : IRequestHandler<GetBlock, Result<BlockDetail>>
{
    /// <inheritdoc/>
    public async Task<Result<BlockDetail>> Handle(GetBlock request, CancellationToken cancellationToken)
    {
        var found = instruments.FindChain(request.Chain);
        if (found.Refusal is { } unknown) return unknown;
        var (host, name) = found.Value;
        return await host.Explorer.BlockAsync(name, request.Block, cancellationToken) is { } block
            ? block
            : new Refusal(ProblemCodes.UnknownBlock);
    }
}

/// <summary>GET /api/v1/chains/{chain}/blocks/{block}</summary>
public sealed class GetBlockEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Block, async (string chain, string block, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetBlock(chain, block), cancel)).HttpWithETag())
        .Weighs(CallWeight.Heavy)
        .Describe("getBlock", "Chains", "A block by height or id",
            "A share block comes with the mainchain block that it would have been, and whom that pays.")
        .Returns(Examples.Block).Tagged()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownBlock, ProblemCodes.ChainUnavailable);
}
