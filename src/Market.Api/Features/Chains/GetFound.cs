using FluentValidation;
using Market.Api.Instruments;
using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Chains;

/// <summary>Asks for the Bitcoin blocks that a sharechain found.</summary>
public sealed record GetFound(string Chain, int Limit) : IRequest<Result<FoundBlocks>>;

/// <summary>Shape of the request.</summary>
public sealed class GetFoundValidator : AbstractValidator<GetFound>
{
    /// <summary>Blocks answered of which nothing else was said.</summary>
    public const int DefaultBlocks = 50;

    /// <summary>The rules.</summary>
    public GetFoundValidator()
    {
        RuleFor(r => r.Limit).InclusiveBetween(1, Market.Chains.FoundBlock.Most)
            .WithMessage($"must be from 1 to {Market.Chains.FoundBlock.Most}");
    }
}

/// <summary>Reads them.</summary>
public sealed class GetFoundHandler(InstrumentSet instruments) : IRequestHandler<GetFound, Result<FoundBlocks>>
{
    /// <inheritdoc/>
    public async Task<Result<FoundBlocks>> Handle(GetFound request, CancellationToken cancellationToken)
    {
        var found = instruments.FindChain(request.Chain);
        if (found.Refusal is { } unknown) return unknown;
        var (host, name) = found.Value;
        if (name != ChainName.Sharechain) return Refusal.Invalid("chain", "must be a sharechain: shares find the blocks");
        var blocks = await host.Chains.Shares.GetFoundAsync(cancellationToken);
        return new FoundBlocks { Items = [.. blocks.Take(request.Limit).Select(Show)], Remembered = blocks.Length };
    }

    private static FoundBlock Show(Market.Chains.FoundBlock block) => new()
    {
        Id = block.Id.ToString(),
        Height = block.Height,
        ShareId = block.Share.ToString(),
        ShareHeight = block.ShareHeight,
        IsWeak = block.IsWeak,
        FoundAt = DateTimeOffset.FromUnixTimeSeconds(block.Found),
        Fate = block.Fate switch
        {
            Market.Chains.FoundFate.Waiting => FoundFate.Waiting,
            Market.Chains.FoundFate.Accepted => FoundFate.Accepted,
            Market.Chains.FoundFate.Stale => FoundFate.Stale,
            Market.Chains.FoundFate.Orphaned => FoundFate.Orphaned,
            Market.Chains.FoundFate.Refused => FoundFate.Refused,
            _ => FoundFate.Unknown,
        },
        FateAt = DateTimeOffset.FromUnixTimeSeconds(block.Since),
        Reason = block.Words.Length == 0 ? null : block.Words,
    };
}

/// <summary>GET /api/v1/chains/{chain}/found</summary>
public sealed class GetFoundEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Found, async (string chain, IMediator mediator, CancellationToken cancel,
                int limit = GetFoundValidator.DefaultBlocks) =>
            (await mediator.Send(new GetFound(chain, limit), cancel)).HttpWithETag())
        .Describe("getFound", "Chains", "Bitcoin blocks found, and their fate",
            "Of a sharechain, the newest first. The fate is what the Bitcoin node here says, looked at with each of its blocks "
            + "until the block is a hundred deep: a block that was accepted and is taken off later is orphaned.")
        .Returns(Examples.Found).Tagged().Refuses(ProblemCodes.ValidationFailed);
}
